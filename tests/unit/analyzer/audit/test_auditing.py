"""Auditing one destination again and again: with errors, with delays, and with an analyzer that is killed."""

import json
from collections.abc import Callable
from pathlib import Path

import httpx
import pytest

from watchkeeper.analyzer.audit.auditing import Auditing, DeliveredLines, Store
from watchkeeper.analyzer.audit.delivered import Delivered
from watchkeeper.analyzer.audit.report import AuditReport
from watchkeeper.analyzer.endpoints.patience import Patience
from watchkeeper.errors import EndpointError, JobError
from watchkeeper.metrics.catalogue import METRICS
from watchkeeper.metrics.store import MetricStore

AFTER = 900.0
START = 1_800_000_000.0


class Desk:
    """A Loki with lines, a destination with spans, and a clock, all set by hand."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.time = START
        self.lines: list[tuple[int, str]] = []
        self.stored: set[str] = set()
        self.asked: list[str] = []
        self.error: Callable[[Delivered], EndpointError | None] = lambda _item: None
        self.check_error: EndpointError | None = None
        self.loki_status = 200
        self.metrics = MetricStore(METRICS)
        self._client = httpx.Client(transport=httpx.MockTransport(self._loki))

    def start(self) -> Auditing:
        """An analyzer's job, as after a start of the process: its numbers begin again, its file is there."""
        self.metrics = MetricStore(METRICS)
        patience = Patience("tempo", lambda: self.time, self._pause)
        store = Store(check=self._check, holds=self._holds, after_seconds=AFTER, patience=patience)
        lines = DeliveredLines(self._client, "http://loki", "tempo", "traces")
        report = AuditReport("tempo", "traces", self.metrics)
        file = self.folder / "audit.json"
        return Auditing(lines, store, file=file, report=report, clock=lambda: self.time)

    def deliver(self, number: int, *, is_stored: bool = True) -> None:
        """Write a line about a span now, and store the span, or lose it."""
        span = f"{number:016x}"
        line = {
            "destination": "tempo",
            "signal": "traces",
            "item_time_ns": str(int(self.time * 1e9)),
            "trace_id": f"{number:032x}",
            "span_id": span,
        }
        self.lines.append((int(self.time * 1e9) + len(self.lines), json.dumps(line)))
        if is_stored:
            self.stored.add(span)

    def outcomes(self) -> dict[str, float]:
        """What was counted, by outcome."""
        series = self.metrics.families["watchkeeper_forward_audited_total"].series
        return {labels[2]: one.value for labels, one in series.items()}

    async def _check(self) -> None:
        if self.check_error:
            raise self.check_error

    async def _holds(self, item: Delivered) -> bool:
        self.asked.append(item.span_id)
        if (error := self.error(item)) is not None:
            raise error
        return item.span_id in self.stored

    async def _pause(self, seconds: float) -> None:
        self.time += seconds

    def _loki(self, request: httpx.Request) -> httpx.Response:
        start, end, limit = (int(request.url.params[name]) for name in ("start", "end", "limit"))
        values = [[str(at), line] for at, line in sorted(self.lines) if start <= at < end][:limit]
        answer = {"data": {"result": [{"values": values}] if values else []}}
        return httpx.Response(self.loki_status, json=answer)


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    """One with nothing on it."""
    return Desk(tmp_path)


