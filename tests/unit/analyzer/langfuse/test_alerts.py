"""Alerts on their way to Langfuse as events with ids of their own; the Langfuse is a stand-in of its published API."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from tests.support.fake_model import FakeModel
from tests.support.langfuse_api import KEYS, FakeLangfuse, fake_langfuse, observation
from tests.support.takeover import NOW, Takeover

from watchkeeper.analyzer.endpoints.patience import Patience
from watchkeeper.analyzer.langfuse.alert import OWN_TRACES, QUERY, read_alert
from watchkeeper.analyzer.langfuse.alert_writer import AlertWriter
from watchkeeper.analyzer.langfuse.line_writing import Lines, LineWriting
from watchkeeper.analyzer.langfuse.progress import ProgressNotes
from watchkeeper.analyzer.langfuse.report import LangfuseReport
from watchkeeper.analyzer.langfuse.writes import WritesApi
from watchkeeper.analyzer.notes.notes import MemoryNotes
from watchkeeper.config.langfuse_projects import LangfuseProject
from watchkeeper.errors import JobError
from watchkeeper.metrics.catalogue import METRICS
from watchkeeper.metrics.store import MetricStore

FIRED: dict[str, Any] = {
    "timestamp": "2026-11-30T00:12:00Z",
    "level": "warning",
    "event": "alert_fired",
    "service": "shop-api",
    "happened_at": "2026-11-30T00:11:00Z",
    "env": "prod",
    "team": "search",
    "alertname": "LLMErrorRateHigh",
    "severity": "high",
    "summary": "Error rate above threshold.",
    "started_at": "2026-11-30T00:10:00Z",
    "fingerprint": "0123456789abcdef",
}
ENDED = {**FIRED, "event": "alert_resolved", "ended_at": "2026-11-30T00:20:00Z"}


@pytest.fixture
def langfuse() -> Iterator[FakeLangfuse]:
    """One project."""
    with fake_langfuse() as running:
        yield running


class Alerts:
    """Writes alerts about the services of a shop; ``fake`` is the Loki."""

    def __init__(self, langfuse: FakeLangfuse, fake: FakeModel, client: httpx.AsyncClient, folder: Path) -> None:
        (folder / "key").write_text(KEYS)
        self.now = NOW
        self.store = MetricStore(METRICS)
        self.loki = httpx.Client(trust_env=False)
        self._fake = fake
        project = LangfuseProject(name="support", url=langfuse.address, key_file=Path("key"))
        report = LangfuseReport("support", self.store, lambda: self.now)
        self.writing = LineWriting(
            Lines(self.loki, fake.address, QUERY, lambda text: read_alert(text, ("shop*",))),
            AlertWriter(WritesApi(project, client, folder), report),
            notes=ProgressNotes(MemoryNotes(), "alerts for support"),
            report=report,
            patience=Patience("Langfuse", lambda: self.now),
            clock=lambda: self.now,
        )

    async def run(self, *lines: dict[str, Any]) -> None:
        """Run once, two minutes later, with these lines in Loki beside those of before."""
        # The fake asks by the first event of the query alone.
        self._fake.lines.setdefault("", []).extend({"at_ns": int((self.now - 30) * 1e9), **line} for line in lines)
        await self.writing.run()
        self.now += 120

    def count(self, outcome: str) -> float:
        """How many events ended so."""
        series = self.store.families["watchkeeper_langfuse_alerts_total"].series.get(("support", outcome))
        return 0 if series is None else float(series.value)


@pytest.fixture
def alerts(langfuse: FakeLangfuse, fake: FakeModel, client: httpx.AsyncClient, tmp_path: Path) -> Iterator[Alerts]:
    """One that has written nothing."""
    made = Alerts(langfuse, fake, client, tmp_path)
    yield made
    made.loki.close()


async def test_an_alert_is_a_trace_with_its_begin_and_its_end(langfuse: FakeLangfuse, alerts: Alerts) -> None:
    """With what people need to find it here, at the times at which it fired and resolved."""
    await alerts.run(FIRED)
    await alerts.run(ENDED)

    fired, ended = langfuse.spans.values()
    assert fired["traceId"] == ended["traceId"]
    assert (fired["name"], ended["name"]) == ("LLMErrorRateHigh fired", "LLMErrorRateHigh resolved")
    assert [one["startTimeUnixNano"] for one in (fired, ended)] == ["1795997400000000000", "1795998000000000000"]
    assert fired["attributes"] == {
        "service.name": "shop-api",
        "langfuse.trace.name": "alert LLMErrorRateHigh",
        "langfuse.environment": "prod",
        "langfuse.observation.type": "event",
        "langfuse.observation.level": "ERROR",
        "langfuse.observation.status_message": "Error rate above threshold.",
        "langfuse.observation.metadata.alert": "LLMErrorRateHigh",
        "langfuse.observation.metadata.severity": "high",
        "langfuse.observation.metadata.team": "search",
        "langfuse.observation.metadata.by": "watchkeeper",
    }
    assert ended["attributes"]["langfuse.observation.level"] == "DEFAULT"


async def test_each_is_written_once_and_has_the_same_id_again(
    langfuse: FakeLangfuse, fake: FakeModel, client: httpx.AsyncClient, alerts: Alerts, tmp_path: Path
) -> None:
    """Two exporters that wrote the line, an overlap, and an analyzer that lost its notes; the next time is another."""
    await alerts.run(FIRED, FIRED)
    await alerts.run()
    forgetful = Alerts(langfuse, fake, client, tmp_path)
    await forgetful.run()
    forgetful.loki.close()
    assert (len(langfuse.posts), len(langfuse.spans)) == (2, 1)

    await alerts.run({**FIRED, "started_at": "2026-11-30T00:30:00Z"})

    assert len({trace for trace, _ in langfuse.spans}) == 2


@pytest.mark.parametrize(
    "other",
    [
        pytest.param({"service": "billing"}, id="another service"),
        pytest.param({"event": "drill_delivered"}, id="an alert that someone provoked"),
        pytest.param({"alertname": None}, id="no name"),
        pytest.param({"started_at": "yesterday"}, id="a time that is none"),
        pytest.param({"started_at": "0001-01-01T00:00:00Z"}, id="a time that OTLP cannot say"),
        pytest.param({"started_at": "9999-12-31T00:00:00Z"}, id="a time beyond it"),
    ],
)
async def test_what_is_no_alert_for_the_project_is_not_written(
    other: dict[str, Any], langfuse: FakeLangfuse, alerts: Alerts
) -> None:
    """And asks Langfuse for nothing."""
    await alerts.run({**FIRED, **other})

    assert langfuse.posts == []


@pytest.mark.parametrize(
    "answer", [(500, {}, {}), (401, {}, {}), b"<html></html>", (302, {}, {"location": "/login"})], ids=str
)
async def test_a_langfuse_that_fails_gets_them_later(answer: Any, langfuse: FakeLangfuse, alerts: Alerts) -> None:
    """With the next run."""
    langfuse.answers = [answer]
    with pytest.raises(JobError, match="support: http"):
        await alerts.run(FIRED)

    await alerts.run()

    assert (len(langfuse.spans), alerts.count("written")) == (1, 1)


@pytest.mark.parametrize(
    ("answer", "written", "refused"),
    [
        pytest.param((400, {"message": "no"}, {}), 0, 2, id="all of it"),
        pytest.param((200, {"partialSuccess": {"rejectedSpans": "1"}}, {}), 1, 1, id="a part"),
        pytest.param((200, {"partialSuccess": {"rejectedSpans": "many"}}, {}), 2, 0, id="nothing that can be read"),
        pytest.param((200, {}, {}), 2, 0, id="nothing"),
    ],
)
async def test_what_is_refused_is_counted_and_left(
    answer: Any, written: float, refused: float, langfuse: FakeLangfuse, alerts: Alerts
) -> None:
    """It would be refused for ever."""
    langfuse.answers = [answer]

    await alerts.run(FIRED, ENDED)
    await alerts.run()

    assert (alerts.count("written"), alerts.count("refused"), len(langfuse.posts)) == (written, refused, 1)


async def test_they_are_not_read_back(langfuse: FakeLangfuse, fake: FakeModel, alerts: Alerts, tmp_path: Path) -> None:
    """Of a project whose observations are taken over, too."""
    await alerts.run(FIRED)
    ((trace, span),) = langfuse.spans
    assert trace.startswith(OWN_TRACES)
    one = observation(1, NOW - 300, type="EVENT", traceId=trace, id=span)
    langfuse.observations = [one, observation(2, NOW - 300)]
    takeover = Takeover(langfuse, fake.address, tmp_path)

    await takeover.run()
    await takeover.close()

    assert [sent["id"] for sent in takeover.sent()] == [langfuse.observations[1]["id"]]
    assert (takeover.count("own"), takeover.count("taken")) == (1, 1)


def test_text_of_any_kind_is_only_text() -> None:
    """Half a character, quotes, a name of a megabyte: none breaks the request."""
    hostile = {"summary": 'x"}]}' + "\\ud83d", "alertname": "é" * 1000, "fingerprint": ""}
    found = read_alert(json.dumps({**FIRED, **hostile}), ("*",))

    assert found is not None
    assert len(found.trace_id) == 32
    assert json.loads(json.dumps(found.span()))["name"].startswith("é")
