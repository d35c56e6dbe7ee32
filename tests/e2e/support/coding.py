"""What a coding agent leaves behind while a person works with it. Pure.

Events for `POST /v1/events`, and for `POST /v1/metrics` what only its own metrics report.
"""

from random import Random
from typing import Any

from tests.support.agent_metrics import agent_metrics

Event = dict[str, Any]

SERVICE, AGENT = "claude-code", "claude_code"
REPOSITORY = "acme/search"
_USERS = 4
_FAILING_SHARE = 0.2
_REJECTED_SHARE = 0.2


def coding(random: Random) -> list[Event]:
    """The events of one prompt: a request, which may fail, a tool that it asks for, and whether that was allowed."""
    user = random.randrange(_USERS)
    common = {"service": SERVICE, "agent": AGENT, "user_id": f"coder-{user}", "session_id": f"coding-{user}"}
    common["repository"] = REPOSITORY
    request: Event = {
        "type": "llm_call",
        "model": "claude-sonnet-4-5",
        "provider": "anthropic",
        "duration_seconds": 3.2,
    }
    if random.random() < _FAILING_SHARE:
        events: list[Event] = [{**request, "status": "error"}]
    else:
        tokens = {"input_tokens": 20_000, "cached_input_tokens": 16_000, "output_tokens": random.randrange(200, 900)}
        is_rejected = random.random() < _REJECTED_SHARE
        events = [
            {**request, **tokens},
            {"type": "human_review", "outcome": "rejected" if is_rejected else "approved"},
            {"type": "tool_call", "tool": "Bash", "status": random.choice(("ok", "error")), "duration_seconds": 0.4},
        ]
    return [{**common, **event} for event in events]


def activity(random: Random, now_ns: int) -> bytes:
    """The metrics of some minutes at ``now_ns``: each amount is new since the last of them."""
    amounts: dict[tuple[str, str], float] = {
        ("claude_code.session.count", ""): 1,
        ("claude_code.active_time.total", "cli"): random.uniform(20, 60),
        ("claude_code.lines_of_code.count", "added"): random.randrange(1, 80),
        ("claude_code.lines_of_code.count", "removed"): random.randrange(1, 20),
        ("claude_code.commit.count", ""): 1,
        ("claude_code.pull_request.count", ""): 1,
    }
    resource = {"service.name": SERVICE, "user.email": "coder-1", "vcs.repository.name": REPOSITORY}
    return agent_metrics(amounts, at=now_ns, resource=resource)
