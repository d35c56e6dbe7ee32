"""What a coding agent leaves behind while a person works with it, as events for `POST /v1/events`. Pure."""

from random import Random
from typing import Any

Event = dict[str, Any]

SERVICE, AGENT = "claude-code", "claude_code"
_USERS = 4
_FAILING_SHARE = 0.2
_REJECTED_SHARE = 0.2


def coding(random: Random) -> list[Event]:
    """The events of one prompt: a request, which may fail, a tool that it asks for, and whether that was allowed."""
    user = random.randrange(_USERS)
    common = {"service": SERVICE, "agent": AGENT, "user_id": f"coder-{user}", "session_id": f"coding-{user}"}
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
