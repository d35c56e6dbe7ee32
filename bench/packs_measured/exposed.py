"""What is scraped: by the exporter, without packs and with them, and of servers that people run themselves."""

import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from random import Random
from typing import Any

from tests.support.agent_metrics import agent_metrics
from tests.support.exporter import PROTOBUF, ExporterInTest
from tests.support.exporter import run_exporter as run

ROOT = Path(__file__).parents[2]
CAPTURED = ROOT / "tests" / "config" / "captured"
SERVERS, USERS = 20, 200
_TEAMS, _REPOSITORIES = 10, 40
_AGENTS = ("claude_code", "codex", "gemini_cli", "copilot_chat")
_MODELS = ("claude-sonnet-4-5", "claude-haiku-4-5", "gpt-5.1", "gemini-2.5-pro")
_CALLS_OF_A_USER = 5
_WAITS_SECONDS = 15
# A quota for each user and a ceiling for each session, which no one reaches.
CONFIG = """\
quotas: [{name: dev-5h, per: user, window: 5h, limit_usd: 100000}]
ceilings: [{name: session, per: session, max_cost_usd: 100000}]
"""
Event = dict[str, Any]


def usual(exporter: ExporterInTest) -> None:
    """Calls of ten applications, without any pack."""
    exporter.post_events(*_applications())


def with_packs(exporter: ExporterInTest) -> None:
    """The same, with two hundred users of coding agents, prompt caches, tools of MCP and a model that is retired."""
    usual(exporter)
    random = Random(1)  # noqa: S311  # the same for each run
    for user in range(USERS):
        exporter.post_events(*_coding(user, random))
        body = agent_metrics(at=user + 10**18, resource={"service.name": f"agents-{user % _TEAMS}"})
        exporter.client.post("/v1/metrics", content=body, headers=PROTOBUF)
    exporter.post_events(*_cached())
    for payload in sorted((ROOT / "tests/golden/payloads").glob("fastmcp-*/*.bin")):
        exporter.client.post("/v1/traces", content=payload.read_bytes(), headers=_headers(payload))
    # A span of MCP waits for what the other side reports of the same run.
    time.sleep(_WAITS_SECONDS)


def captured(*names: str) -> list[str]:
    """The texts of servers as they were recorded."""
    return [(CAPTURED / f"{name}.txt").read_text(encoding="utf-8") for name in names]


def run_exporter(folder: Path, *, is_used: bool) -> Any:
    """An exporter with a quota and a ceiling, or as it is shipped."""
    if not is_used:
        return run()
    config = folder / "watchkeeper.yml"
    config.write_text(CONFIG, encoding="utf-8")
    return run(config=config)


def _headers(payload: Path) -> Mapping[str, str]:
    return {**PROTOBUF, **({"content-encoding": "gzip"} if payload.read_bytes()[:2] == b"\x1f\x8b" else {})}


def _applications() -> Iterator[Event]:
    for number in range(200):
        service, model = f"service-{number % 10}", ("gpt-4o", "gpt-4o-mini")[number % 2]
        used = {"input_tokens": 1000 + number, "output_tokens": 100, "duration_seconds": 1.5}
        yield {"type": "llm_call", "service": service, "team": f"team-{number % 5}", "model": model, **used}


def _coding(user: int, random: Random) -> Iterator[Event]:
    common = {
        "service": f"agents-{user % _TEAMS}",
        "team": f"team-{user % _TEAMS}",
        "agent": _AGENTS[user % len(_AGENTS)],
        "user_id": f"user-{user}",
        "session_id": f"session-{user}",
        "repository": f"acme/repository-{user % _REPOSITORIES}",
    }
    for _ in range(_CALLS_OF_A_USER):
        tokens = {"input_tokens": 20_000, "cached_input_tokens": 16_000, "cache_write_tokens": 500}
        model, status = random.choice(_MODELS), random.choice(("ok", "ok", "ok", "rate_limited"))
        yield {"type": "llm_call", "model": model, "status": status, "output_tokens": 400, **tokens, **common}
        yield {"type": "human_review", "outcome": random.choice(("approved", "approved", "rejected")), **common}


def _cached() -> Iterator[Event]:
    used = {"input_tokens": 5000, "cached_input_tokens": 4000, "output_tokens": 50}
    # The second is retired, by the table of retirements.
    for model in ("gpt-4o", "claude-3-opus-20240229"):
        yield {"type": "llm_call", "service": "service-1", "team": "team-1", "model": model, **used}
