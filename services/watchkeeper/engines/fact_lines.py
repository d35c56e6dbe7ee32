"""Lines of facts as pages and commands read them: the log format of the exporter, parsed at the edge. Pure."""

from decimal import Decimal
from typing import Annotated

import msgspec

# What a model call, a tool and the like leave behind; the rest of what the exporter writes belongs to no trace.
EVENTS = (
    "llm_call_completed",
    "tool_call_completed",
    "retrieval_completed",
    "agent_step_completed",
    "branch_decided",
    "human_review_recorded",
    "score_recorded",
    "evaluation_failed",
    "feedback_received",
    "quality_gate_evaluated",
    "cache_looked_up",
    "guardrail_checked",
    "embedding_received",
    "trace_completed",
    "silent_failure_detected",
)
# A number that no run costs: sums stay exact below it.
_MOST_DOLLARS = 10**12
_Amount = Annotated[float, msgspec.Meta(ge=0)]
_Count = Annotated[int, msgspec.Meta(ge=0)]


class FactLine(msgspec.Struct, frozen=True, kw_only=True):
    """One line; ``happened_at`` is when the fact was complete, in RFC 3339. What a line does not say is empty or None.

    ``capture`` is what `privacy.capture` was when ``input`` and ``output`` were written; ``input_archived`` and
    ``output_archived`` are where the whole of them is in the archive.
    """

    event: str
    happened_at: str
    level: str = ""
    service: str = ""
    env: str = ""
    trace_id: str = ""
    span_id: str = ""
    tenant: str = ""
    session_id: str = ""
    agent: str = ""
    operation: str = ""
    provider: str = ""
    model: str = ""
    model_requested: str = ""
    prompt: str = ""
    prompt_version: str = ""
    status: str = ""
    error_type: str = ""
    error_class: str = ""
    duration_seconds: _Amount | None = None
    input_tokens: _Count | None = None
    output_tokens: _Count | None = None
    cached_input_tokens: _Count | None = None
    cost_usd: Decimal | None = None
    unpriced_reason: str = ""
    tool: str = ""
    retriever: str = ""
    documents: int | None = None
    top_score: float | None = None
    kind: str = ""
    node: str = ""
    branch: str = ""
    condition: str = ""
    value: float | str | None = None
    outcome: str = ""
    score: str = ""
    source: str = ""
    category: str = ""
    rating: str = ""
    gate: str = ""
    cache: str = ""
    guardrail: str = ""
    result: str = ""
    type: str = ""
    contract: str = ""
    rule: str = ""
    expected: str = ""
    observed: str = ""
    closed_by: str = ""
    steps: _Count = 0
    llm_calls: _Count = 0
    tool_calls: _Count = 0
    retrievals: _Count = 0
    trace_input_tokens: _Count | None = None
    trace_output_tokens: _Count | None = None
    trace_cost_usd: Decimal | None = None
    unpriced_calls: _Count = 0
    input: str = ""
    output: str = ""
    capture: str = ""
    input_archived: str = ""
    output_archived: str = ""


_decode = msgspec.json.Decoder(FactLine).decode


def read_line(text: str) -> FactLine | None:
    """The line; None for one that is of no fact, or that an application wrote in another format."""
    try:
        line = _decode(text)
    except (msgspec.MsgspecError, UnicodeEncodeError, RecursionError):
        return None
    amounts = (amount for amount in (line.cost_usd, line.trace_cost_usd) if amount is not None)
    return line if line.event in EVENTS and all(map(_is_amount, amounts)) else None


def _is_amount(dollars: Decimal) -> bool:
    return dollars.is_finite() and 0 <= dollars < _MOST_DOLLARS
