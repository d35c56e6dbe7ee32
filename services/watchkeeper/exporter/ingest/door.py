"""Refusing a request at its head: before its body is read, and before anything else is made of it.

Where more is sent than can be taken, most requests are refused, and what each of them costs is taken from those that
are not. Here one costs a tenth of what it costs on the way through all layers of the application (bench/refusals.py).
Whoever would be refused further inside, for the same reasons, is answered the same; nothing is decided here alone.

All heads that have come while a request was worked on are looked at before any of their requests begins to wait. So
those that were let in at one pass of the event loop are counted as if they did.
"""

import asyncio
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence

from starlette.responses import Response

from watchkeeper.exporter.ingest.access import Access, AccessRefused
from watchkeeper.exporter.ingest.answer import BUSY, CountRequest, Failed, json_failure
from watchkeeper.exporter.ingest.otlp_routes import OTLP_PATHS, failing
from watchkeeper.exporter.ingest.turns import FEWEST, Turns
from watchkeeper.serving.middleware import HttpMetrics, correlate

# Routes whose requests wait for a turn, beside those of OTLP.
_JSON_PATHS = ("/v1/events", "/api/public/scores", "/api/public/ingestion")
_TOO_MANY_REQUESTS = 429

Headers = Sequence[tuple[bytes, bytes]]
# Says in the way of a route, and of a content type, that a request is not taken.
_Failing = Callable[[str], Failed]


class Door:
    """Answers what need not come in; ``turns`` and ``access`` are those of the routes."""

    def __init__(self, turns: Turns, access: Access, count_request: CountRequest, metrics: HttpMetrics) -> None:
        self._turns = turns
        self._access = access
        self._count = count_request
        self._metrics = metrics
        self._failing: Mapping[bytes, _Failing] = {
            **_by_path(OTLP_PATHS, failing),
            **_by_path(_JSON_PATHS, lambda _kind: json_failure),
        }

        self._let_in: Counter[str] = Counter()
        self._came = 0

    @property
    def paths(self) -> set[str]:
        """Where requests may be refused."""
        return {path.decode() for path in self._failing}

    def refuse(self, path: bytes, headers: Headers) -> Response | None:
        """Return the answer to a POST that is not taken, which is counted; None for one that may come in."""
        found = self._failing.get(path)
        if found is None or self._is_quiet():
            return None
        refusal = self._refusal(_value(headers, b"authorization"))
        if refusal is None:
            return None
        outcome, detail, more = refusal
        answer = found(_value(headers, b"content-type").split(";", 1)[0].strip().lower())(_TOO_MANY_REQUESTS, detail)
        answer.headers.update(more)
        answer.raw_headers.append(correlate(headers))
        route = path.decode()
        self._count(route, outcome)
        self._metrics.record("POST", route, _TOO_MANY_REQUESTS, 0.0)
        return answer

    def _refusal(self, authorization: str) -> tuple[str, str, Mapping[str, str]] | None:
        """The outcome that is counted, what is said, and headers; whom no one knows is told so further inside."""
        try:
            tenant = self._access.check(authorization)
        except AccessRefused as refused:
            is_too_many = refused.status == _TOO_MANY_REQUESTS
            return (refused.reason, str(refused), refused.headers) if is_too_many else None
        if self._turns.is_full_for(tenant, self._let_in[tenant]):
            return "overloaded", BUSY, {}
        self._let_in[tenant] += 1
        return None

    def _is_quiet(self) -> bool:
        """Whether so few come that they need not be looked at; called once for each."""
        if not self._came:
            asyncio.get_running_loop().call_soon(self._end_pass)
        self._came += 1
        return self._came <= FEWEST and not self._turns.is_waited_for

    def _end_pass(self) -> None:
        self._let_in.clear()
        self._came = 0


def _by_path(paths: Iterable[str], failed: _Failing) -> dict[bytes, _Failing]:
    return {path.encode(): failed for path in paths}


def _value(headers: Headers, name: bytes) -> str:
    return next((value for key, value in headers if key == name), b"").decode("latin-1")
