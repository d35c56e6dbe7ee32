"""A run of a canary as lines for a person: prompt, answer, expectation and verdict; pure."""

from collections.abc import Iterator

from watchkeeper.operator.canaries.ask import Answered, Query, Ran, Target

_CAUSES = {
    "none": "as good as its first runs",
    "provider": "worse than its first runs: the provider changed",
    "application": "worse than its first runs: the application changed, the model answers as before",
    "unknown": "worse than its first runs; whether the model changed is not known",
    "learning": "its first run: later ones are compared with it",
}


def lines(ran: Ran) -> Iterator[str]:
    """Yield what to print."""
    if ran.search:
        yield f"Search {ran.search}, the first {ran.k} documents of each query"
        for query in ran.queries:
            yield from _query(query)
        return
    yield f"Canary {ran.canary}"
    yield f"  prompt: {ran.prompt}"
    for target in ran.targets:
        yield from _target(target, ran.limit)


def is_good(ran: Ran) -> bool:
    """Whether everything answered, and no canary is below its limit."""
    targets = all(target.score is not None and target.score >= ran.limit for target in ran.targets)
    return targets and all(query.measured is not None for query in ran.queries)


def _target(target: Target, limit: float) -> Iterator[str]:
    yield f"\n{target.target}"
    if target.score is None:
        yield f"  verdict: no score, because {target.error}"
        return
    for number, graded in enumerate(target.graded, start=1):
        yield f"  answer {number}: {graded.answer.text}"
        if about := _about(graded.answer):
            yield f"    {about}"
        for part in graded.parts:
            yield f"    expected {part.expected}: {part.score:.0%}"
    verdict = "passed" if target.score >= limit else "failed"
    similar = "" if target.similarity is None else f", similarity to the first answers {target.similarity:.0%}"
    yield f"  verdict: {verdict}, score {target.score:.0%} of at least {limit:.0%}{similar}"
    yield f"  {_CAUSES.get(target.cause, target.cause)}"
    for what in (what for what, is_new in target.changes.items() if is_new):
        yield f"  new since the first runs: {what.replace('_', ' ')}"


def _about(answer: Answered) -> str:
    tokens = "" if answer.input_tokens is None else f"{answer.input_tokens} input tokens"
    output = "" if answer.output_tokens is None else f"{answer.output_tokens} output tokens"
    return ", ".join(filter(None, (answer.model, answer.fingerprint, tokens, output)))


def _query(query: Query) -> Iterator[str]:
    yield f"\n{query.query} ({query.difficulty})"
    yield f"  expected: {', '.join(query.expected)}"
    if query.measured is None:
        yield f"  no result, because {query.error}"
        return
    yield f"  found: {', '.join(query.found) or 'nothing'}"
    yield "  " + ", ".join(f"{measure} {value:.2f}" for measure, value in query.measured.items())
