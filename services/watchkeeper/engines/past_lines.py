"""The lines of the past that a query of Loki gives, however many there are."""

from collections.abc import Iterator

import httpx

from watchkeeper.engines.log_lines import Page, log_lines

# Loki answers with at most 5 000 lines (max_entries_limit_per_query).
_LINES = 5_000
_DAY_NS = 86_400 * 10**9


def past_lines(client: httpx.Client, url: str, query: str, span_ns: tuple[int, int]) -> Iterator[tuple[int, str]]:
    """Yield the lines between two moments in nanoseconds since the Unix epoch, with theirs, the newest first.

    Day by day, because Loki refuses to look at too much at once; a full page is followed by an older one.

    Raises: EngineError when Loki does not answer, or not with lines.
    """
    start_ns, end_ns = span_ns
    while end_ns > start_ns:
        from_ns = max(start_ns, end_ns - _DAY_NS)
        page = log_lines(client, url, Page(query=query, start_ns=from_ns, end_ns=end_ns, most=_LINES))
        yield from page
        # No two lines have the same time: what is older than the last of a full page comes next.
        end_ns = page[-1][0] if len(page) == _LINES else from_ns
