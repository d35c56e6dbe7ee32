"""An embedding vector as twelve numbers: its projections on fixed directions, of which no one can make a text again.

The vector is brought to length 1; each direction is a vector of signs, so that a projection is a sum of coordinates
and their negatives. The mean of many projections moves as the mean of the vectors does: on topics that shift by 10, 20
and 40 % the centroid of twelve projections moves as far as that of the whole vectors (tests/unit/analyzer/drift).
Sign cells of the same size did not show these shifts, and are left out.

Source: Johnson and Lindenstrauss (1984); Achlioptas, Database-friendly random projections (2003).
"""

import hashlib
from collections.abc import Mapping, Sequence
from functools import lru_cache
from itertools import compress
from math import hypot, inf, isfinite
from typing import Any

import msgspec

from watchkeeper.exporter.normalise.values import Attributes, first_text
from watchkeeper.model import Context, Embedding

PROJECTIONS = 12
# The longest that a known model makes is 4,096; each vector is read once, and kept by no one.
MAX_DIMENSION = 8192
# Of a model that does not normalise, lengths are tens; a longer one is an error of unit, or of the sender.
_MAX_LENGTH = 1e6
_NUMBERS = {int, float}
_VECTOR = "embedding.embeddings.{}.embedding.vector"
# Vectors of one call that are looked at: a batch of documents can have thousands.
_MOST = 4

OK = "ok"


def sketched(vector: Sequence[Any], context: Context, source: str) -> Embedding:
    """The fact of one vector; its ``outcome`` says why there are no projections where it is none."""
    outcome, length = _measured(vector)
    if outcome != OK:
        return Embedding(context=context, source=source, dimension=len(vector), outcome=outcome)
    whole = sum(vector)
    found = tuple((2 * sum(compress(vector, signs)) - whole) / length for signs in _directions(len(vector)))
    return Embedding(context=context, source=source, dimension=len(vector), outcome=OK, projections=found)


def of_span(attributes: Attributes, context: Context) -> list[Embedding]:
    """The vectors of a span of kind EMBEDDING, where the instrumentation reports them: those of queries, mostly."""
    model = first_text(attributes, "embedding.model_name")
    found = []
    for place in range(_MOST):
        vector = attributes.get(_VECTOR.format(place))
        if vector is None:
            break
        if isinstance(vector, Sequence) and not isinstance(vector, str | bytes | Mapping):
            found.append(sketched(vector, _with_model(context, model), "unknown"))
    return found


def _with_model(context: Context, model: str) -> Context:
    return msgspec.structs.replace(context, model=model) if model else context


def _measured(vector: Sequence[Any]) -> tuple[str, float]:
    """Whether it is a vector, and its length; looked at as a whole, because each has thousands of coordinates."""
    if not vector:
        return "empty", 0.0
    if len(vector) > MAX_DIMENSION:
        return "too_long", 0.0
    if not set(map(type, vector)) <= _NUMBERS:
        return "no_numbers", 0.0
    length = _length(vector)
    if not isfinite(length):
        return "not_finite", length
    if length > _MAX_LENGTH:
        return "too_large", length
    return (OK, length) if length else ("zero", length)


def _length(vector: Sequence[Any]) -> float:
    try:
        return hypot(*vector)
    except OverflowError:  # an integer that no float can be
        return inf


@lru_cache(maxsize=32)
def _directions(dimension: int) -> tuple[tuple[bool, ...], ...]:
    """Where each direction is positive: the same in every exporter and every version, by a hash of its number."""
    return tuple(
        tuple(bool(byte >> bit & 1) for byte in _digest(dimension, row) for bit in range(8))[:dimension]
        for row in range(PROJECTIONS)
    )


def _digest(dimension: int, row: int) -> bytes:
    return hashlib.shake_256(f"watchkeeper/{dimension}/{row}".encode()).digest(-(-dimension // 8))
