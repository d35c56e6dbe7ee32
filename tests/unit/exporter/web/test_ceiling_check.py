"""POST /v1/budget/check by ceilings, and what outlives a restart of ceilings and quotas."""

import hashlib
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest
from tests.support.exporter import ExporterInTest, run_exporter

from watchkeeper.metrics import snapshot

CEILINGS = """
ceilings:
  - {name: run, per: run, max_cost_usd: 10, max_steps: 5}
  - {name: talk, per: session, max_tokens: 1000}
  - {name: bot, per: agent, max_cost_usd: 100, match: {service: [shop]}}
  - {name: user, per: user, max_steps: 2, match: {model: ["gpt-*"]}}
"""
TRACE = "a" * 32
CALL = {
    "type": "llm_call",
    "service": "shop",
    "agent": "bot",
    "model": "gpt-5",
    "trace_id": TRACE,
    "session_id": "s",
    "user_id": "ann@example.com",
}


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """A watchkeeper.yml with a ceiling of each kind."""
    written = tmp_path / "watchkeeper.yml"
    written.write_text(CEILINGS)
    return written


@pytest.fixture
def exporter(file: Path) -> Iterator[ExporterInTest]:
    """An exporter that is open to everyone."""
    with run_exporter(config=file) as running:
        yield running


def spend(exporter: ExporterInTest, **more: Any) -> None:
    """Send a call."""
    assert exporter.post_events({**CALL, **more})["accepted"] == 1


def ask(exporter: ExporterInTest, **question: Any) -> Any:
    """Return the answer."""
    reply = exporter.client.post("/v1/budget/check", json=question)
    assert reply.status_code == 200, reply.text
    return reply.json()


def decisions(answer: Any) -> dict[str, str]:
    """The decision of each ceiling."""
    return {state["ceiling"]: state["decision"] for state in answer.get("ceilings", ())}


def test_each_ceiling_answers_for_whom_it_is_asked(exporter: ExporterInTest) -> None:
    """With what was used and what is allowed; the user is hashed as in telemetry."""
    spend(exporter, cost_usd=8.5, input_tokens=500, output_tokens=100)

    answer = ask(exporter, service="shop", agent="bot", trace_id=TRACE.upper(), session_id="s", user_id=CALL["user_id"])

    assert decisions(answer) == {"run": "warn", "talk": "allow", "bot": "allow", "user": "allow"}
    assert answer["decision"] == "warn"
    assert answer["budgets"] == []
    assert answer["ceilings"][0] == {
        "ceiling": "run",
        "per": "run",
        "decision": "warn",
        "used": {"cost_usd": 8.5, "steps": 1},
        "allowed": {"cost_usd": 10, "steps": 5},
    }
    assert answer["ceilings"][1]["used"] == {"tokens": 600}


def test_the_strictest_decides(exporter: ExporterInTest) -> None:
    """Two steps of the user are all of them."""
    spend(exporter)
    spend(exporter)

    answer = ask(exporter, service="shop", trace_id=TRACE, user_id=CALL["user_id"])

    assert decisions(answer) == {"run": "allow", "user": "deny"}
    assert answer["decision"] == "deny"


def test_who_is_not_named_is_not_asked_about(exporter: ExporterInTest) -> None:
    """And what no one knows yet may go on, if the estimate lets it."""
    assert ask(exporter, service="shop") == {"decision": "allow", "budgets": []}
    assert decisions(ask(exporter, trace_id="b" * 32)) == {"run": "allow"}
    assert decisions(ask(exporter, trace_id="b" * 32, estimated_cost_usd=10.01)) == {"run": "deny"}


@pytest.mark.parametrize(
    ("question", "answered"),
    [
        pytest.param({"model": "gpt-4o"}, {"user": "deny"}, id="a model that counts"),
        pytest.param({"model": "claude-opus-4"}, {}, id="a model that does not count"),
        pytest.param({}, {"user": "deny"}, id="a model that is not given"),
    ],
)
def test_what_the_question_leaves_out_fits_every_ceiling(
    exporter: ExporterInTest, question: dict[str, str], answered: dict[str, str]
) -> None:
    """A gateway that knows only the user is answered all the same."""
    spend(exporter)
    spend(exporter)

    assert decisions(ask(exporter, user_id=CALL["user_id"], **question)) == answered


