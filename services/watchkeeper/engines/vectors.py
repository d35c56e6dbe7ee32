"""The instant vector that Prometheus, or Loki, answers a query with."""

from typing import Any

import msgspec

from watchkeeper.errors import EngineError


class VectorSeries(msgspec.Struct):
    """One series: its labels, and its time (Unix seconds) and value, which is exact as text."""

    value: tuple[float, str]
    metric: dict[str, str] = {}


def vector_of(data: Any) -> list[VectorSeries]:
    """The series of an answer's ``data``. Raises: EngineError when it has none of that shape."""
    try:
        return msgspec.convert(data["result"], type=list[VectorSeries])
    except (msgspec.ValidationError, LookupError, TypeError) as error:
        raise EngineError("an engine answers with what is no result of a query") from error
