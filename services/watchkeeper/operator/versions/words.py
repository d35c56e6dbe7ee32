"""What a comparison found, in one plain sentence and in the cells of a table. Pure."""

from collections.abc import Sequence

from watchkeeper.explain.words import dollars, number, percent, points, seconds
from watchkeeper.operator.versions.compare import Compared, Unit

_WRITTEN = {Unit.DOLLARS: dollars, Unit.NUMBER: number, Unit.SECONDS: seconds, Unit.SHARE: percent, Unit.SCORE: number}
# What no one asks about first is in the table alone.
_NOT_SAID = ("tool:",)


def sentence(after: str, before: str, compared: Sequence[Compared]) -> str:
    """The whole answer: what differs, and of scores also what does not."""
    evaluated = [one for one in compared if one.adjusted is not None]
    if not evaluated:
        return f"{after}: too few runs to compare it with {before}."
    said = [_said(one) for one in evaluated if one.is_different and not one.key.startswith(_NOT_SAID)]
    if not any(one.is_different for one in evaluated):
        return f"{after}: no difference from {before} that chance does not explain."
    unclear = [
        f"{_said(one)}: no clear {_direction(one)}" for one in evaluated if _is_score(one) and not one.is_different
    ]
    rest = sum(one.is_different and one.key.startswith(_NOT_SAID) for one in evaluated)
    more = [f"{rest} tools used more or less often"] if rest else []
    return f"{after} against {before}: {', '.join([*said, *more, *unclear])}."


def written(unit: Unit, value: float) -> str:
    """A number in its unit."""
    return _WRITTEN[unit](value)


def change(one: Compared) -> str:
    """The change with its sign: in proportion for amounts, in points for shares."""
    if one.relative is not None:
        return f"{one.relative:+.0%}".replace("%", " %")
    written_change = points(one.difference.change) if one.unit is Unit.SHARE else f"{one.difference.change:.3g}"
    return written_change if one.difference.change < 0 else f"+{written_change}"


def margin(one: Compared) -> str:
    """Half the width of the 95 % confidence interval, in the unit of the change."""
    size, before = one.difference.margin, one.difference.before.value
    if one.relative is not None:
        return f"± {abs(size / before):.0%}".replace("%", " %")
    return f"± {points(size) if one.unit is Unit.SHARE else f'{size:.2g}'}"


def verdict(one: Compared) -> str:
    """Whether it differs, as a word."""
    if one.adjusted is None:
        return "too few"
    if not one.is_different:
        return "no difference"
    return "worse" if one.is_worse(one.difference.change) else "differs" if _is_neutral(one) else "better"


def _said(one: Compared) -> str:
    title = one.title.removeprefix("score ")
    return f"{title} {change(one)} {margin(one)}" if _is_score(one) else f"{title} {change(one)}"


def _is_score(one: Compared) -> bool:
    return one.unit is Unit.SCORE


def _is_neutral(one: Compared) -> bool:
    return not one.is_worse(1.0) and not one.is_worse(-1.0)


def _direction(one: Compared) -> str:
    return "loss" if one.is_worse(one.difference.change) else "gain"