async def run_for(desk: Desk, auditing: Auditing, minutes: int) -> None:
    """Run it every five minutes."""
    for _ in range(minutes // 5):
        desk.time += 300
        await auditing.run()


async def test_what_is_there_is_found_and_what_is_not_is_missing_after_three_questions(desk: Desk) -> None:
    """Each is asked for a quarter of an hour after its delivery at the earliest, and counted once."""
    auditing = desk.start()
    desk.deliver(1)
    desk.deliver(2, is_stored=False)

    await run_for(desk, auditing, 10)
    assert desk.asked == []
    await run_for(desk, auditing, 60)

    assert desk.outcomes() == {"found": 1, "missing": 1}
    assert sorted(desk.asked) == [f"{1:016x}", *[f"{2:016x}"] * 3]


async def test_what_comes_late_is_found(desk: Desk) -> None:
    """As from a Tempo between its memory and its files."""
    auditing = desk.start()
    desk.deliver(1, is_stored=False)

    await run_for(desk, auditing, 20)
    desk.stored.add(f"{1:016x}")
    await run_for(desk, auditing, 40)

    assert desk.outcomes() == {"found": 1}


async def test_a_new_process_goes_on_where_the_last_one_was_killed(desk: Desk) -> None:
    """Nothing is asked for twice that is decided, and nothing is forgotten."""
    desk.deliver(1)
    desk.deliver(2, is_stored=False)
    await run_for(desk, desk.start(), 20)
    assert desk.outcomes() == {"found": 1}

    await run_for(desk, desk.start(), 40)

    assert desk.outcomes() == {"missing": 1}
    assert desk.asked.count(f"{1:016x}") == 1


async def test_a_damaged_file_is_begun_anew(desk: Desk, tmp_path: Path) -> None:
    """What was not decided is asked for again, from the lines of the last hours."""
    (tmp_path / "audit.json").write_bytes(b"\xff{")
    desk.deliver(1)

    await run_for(desk, desk.start(), 20)

    assert desk.outcomes() == {"found": 1}


async def test_after_an_outage_of_a_day_only_the_last_hours_are_asked_for(desk: Desk) -> None:
    """What is older may be gone there for other reasons."""
    await desk.start().run()
    desk.deliver(1)
    desk.time += 86_400
    desk.deliver(2)

    await run_for(desk, desk.start(), 20)

    assert desk.asked == [f"{2:016x}"]


async def test_errors_are_no_losses(desk: Desk) -> None:
    """The job fails and says why, the items wait, and after two hours they count under their error."""
    auditing = desk.start()
    for number in range(1, 11):
        desk.deliver(number)
    desk.error = lambda _item: EndpointError("unauthorized", "http://tempo answered 401", status=401)
    desk.time += AFTER + 1

    with pytest.raises(JobError, match="http://tempo answered 401"):
        await auditing.run()
    assert len(desk.asked) == 3
    assert desk.outcomes() == {}
    for _ in range(30):
        desk.time += 300
        with pytest.raises(JobError) as caught:
            await auditing.run()
        if desk.outcomes():
            break

    assert "401" in str(caught.value)
    assert set(desk.outcomes()) == {"unauthorized"}


async def test_a_backend_that_is_not_what_it_should_be_is_asked_for_nothing(desk: Desk) -> None:
    """Its 404 would be taken for losses."""
    auditing = desk.start()
    desk.deliver(1)
    desk.check_error = EndpointError("refused", "http://tempo answered 404", status=404)

    desk.time += AFTER + 1
    for _ in range(30):
        with pytest.raises(JobError, match="answered 404"):
            await auditing.run()
        desk.time += 300
        if desk.outcomes():
            break

    assert desk.asked == []
    assert desk.outcomes() == {"refused": 1}


async def test_one_trace_that_is_too_large_holds_up_no_other(desk: Desk) -> None:
    """It is not known, the others are found."""
    auditing = desk.start()
    for number in range(1, 5):
        desk.deliver(number)
    large = f"{1:016x}"
    desk.error = lambda item: EndpointError("invalid_answer", "too large") if item.span_id == large else None

    await run_for(desk, auditing, 20)

    assert desk.outcomes() == {"found": 3}


async def test_a_rate_limit_is_kept_over_the_next_runs(desk: Desk) -> None:
    """Nothing is asked until it is over, and everything then."""
    auditing = desk.start()
    desk.deliver(1)
    limits = [EndpointError("rate_limited", "answered 429", is_passing=True, wait_seconds=600.0, status=429)]
    desk.error = lambda _item: limits.pop() if limits else None
    desk.time += AFTER + 1

    with pytest.raises(JobError, match="429"):
        await auditing.run()
    desk.time += 300
    with pytest.raises(JobError, match="takes no requests for 300 s more"):
        await auditing.run()
    desk.time += 301
    await auditing.run()

    assert desk.outcomes() == {"found": 1}
    assert len(desk.asked) == 2


async def test_a_loki_that_is_away_delays_the_audit(desk: Desk) -> None:
    """The job says so; nothing is lost by it."""
    auditing = desk.start()
    desk.deliver(1)
    desk.loki_status = 503
    desk.time += AFTER + 1
    with pytest.raises(JobError, match="Loki"):
        await auditing.run()
    desk.loki_status = 200

    await run_for(desk, auditing, 10)

    assert desk.outcomes() == {"found": 1}


async def test_many_items_are_asked_for_in_several_runs(desk: Desk) -> None:
    """As many a run as a destination can bear, each once."""
    auditing = desk.start()
    for number in range(1, 1101):
        desk.deliver(number)

    await run_for(desk, auditing, 45)

    assert desk.outcomes() == {"found": 1100}
    assert len(desk.asked) == 1100


async def test_without_a_loki_the_job_says_so(tmp_path: Path) -> None:
    """It can know nothing."""
    desk = Desk(tmp_path)
    lines = DeliveredLines(httpx.Client(), "", "tempo", "traces")
    auditing = desk.start()
    auditing._lines = lines

    with pytest.raises(JobError, match="no Loki is named"):
        await auditing.run()
