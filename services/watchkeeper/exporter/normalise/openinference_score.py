"""Evaluations and annotations that OpenInference puts on spans, numbered from 0."""

from collections.abc import Sequence

from watchkeeper.exporter.normalise.values import Attributes, first_text
from watchkeeper.exporter.normalise.verdicts import make_score
from watchkeeper.model import Context, Score

# (list, its items): the feedback may be about the span, its trace or its session.
_LISTS = tuple(
    (f"{scope}{several}", one)
    for several, one in (("evaluations", "evaluation"), ("annotations", "annotation"))
    for scope in ("", "trace.", "session.")
)
_MARKS = frozenset(f"{several}.0.{one}.name" for several, one in _LISTS)
# No one judges one answer more often; a payload with more is broken.
_MOST = 256


def has_any(attributes: Attributes) -> bool:
    """True when the span carries evaluations."""
    return not _MARKS.isdisjoint(attributes)


def read(attributes: Attributes, context: Context) -> Sequence[Score]:
    """The scores that the span carries."""
    if not has_any(attributes):
        return ()
    return [score for several, one in _LISTS for score in _read_list(attributes, context, (several, one))]


def _read_list(attributes: Attributes, context: Context, names: tuple[str, str]) -> Sequence[Score]:
    several, one = names
    scores: list[Score | None] = []
    for place in range(_MOST):
        part = f"{several}.{place}.{one}"
        name = first_text(attributes, f"{part}.name")
        if not name:
            break
        scores.append(
            make_score(
                context,
                name=name,
                value=attributes.get(f"{part}.score"),
                category=attributes.get(f"{part}.label"),
                kind=attributes.get(f"{part}.annotator_kind"),
            )
        )
    return [score for score in scores if score]
