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
from watchkeeper.exporter.ingest.agent_activity import AgentActivity, activity_of
from watchkeeper.model import CodingActivity

SESSIONS = {("gemini_cli.session.count", ""): 1.0}
SESSION = ("claude_code.session.count", "")
LINES = ("claude_code.lines_of_code.count", "added")
AMOUNTS = [name for name in CodingActivity.__struct_fields__ if name != "context"]


def amounts(activity: AgentActivity, *bodies: bytes) -> list[float]:
    """What is counted of requests, one after the other."""
    left = [activity_of(ExportMetricsServiceRequest.FromString(body)) for body in bodies]
    found = [one for body in left for one in activity.read(ExportMetricsServiceRequest.FromString(body))]
    return [amount for one in found for name in AMOUNTS if (amount := getattr(one, name)) is not None]


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


def test_a_line_says_whose_it_was() -> None:
    """Of each user, repository, session and model; the user is the same hash as on lines of calls."""
    request = ExportMetricsServiceRequest.FromString(
        agent_metrics(resource={"service.name": "claude-code", "vcs.repository.name": "shop"})
    )
    for metric in request.resource_metrics[0].scope_metrics[0].metrics:
        for point in metric.sum.data_points:
            point.attributes.add(key="user.email").value.string_value = "bob@example.com"
            if metric.name == LINES[0]:
                point.attributes.add(key="model").value.string_value = "claude-sonnet-4-5"
    call = {"type": "llm_call", "model": "gpt-4o", "user_id": "bob@example.com"}

    with run_exporter() as exporter:
        exporter.client.post("/v1/metrics", content=request.SerializeToString(), headers=PROTOBUF)
        exporter.client.post("/v1/events", json=[call])

    lines = exporter.lines("coding_agent_activity_recorded")
    (of_call,) = exporter.lines("llm_call_completed")
    assert {line["user_hash"] for line in lines} == {of_call["user_hash"]}
    assert {(line["repository"], line["session_id"]) for line in lines} == {("shop", "s-1")}
    by_model = {line.get("model", ""): {name: line[name] for name in AMOUNTS if name in line} for line in lines}
    assert by_model == {
        "": {"sessions": 1, "active_seconds": 2040.5, "commits": 2, "pull_requests": 1},
        "claude-sonnet-4-5": {"lines_added": 120, "lines_removed": 30},
    }
    assert "bob" not in repr(lines)


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


def test_what_copilot_counts() -> None:
    """In VS Code, from its start on."""
    names = (("copilot_chat.session.count", ""), ("copilot_chat.lines_of_code.count", "added"))
    sent = agent_metrics(dict.fromkeys(names, 3.0), temporality=CUMULATIVE)

    assert amounts(AgentActivity(NOW - 10), sent) == [3, 3]


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


def test_another_process_goes_on_with_what_is_known() -> None:
    """What accumulated is no news to it, what is added counts, and what began while no one ran counts whole."""
    before, after = AgentActivity(NOW - 10), AgentActivity(NOW + 5)
    amounts(before, agent_metrics(SESSIONS, temporality=CUMULATIVE, at=NOW))

    problems = list(after.resume(before.saved()))

    more = {("gemini_cli.session.count", ""): 4.0}
    assert amounts(after, agent_metrics(SESSIONS, temporality=CUMULATIVE, at=NOW + 6)) == [0]
    assert amounts(after, agent_metrics(more, temporality=CUMULATIVE, at=NOW + 7)) == [3]
    assert amounts(after, agent_metrics(more, temporality=CUMULATIVE, at=NOW + 8, start=NOW + 4)) == [4]
    assert problems == []


@pytest.mark.parametrize("kept", [b"\xff", b"\x90", b"\x81\xa6series\x90"], ids=repr)
def test_what_is_known_may_be_damaged(kept: bytes) -> None:
    """It is told, and the process begins as one that knows nothing."""
    activity = AgentActivity(NOW - 10)

    (problem,) = activity.resume({"agent_activity": kept})

    assert problem.startswith("what coding agents did cannot be read: ")
    assert amounts(activity, agent_metrics(SESSIONS, temporality=CUMULATIVE, at=NOW)) == [1]


def test_nothing_is_kept_of_whose_they_are() -> None:
    """What is saved with the counters names no user and no session."""
    activity = AgentActivity(NOW - 10)
    amounts(activity, agent_metrics(resource={"service": "a", "user.email": "bob@example.com"}))

    assert activity.saved()
    assert all(b"bob" not in kept and b"s-1" not in kept for kept in activity.saved().values())


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
    points = 1_100
    request = ExportMetricsServiceRequest.FromString(agent_metrics({SESSION: 1.0}))
    sums = request.resource_metrics[0].scope_metrics[0].metrics[0].sum
    del sums.data_points[:]
    for number in range(points):
        point = sums.data_points.add(as_int=1, time_unix_nano=NOW)
        point.attributes.add(key="session.id").value.string_value = str(number)

    few, _ = asyncio.run(turns_beside(agent_metrics({SESSION: 1.0})))
    many, exposition = asyncio.run(turns_beside(request.SerializeToString()))

    assert len(request.SerializeToString()) < 64 * 1024
    assert many >= few + points // 256
    assert (
        f'llm_coding_agent_sessions_total{{service="claude-code",team="search",agent="claude_code"}} {points}'
        in exposition
    )
