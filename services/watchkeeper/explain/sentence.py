"""An explanation as one line."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

from watchkeeper.explain.cells import Factor
from watchkeeper.explain.certainty import FOLDED
from watchkeeper.explain.changes import Change
from watchkeeper.explain.explanation import Explanation, Verdict
from watchkeeper.explain.mover import Move, Mover
from watchkeeper.explain.who import Who
from watchkeeper.explain.words import dollars, number, percent, seconds

# Causes of less than a twentieth are left out, and more than three are no longer read.
_NAMED, _MOST = 0.05, 3
# Of a mover's moves, those that are a sixth of it.
_SHOWN = 1 / 6
_LABEL_LENGTH = 60
_NAMES = {"prompt_version": "prompt", "score": "score", "branch": "branch"}
_WORDS: Mapping[Factor, tuple[str, Callable[[float], str]]] = {
    Factor.VOLUME: ("calls per hour", number),
    Factor.CALLS_PER_RUN: ("calls per run", number),
    Factor.RETRIES: ("paid attempts per call (retries)", number),
    Factor.MIX: ("share of calls", percent),
    Factor.TOKENS_IN: ("tokens in per call", number),
    Factor.CACHED_SHARE: ("cached share of tokens in", percent),
    Factor.CACHE_WRITES: ("share of tokens in written to a cache", percent),
    Factor.TOKENS_OUT: ("tokens out per call", number),
    Factor.PRICE: ("price over list price", number),
    Factor.FEES: ("cost without tokens per call", dollars),
    Factor.SECONDS_PER_TOKEN: ("time per token out", seconds),
    Factor.SECONDS: ("time per call", seconds),
    Factor.ERRORS: ("calls with errors", percent),
    Factor.RATE_LIMITS: ("rate-limited calls", percent),
    Factor.TIMEOUTS: ("calls that time out", percent),
    Factor.SCORE: ("mean score", number),
    Factor.DECISIONS: ("decisions per run", number),
    Factor.BRANCH_SHARE: ("share of decisions", percent),
    Factor.REVIEWS: ("reviews per decision", number),
    Factor.REVIEWS_PER_RUN: ("reviews per run", number),
}


def sentence(found: Explanation) -> str:
    """Return one line: how much of the change each of the largest causes makes, and how sure that is."""
    title, written = found.measure.title, found.measure.written
    match found.verdict:
        case Verdict.NO_DATA:
            return f"{title} cannot be explained: no calls in either window."
        case Verdict.ONLY_AFTER:
            return f"{title} cannot be explained: {written(found.after or 0.0)} now, no calls in the window before."
        case Verdict.ONLY_BEFORE:
            return f"{title} cannot be explained: {written(found.before or 0.0)} before, no calls now."
        case Verdict.STEADY:
            values = f"{written(found.before or 0.0)} before, {written(found.after or 0.0)} now"
            return f"no change of {title} beyond chance: {values}."
        case Verdict.UNEXPLAINED:
            return f"nothing explains {found.measure.change(found.change)} by itself; {'; '.join(_causes(found))}."
    causes = _causes(found, of=f" of {found.measure.change(found.change)}")
    return f"{'; '.join(causes)} (certainty: {found.certainty})."


def with_changes(line: str, changes: Iterable[Change]) -> str:
    """Add what changed meanwhile and the line does not name: a cause that is in no label of what moved."""
    unnamed = [_short(one.what) for one in changes if _short(one.name) not in line]
    return f"{line} Changed meanwhile: {', '.join(unnamed[:_MOST])}." if unnamed else line


def _causes(found: Explanation, of: str = "") -> Iterator[str]:
    """The largest causes with their shares, of a whole that the first one names."""
    named = largest(found)
    for one in named:
        whole = of if one is named[0] else ""
        yield f"{number_of_percent(one.amount / found.change)}{whole}: {cause(one, has_services=found.has_services)}"


def largest(found: Explanation) -> Sequence[Mover]:
    """The causes that are named: up to three of a twentieth of the change, or else the largest one."""
    return [one for one in found.movers if abs(one.amount) >= _NAMED * abs(found.change)][:_MOST] or found.movers[:1]


def number_of_percent(share: float) -> str:
    """A share in whole percent."""
    return f"{share * 100:.0f} %"


def cause(mover: Mover, *, has_services: bool = False) -> str:
    """What moved, for whom, from what to what."""
    service = f"{_short(mover.service)}, " if has_services and mover.service else ""
    who = f"{who_named(mover.who)}, " if mover.who else ""
    return f"{service}{who}{' and '.join(_moves(mover))}"


def cause_without_values(mover: Mover) -> str:
    """What moved and for whom, the same while only figures change."""
    who = f"{who_named(mover.who)}, " if mover.who else ""
    return f"{who}{_WORDS[mover.factor][0]}"


def who_named(who: Who) -> str:
    """A label as people call it."""
    level = _NAMES.get(who.level, who.level)
    folded = " (several, counted together)" if FOLDED & set(who.label.split("/")) else ""
    return f"{level} {_short(who.label)}{folded}"


def _moves(mover: Mover) -> Iterator[str]:
    for move in mover.moves:
        if move is mover.moves[0] or abs(move.amount) >= _SHOWN * abs(mover.amount):
            yield _written(move)


def _written(move: Move) -> str:
    words, written = _WORDS[move.factor]
    if move.before is None or move.after is None:
        return words
    return f"{words} {written(move.before)} to {written(move.after)}"


def _short(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= _LABEL_LENGTH else f"{line[: _LABEL_LENGTH - 1]}…"