def test_tenants_know_nothing_of_each_other(tmp_path: Path) -> None:
    """The token's tenant wins, in what is counted and in what is asked."""
    tokens = ", ".join(
        f"{{tenant: {tenant}, sha256: '{hashlib.sha256(tenant.encode()).hexdigest()}'}}" for tenant in ("acme", "beta")
    )
    file = tmp_path / "watchkeeper.yml"
    file.write_text(f"{CEILINGS}\naccess: {{tokens: [{tokens}]}}\n")
    with run_exporter(config=file) as exporter:
        for _ in range(5):
            sent = exporter.client.post("/v1/events", json=[CALL], headers={"Authorization": "Bearer acme"})
            assert sent.status_code == 200
        answers = {
            tenant: exporter.client.post(
                "/v1/budget/check",
                json={"trace_id": TRACE, "tenant": "acme"},
                headers={"Authorization": f"Bearer {tenant}"},
            ).json()
            for tenant in ("acme", "beta")
        }

    assert {tenant: answer["decision"] for tenant, answer in answers.items()} == {"acme": "deny", "beta": "allow"}


def test_a_restart_and_a_crash_forget_nothing(file: Path, tmp_path: Path) -> None:
    """What was used goes on: counted once, whether the exporter was stopped or killed."""
    environ = {"WATCHKEEPER_STATE_DIR": str(tmp_path / "state")}
    with run_exporter(environ, file) as exporter:
        spend(exporter, cost_usd=4)
    with run_exporter(environ, file) as exporter:
        spend(exporter, cost_usd=3)
        killed = shutil.copytree(tmp_path / "state", tmp_path / "killed")
        assert ask(exporter, trace_id=TRACE)["ceilings"][0]["used"] == {"cost_usd": 7, "steps": 2}

    with run_exporter({"WATCHKEEPER_STATE_DIR": str(killed)}, file) as exporter:
        spend(exporter, cost_usd=3.5)

        assert ask(exporter, trace_id=TRACE)["ceilings"][0]["used"] == {"cost_usd": 10.5, "steps": 3}
        assert exporter.value("llm_ceiling_over_entries", limit="cost_usd") == 1
        assert exporter.value("llm_ceilings_reached_total", ceiling="run") == 1


def test_a_restart_forgets_no_quota(file: Path, tmp_path: Path) -> None:
    """Nor what users of coding agents cost in a day."""
    file.write_text("quotas: [{name: day, per: user, window: 24h, limit_usd: 10}]")
    environ = {"WATCHKEEPER_STATE_DIR": str(tmp_path / "state")}
    for _ in range(2):
        with run_exporter(environ, file) as exporter:
            spend(exporter, agent="codex", cost_usd=2)
            used = exporter.value("llm_coding_agent_quota_used_ratio", quota="day")
            cost = exporter.value("llm_coding_agent_user_cost_dollars")

    assert (used, cost) == (0.4, 4.0)


def test_what_cannot_be_read_is_said(file: Path, tmp_path: Path) -> None:
    """The exporter starts, and counts from zero."""
    state = tmp_path / "state"
    environ = {"WATCHKEEPER_STATE_DIR": str(state)}
    with run_exporter(environ, file) as exporter:
        spend(exporter)
    found, _ = snapshot.read(state)
    assert found is not None
    snapshot.write(msgspec.structs.replace(found, kept={"ceilings": b"\xc1"}), state)

    with run_exporter(environ, file) as exporter:
        assert ask(exporter, trace_id=TRACE)["ceilings"][0]["used"] == {"cost_usd": 0, "steps": 0}
        assert exporter.value("llm_requests_total") == 1

    (line,) = exporter.lines("state_unused")
    assert "ceilings" in line["problem"]


def test_without_ceilings_answers_and_metrics_are_as_before() -> None:
    """What no one asked for is not there."""
    with run_exporter() as exporter:
        spend(exporter)

        assert ask(exporter, trace_id=TRACE) == {"decision": "allow", "budgets": []}
        assert not [sample for sample in exporter.samples() if "ceiling" in f"{sample.name} {sample.labels}"]
