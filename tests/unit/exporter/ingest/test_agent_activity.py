"""What only the metrics of coding agents report counts once, delta or cumulative."""

import asyncio
import io
from typing import Any

import httpx
import pytest
from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import ExportMetricsServiceRequest
from tests.support.agent_metrics import AN_HOUR, CUMULATIVE, DELTA, NOW, agent_metrics
from tests.support.exporter import PROTOBUF, run_exporter

from watchkeeper.config import load_config
from watchkeeper.exporter.app import build_app
from watchkeeper.exporter.ingest.agent_activity import AgentActivity

SESSIONS = {("gemini_cli.session.count", ""): 1.0}
SESSION = ("claude_code.session.count", "")
LINES = ("claude_code.lines_of_code.count", "added")


def amounts(activity: AgentActivity, *bodies: bytes) -> list[float]:
    """What is counted of requests, one after the other."""
    requests = [ExportMetricsServiceRequest.FromString(body) for body in bodies]
    return [found.amount for request in requests for found in activity.read(request)]


def test_what_an_hour_leaves_behind() -> None:
    """Each number by service, team and agent; the team is the one that spans of the agent have."""
    with run_exporter() as exporter:
        assert exporter.client.post("/v1/metrics", content=agent_metrics(), headers=PROTOBUF).status_code == 200

    who = {"service": "claude-code", "team": "search", "agent": "claude_code"}
    assert exporter.value("llm_coding_agent_sessions_total", **who) == 1
    assert exporter.value("llm_coding_agent_active_seconds_total", **who) == 2040.5
    assert exporter.value("llm_coding_agent_lines_total", type="added", **who) == 120
    assert exporter.value("llm_coding_agent_lines_total", type="removed", **who) == 30
    assert exporter.value("llm_coding_agent_commits_total", **who) == 2
    assert exporter.value("llm_coding_agent_pull_requests_total", **who) == 1


def test_a_request_that_is_sent_again_adds_nothing() -> None:
    """An exporter of the SDK sends again what was not answered in time."""
    activity = AgentActivity(NOW - 10)

    assert sum(amounts(activity, agent_metrics())) == sum(AN_HOUR.values())
    assert amounts(activity, agent_metrics(), agent_metrics(at=NOW - 5)) == []


def test_a_delta_adds_up() -> None:
    """Each point is what happened since the one before."""
    bodies = [agent_metrics({LINES: 5.0}, at=NOW + second) for second in range(3)]

    assert amounts(AgentActivity(NOW - 10), *bodies) == [5, 5, 5]


def test_what_accumulates_counts_by_what_was_added() -> None:
    """And begins anew with its start."""
    bodies = [
        agent_metrics(SESSIONS, temporality=CUMULATIVE, at=NOW),
        agent_metrics({("gemini_cli.session.count", ""): 3.0}, temporality=CUMULATIVE, at=NOW + 1),
        agent_metrics(SESSIONS, temporality=CUMULATIVE, at=NOW + 2, start=NOW + 2),
    ]

    assert amounts(AgentActivity(NOW - 10), *bodies) == [1, 2, 1]


def test_what_accumulated_before_we_began_is_no_news() -> None:
    """After a restart a session that goes on is not one more; what it adds counts."""
    bodies = [
        agent_metrics(SESSIONS, temporality=CUMULATIVE, at=NOW),
        agent_metrics({("gemini_cli.session.count", ""): 2.0}, temporality=CUMULATIVE, at=NOW + 1),
    ]

    assert amounts(AgentActivity(NOW), *bodies) == [1]


@pytest.mark.parametrize("amount", [-1.0, float("nan"), float("inf"), 1e300], ids=str)
def test_what_is_no_count_is_left_out(amount: float) -> None:
    """A counter that took it would be lost for good."""
    assert amounts(AgentActivity(0), agent_metrics({LINES: amount})) == []


@pytest.mark.parametrize(
    "named",
    [("claude_code.token.usage", "input"), ("claude_code.lines_of_code.count", "moved"), ("other.session.count", "")],
    ids=["tokens, which events report", "another type of lines", "another agent"],
)
def test_other_metrics_are_left_alone(named: tuple[str, str]) -> None:
    """They are passed on as they are."""
    assert amounts(AgentActivity(0), agent_metrics({named: 1.0})) == []


def test_the_memory_of_series_is_bounded() -> None:
    """As many sessions as anyone invents; the last ones are still known."""
    activity = AgentActivity(0)
    last: Any = None
    for number in range(5_000):
        last = agent_metrics({LINES: 1.0}, resource={"service": str(number)}, temporality=DELTA)
        amounts(activity, last)

    assert amounts(activity, last) == []
    assert len(activity._counted) == 4_096  # what is bounded is not to be seen otherwise


async def turns_beside(body: bytes) -> tuple[int, str]:
    """How often others had a turn while a request of metrics was taken, and what counted."""
    app = build_app(load_config(None, {}), io.BytesIO())
    transport = httpx.ASGITransport(app)
    async with app.router.lifespan_context(app), httpx.AsyncClient(transport=transport, base_url="http://x") as client:
        sent = asyncio.create_task(client.post("/v1/metrics", content=body, headers=PROTOBUF))
        turns = 0
        while not sent.done():
            turns += 1
            await asyncio.sleep(0)
        assert sent.result().status_code == 200
        return turns, (await client.get("/metrics")).text


def test_a_request_of_many_points_lets_others_have_a_turn() -> None:
    """Counting is cut into pieces; what is too small for a thread has some hundred points, so pieces are small."""
    points = 1_200
    request = ExportMetricsServiceRequest.FromString(agent_metrics({SESSION: 1.0}))
    sums = request.resource_metrics[0].scope_metrics[0].metrics[0].sum
    del sums.data_points[:]
    for number in range(points):
        sums.data_points.add(as_int=1, time_unix_nano=NOW + number)

    few, _ = asyncio.run(turns_beside(agent_metrics({SESSION: 1.0})))
    many, exposition = asyncio.run(turns_beside(request.SerializeToString()))

    assert len(request.SerializeToString()) < 64 * 1024
    assert many >= few + points // 256
    assert (
        f'llm_coding_agent_sessions_total{{service="claude-code",team="search",agent="claude_code"}} {points}'
        in exposition
    )
