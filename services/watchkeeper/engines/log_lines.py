"""Lines of Loki, as one answer to a query has them."""

from dataclasses import dataclass
from typing import Any

import httpx
import msgspec

from watchkeeper.engines.asking import asked
from watchkeeper.errors import EngineError


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """At most so many lines between two moments in Unix nanoseconds: the last ones, or those from the first one on."""

    query: str
    start_ns: int
    end_ns: int
    most: int
    is_forward: bool = False


class _Stream(msgspec.Struct):
    values: list[tuple[str, str]]


def log_lines(client: httpx.Client, url: str, page: Page, **sent: Any) -> list[tuple[int, str]]:
    """The lines with their time in Unix nanoseconds, the newest first; ``sent`` is for the client, as a timeout.

    Raises: EngineError when Loki does not answer, or not with lines.
    """
    parameters = {
        "query": page.query,
        "start": str(page.start_ns),
        "end": str(page.end_ns),
        "limit": str(page.most),
        "direction": "forward" if page.is_forward else "backward",
    }
    answer = asked("Loki", client.get, url, "/loki/api/v1/query_range", params=parameters, **sent)
    try:
        streams = msgspec.convert(answer["result"], list[_Stream])
        return sorted(((int(at), line) for stream in streams for at, line in stream.values), reverse=True)
    except (msgspec.ValidationError, LookupError, TypeError, ValueError) as error:
        raise EngineError("Loki answers with what are no log lines") from error
