"""Fifty changes, each with its cause: what was done, which number moved, and what must be named first."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

from explained_changes.traffic import Row, World
from watchkeeper.explain.cells import Factor

Change = Callable[[World], World]


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """What was done, the measure that moved, and the cause; ``label`` is "" where no label is to be named.

    ``before`` is what differs in both windows from the usual traffic.
    """

    title: str
    measure: str
    change: Change
    factor: Factor
    label: str = ""
    before: Change | None = None


def _times(**factors: float) -> Callable[[Row], Row]:
    return lambda row: replace(row, **{name: getattr(row, name) * by for name, by in factors.items()})


def _set(**values: object) -> Callable[[Row], Row]:
    return lambda row: replace(row, **values)  # type: ignore[arg-type]


def _on(change: Callable[[Row], Row], **labels: str) -> Change:
    return lambda found: found.change(change, **labels)


def _then(*changes: Change) -> Change:
    def all_of_them(found: World) -> World:
        for change in changes:
            found = change(found)
        return found

    return all_of_them


def _canary(share: float, change: Callable[[Row], Row], **labels: str) -> Change:
    """A part of the calls gets something new, the others stay."""

    def split(found: World) -> World:
        rows: list[Row] = []
        for row in found.rows:
            if all(getattr(row, name) == value for name, value in labels.items()):
                rows.append(replace(row, calls=row.calls * (1 - share)))
                rows.append(change(replace(row, calls=row.calls * share)))
            else:
                rows.append(row)
        return replace(found, rows=tuple(rows))

    return split


def _new(like: str, **values: object) -> Change:
    """More calls, like those of one prompt of support but with labels of their own."""

    def add(found: World) -> World:
        like_it = [row for row in found.rows if row.service == "support" and row.prompt == like]
        return replace(found, rows=found.rows + tuple(replace(row, **values) for row in like_it))  # type: ignore[arg-type]

    return add


_MORE = _on(_times(calls=1.15))
_OPUS = {"provider": "anthropic", "model": "claude-opus-4-1"}
_MINI = {"provider": "openai", "model": "gpt-4o-mini"}
_V2 = "answer/v2"
_LOW = "confidence: low"


def cases() -> Iterator[Case]:
    """All of them; every second change comes with 15 % more calls."""
    for number, case in enumerate((*_tokens(), *_mix(), *_calls(), *_money(), *_rates())):
        other = case.factor in (Factor.VOLUME, Factor.CALLS_PER_RUN) or number % 2 == 0
        yield case if other else replace(case, title=f"{case.title}; 15 % more calls", change=_then(case.change, _MORE))


def _tokens() -> Iterator[Case]:
    def v2(title: str, change: Change, factor: Factor, measure: str = "cost", label: str = _V2) -> Case:
        return Case(title=title, measure=measure, change=change, factor=factor, label=label)

    support = {"service": "support", "prompt": "answer"}
    doubled = _times(tokens_in=2.2)
    for measure in ("cost", "cost-per-call", "tokens", "tokens-per-call"):
        change = _on(lambda row: doubled(replace(row, version="v2")), **support)
        yield v2("prompt v2 takes 2.2 times the tokens in", change, Factor.TOKENS_IN, measure)
    for share in (0.3, 0.6):
        change = _canary(share, lambda row: _times(tokens_in=4)(replace(row, version="v2")), **support)
        title = f"prompt v2, with 4 times the tokens in, for {share:.0%} of its calls"
        yield v2(title, change, Factor.TOKENS_IN)
    change = _on(lambda row: _times(tokens_out=4)(replace(row, version="v2")), **support)
    yield v2("prompt v2 gives answers of 4 times the length", change, Factor.TOKENS_OUT)
    yield v2("the same, in tokens", change, Factor.TOKENS_OUT, "tokens-per-call")
    yield v2(
        "a prompt grows without a new version", _on(_times(tokens_in=3), **support), Factor.TOKENS_IN, label="answer/v1"
    )
    acme = _on(_times(tokens_in=3), service="support", tenant="acme")
    yield v2("a tenant sends documents of 3 times the length", acme, Factor.TOKENS_IN, label="acme")
    everywhere = _on(_times(tokens_in=2))
    yield v2("retrieval gives every prompt twice the text", everywhere, Factor.TOKENS_IN, label="")
    sonnet = _on(_times(tokens_out=3), service="support", model="claude-sonnet-4-5")
    yield v2("a model answers at 3 times the length", sonnet, Factor.TOKENS_OUT, label="claude-sonnet-4-5")
    yield v2("answers of all prompts are 2.5 times as long", _on(_times(tokens_out=2.5)), Factor.TOKENS_OUT, label="")
    shorter = _on(lambda row: _times(tokens_in=0.3, tokens_out=0.8)(replace(row, version="v2")), **support)
    yield v2("prompt v2 is a third of v1", shorter, Factor.TOKENS_IN, "cost-per-call")


def _mix() -> Iterator[Case]:
    def mix(title: str, change: Change, label: str, measure: str = "cost") -> Case:
        return Case(title=title, measure=measure, change=change, factor=Factor.MIX, label=label)

    mini = {"service": "support", "prompt": "answer"}
    for share in (0.3, 0.8):
        change = _canary(share, _set(**_OPUS), **mini)
        yield mix(f"{share:.0%} of the calls of a prompt go to a costlier model", change, "claude-opus-4-1")
    cheaper = _canary(0.7, _set(**_MINI), service="support", model="claude-sonnet-4-5")
    yield mix("70 % of the calls go to a cheaper model", cheaper, "gpt-4o-mini", "cost-per-call")
    flagship = _canary(0.5, _set(**_OPUS), service="support")
    yield mix("half of the calls go to a model that is new", flagship, "claude-opus-4-1", "cost-per-call")
    slower = _canary(0.6, _set(seconds_per_token=0.08, **_OPUS), **mini)
    yield mix("60 % of the calls go to a slower model", slower, "claude-opus-4-1", "latency")
    heavy = _then(
        _on(_times(tokens_in=12, tokens_out=12), service="support", prompt="classify"),
    )
    yield Case(
        title="a prompt of another size",
        measure="tokens-per-call",
        change=heavy,
        factor=Factor.TOKENS_IN,
        label="classify/v1",
    )
    longer = _new("classify", prompt="report", tokens_in=40_000.0, tokens_out=6_000.0, calls=60.0)
    yield mix("a new prompt of long documents", longer, "report", "tokens-per-call")
    expensive = _new("classify", tenant="hooli", tokens_in=50_000.0, tokens_out=8_000.0, calls=40.0)
    yield mix("a new tenant of long documents", expensive, "hooli", "cost-per-call")


def _calls() -> Iterator[Case]:
    def volume(title: str, change: Change, label: str = "", measure: str = "cost") -> Case:
        return Case(title=title, measure=measure, change=change, factor=Factor.VOLUME, label=label)

    yield volume("twice the calls everywhere", _on(_times(calls=2)))
    yield volume("half of the calls everywhere", _on(_times(calls=0.5)))
    yield volume("3 times the calls, in tokens", _on(_times(calls=3)), measure="tokens")
    for tenant, by in (("acme", 4), ("initech", 12)):
        runaway = _on(_times(calls=by), service="support", tenant=tenant)
        yield volume(f"a tenant makes {by} times the calls", runaway, tenant)
    yield volume(
        "a prompt is called 6 times as often", _on(_times(calls=6), service="support", prompt="answer"), "answer"
    )
    yield volume("a tenant leaves", _on(_times(calls=0.02), service="support", tenant="acme"), "acme")
    yield volume("a new tenant", _new("classify", tenant="hooli", calls=900.0), "hooli")
    yield volume("a new prompt", _new("answer", prompt="translate", calls=700.0), "translate")
    for by in (3, 0.4):
        change = _then(
            lambda found, by=by: replace(found, calls_per_run=found.calls_per_run * by), _on(_times(calls=by))
        )
        title = f"a run makes {by:g} times the calls"
        yield Case(title=title, measure="cost", change=change, factor=Factor.CALLS_PER_RUN)


def _money() -> Iterator[Case]:
    half = _on(_times(price=1.6), service="support", model="claude-sonnet-4-5")
    yield Case(
        title="a model costs 60 % more", measure="cost", change=half, factor=Factor.PRICE, label="claude-sonnet-4-5"
    )
    discount = _on(_times(price=0.5))
    yield Case(title="a discount of half for everything", measure="cost", change=discount, factor=Factor.PRICE)
    warm, cold = _on(_set(cached=0.95)), _on(_set(cached=0.0), prompt="answer")
    yield Case(title="almost all tokens in come from a cache", measure="cost", change=warm, factor=Factor.CACHED_SHARE)
    long = _on(_set(cached=0.9, tokens_in=9000.0, tokens_out=90.0), prompt="answer")
    yield Case(
        title="the cache of a prompt collapses", measure="cost-per-call", before=long, change=_then(long, cold),
        factor=Factor.CACHED_SHARE, label="answer/v1",
    )  # fmt: skip
    tries = _on(_set(failed=0.6, tries=1.0, status="timeout"))
    yield Case(title="calls time out, are paid and tried again", measure="cost", change=tries, factor=Factor.RETRIES)


def _rates() -> Iterator[Case]:
    def rate(title: str, measure: str, change: Change, factor: Factor, label: str = "") -> Case:
        return Case(title=title, measure=measure, change=change, factor=factor, label=label)

    sonnet = {"model": "claude-sonnet-4-5"}
    yield rate("a model takes 3 times as long", "latency", _on(_times(seconds_per_token=3), **sonnet),
               Factor.SECONDS_PER_TOKEN, "claude-sonnet-4-5")  # fmt: skip
    yield rate("every model takes twice as long", "latency", _on(_times(seconds_per_token=2)), Factor.SECONDS_PER_TOKEN)
    long = _on(lambda row: _times(tokens_out=5)(replace(row, version="v2")), service="support", prompt="answer")
    yield rate("prompt v2 gives answers of 5 times the length", "latency", long, Factor.TOKENS_OUT, _V2)
    yield rate("a model fails", "errors", _on(_set(failed=0.5), **sonnet), Factor.ERRORS, "claude-sonnet-4-5")
    limits = _on(_set(failed=0.4, status="rate_limited"), service="support", tenant="acme")
    yield rate("a tenant is rate-limited", "errors", limits, Factor.RATE_LIMITS, "acme")
    broken = _on(_set(failed=0.3, version="v2"), service="support", prompt="answer")
    yield rate("prompt v2 makes calls fail", "errors", broken, Factor.ERRORS, _V2)
    slow = _on(_set(failed=0.3, status="timeout"))
    yield rate("calls time out everywhere", "errors", slow, Factor.TIMEOUTS)
    worse = _on(_set(score=0.5, version="v2"), service="support", prompt="answer")
    yield rate("prompt v2 gives worse answers", "quality", worse, Factor.SCORE, _V2)
    yield rate(
        "a model gives worse answers", "quality", _on(_set(score=0.55), **sonnet), Factor.SCORE, "claude-sonnet-4-5"
    )
    worse = _on(_set(score=0.4), service="support", prompt="classify")
    yield rate("a prompt gives worse answers", "quality", worse, Factor.SCORE, "classify/v1")
    yield rate(
        "low confidence 2.5 times as often",
        "review",
        lambda found: replace(found, review=0.25),
        Factor.BRANCH_SHARE,
        _LOW,
    )
    yield rate(
        "people review a third of it", "review", lambda found: replace(found, reviewed=0.35), Factor.REVIEWS_PER_RUN
    )
