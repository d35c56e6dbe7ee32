"""Log lines of calls, from Loki: what judges read, so that the exporter does nothing for them.

Those without captured content are read as well: that they cannot be judged is counted.
"""

from collections.abc import Mapping
from typing import Any

import httpx
import msgspec

from watchkeeper.errors import JobError

# What Loki gives in one answer (max_entries_limit_per_query is 5000).
MOST_LINES = 1000
_ANSWER_SECONDS = 20.0
_CALLS = '{event="llm_call_completed"}'
_RETRIEVALS = '{event="retrieval_completed"} |= `"capture":`'
# Documents are found before the call that uses them ends.
_SEARCHED_BEFORE_NS = 15 * 60 * 10**9

Line = Mapping[str, Any]


class CallLines:
    """Asks Loki at ``url`` for lines; times are nanoseconds."""

    def __init__(self, client: httpx.AsyncClient, url: str) -> None:
        self._client = client
        self._url = url

    async def calls(self, start_ns: int, end_ns: int) -> list[tuple[int, Line]]:
        """Model calls in the order of their lines, each with its time; the first 1000.

        Raises: JobError when Loki cannot be asked.
        """
        return await self._lines(_CALLS, start_ns, end_ns)

    async def documents(self, start_ns: int, end_ns: int) -> dict[str, str]:
        """What searches found, by trace id. Raises: JobError when Loki cannot be asked."""
        found: dict[str, list[str]] = {}
        for _, line in await self._lines(_RETRIEVALS, start_ns - _SEARCHED_BEFORE_NS, end_ns):
            if line.get("trace_id") and line.get("output"):
                found.setdefault(str(line["trace_id"]), []).append(str(line["output"]))
        return {trace_id: "\n\n".join(texts) for trace_id, texts in found.items()}

    async def _lines(self, query: str, start_ns: int, end_ns: int) -> list[tuple[int, Line]]:
        params: dict[str, str | int] = {
            "query": query,
            "start": start_ns,
            "end": end_ns,
            "limit": MOST_LINES,
            "direction": "forward",
        }
        path = f"{self._url}/loki/api/v1/query_range"
        try:
            answer = (await self._client.get(path, params=params, timeout=_ANSWER_SECONDS)).raise_for_status()
            streams = answer.json()["data"]["result"]
            entries = sorted((int(time_ns), text) for stream in streams for time_ns, text, *_ in stream["values"])
        except httpx.HTTPStatusError as error:
            raise JobError(f"loki: answers {error.response.status_code}") from error
        except (httpx.HTTPError, ValueError, LookupError, TypeError) as error:
            raise JobError(f"loki: {type(error).__name__}") from error
        return [(time_ns, line) for time_ns, text in entries if (line := _object(text)) is not None]


def _object(text: str) -> Line | None:
    try:
        line = msgspec.json.decode(text)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return None
    return line if isinstance(line, dict) else None
