"""What one conversation of a support agent leaves behind, as events for `POST /v1/events`: all kinds there are. Pure.

A question is looked up in a cache of answers, sorted, answered by two calls of a model with a tool or a search
between them, checked and evaluated. Durations and tokens are drawn from the spread that such calls have.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from random import Random
from typing import Any

Event = dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Traffic:
    """What is different while something is wrong; a share is 0..1."""

    failing_share: float = 0.01
    quality: float = 0.88


USUAL, FAILING = Traffic(), Traffic(failing_share=0.35)

SERVICE = "demo-support"

# Model, provider, weight, seconds of a usual answer.
_MODELS = (
    ("gpt-4o-mini", "openai", 6, 1.2),
    ("claude-sonnet-4-5", "anthropic", 3, 2.6),
    ("gemini-2.5-flash", "gcp.gemini", 1, 0.9),
)
_USERS = 40
_ANSWER_TOKENS = 180
_PROMPT_TOKENS = 900


def conversation(random: Random, traffic: Traffic) -> list[Event]:
    """The events of one conversation, in their order."""
    user = random.randrange(_USERS)
    common = {
        "service": SERVICE,
        "environment": "demo",
        "agent": "support-agent",
        "trace_id": f"{random.getrandbits(128):032x}",
        "user_id": f"user-{user}",
        "session_id": f"session-{user}",
        "prompt": "support-answer",
        "prompt_version": 7,
    }
    return [{**common, **event} for event in _events(random, traffic)]


def _events(random: Random, traffic: Traffic) -> Iterator[Event]:
    hit = random.random() < 0.8
    yield {"type": "cache_lookup", "cache": "answers", "hit": hit, "saved_usd": "0.0006" if hit else "0"}
    if hit:
        return
    yield from _call(random, traffic, operation="chat", finish="tool_calls")
    branch = _branch(random)
    yield {"type": "branch_decision", "node": "intent", "branch": branch}
    if branch == "person":
        yield {"type": "human_review", "outcome": "requested"}
        return
    yield _search(random, traffic) if branch == "question" else _tool(random, branch)
    yield from _call(random, traffic, operation="chat", finish="stop")
    yield from _evaluations(random, traffic)


def _branch(random: Random) -> str:
    if random.random() < 0.1:
        return "person"
    return random.choices(("order_status", "refund", "question"), weights=(5, 2, 3))[0]


def _call(random: Random, traffic: Traffic, *, operation: str, finish: str) -> Iterator[Event]:
    model, provider, _, seconds = random.choices(_MODELS, weights=[row[2] for row in _MODELS])[0]
    call: Event = {"type": "llm_call", "operation": operation, "model": model, "provider": provider}
    if random.random() < traffic.failing_share:
        yield {
            **call,
            "status": "error",
            "duration_seconds": seconds / 2,
        }
        return
    prompt = int(random.lognormvariate(0, 0.4) * _PROMPT_TOKENS)
    is_cut_off = random.random() < 0.01
    duration = round(random.lognormvariate(0, 0.35) * seconds, 3)
    yield {
        **call,
        "input_tokens": prompt,
        "cached_input_tokens": prompt // 3,
        "output_tokens": int(random.lognormvariate(0, 0.5) * _ANSWER_TOKENS),
        "duration_seconds": duration,
        "time_to_first_token_seconds": round(duration / 4, 3),
        "is_streaming": True,
        "finish_reason": "length" if is_cut_off else finish,
    }


def _tool(random: Random, branch: str) -> Event:
    has_failed = random.random() < 0.02
    return {
        "type": "tool_call",
        "tool": "find_order" if branch == "order_status" else "pay_back",
        "status": "error" if has_failed else "ok",
        "duration_seconds": round(random.lognormvariate(-1.5, 0.4), 3),
    }


def _search(random: Random, traffic: Traffic) -> Event:
    return {
        "type": "retrieval",
        "retriever": "handbook",
        "documents": random.randrange(2, 6),
        "top_score": round(min(1.0, random.gauss(traffic.quality, 0.05)), 3),
        "duration_seconds": round(random.lognormvariate(-2, 0.4), 3),
    }


def _evaluations(random: Random, traffic: Traffic) -> Iterator[Event]:
    value = round(min(1.0, max(0.0, random.gauss(traffic.quality, 0.08))), 3)
    yield {"type": "guardrail_check", "guardrail": "no-promises", "result": "passed"}
    yield {"type": "score", "name": "helpfulness", "value": value, "source": "judge"}
    yield {"type": "quality_gate", "gate": "helpful-enough", "passed": value >= 0.7}
    if random.random() < 0.15:
        is_content = random.random() < traffic.quality
        yield {"type": "feedback", "rating": "positive" if is_content else "negative"}
