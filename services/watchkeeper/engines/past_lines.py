"""The lines of the past that a query of Loki gives, however many there are."""

from collections.abc import Iterator

import httpx
import msgspec

from watchkeeper.engines.asking import asked
from watchkeeper.errors import EngineError

# Loki answers with at most 5 000 lines (max_entries_limit_per_query).
_LINES = 5_000
_DAY_NS = 86_400 * 10**9


class _Stream(msgspec.Struct):
    values: list[tuple[str, str]]


def past_lines(client: httpx.Client, url: str, query: str, span_ns: tuple[int, int]) -> Iterator[tuple[int, str]]:
    """Yield the lines between two moments in nanoseconds since the Unix epoch, with theirs, the newest first.

    Day by day, because Loki refuses to look at too much at once; a full page is followed by an older one.

    Raises: EngineError when Loki does not answer, or not with lines.
    """
    start_ns, end_ns = span_ns
    while end_ns > start_ns:
        from_ns = max(start_ns, end_ns - _DAY_NS)
        page = _page(client, url, query, (from_ns, end_ns))
        yield from page
        # No two lines have the same time: what is older than the last of a full page comes next.
        end_ns = page[-1][0] if len(page) == _LINES else from_ns


def _page(client: httpx.Client, url: str, query: str, span_ns: tuple[int, int]) -> list[tuple[int, str]]:
    parameters: dict[str, str | int] = {
        "query": query,
        "start": span_ns[0],
        "end": span_ns[1],
        "limit": _LINES,
        "direction": "backward",
    }
    answer = asked("Loki", client.get, url, "/loki/api/v1/query_range", params=parameters)
    try:
        streams = msgspec.convert(answer["result"], list[_Stream])
        return sorted(((int(at), line) for stream in streams for at, line in stream.values), reverse=True)
    except (msgspec.ValidationError, LookupError, TypeError, ValueError) as error:
        raise EngineError("Loki answers with what are no log lines") from error
