"""Facts: what happened in an LLM application, in one vocabulary whatever client reported it.

Facts are msgspec structs, not dataclasses: they are built once per span, and a frozen dataclass of this size
costs more to build than decoding the span (docs/decisions).
"""

from decimal import Decimal
from typing import Literal

import msgspec

from watchkeeper.model.context import Context, Status
from watchkeeper.model.runs import Answer, CeilingReached, SilentFailure, Trace

McpSide = Literal["client", "server"]
McpResult = Literal["ok", "tool_error", "protocol_error"]


class UsageParts(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """Parts of a call's usage that have prices of their own, and are rare; None means "not reported".

    Tokens are subsets: ``cache_write_1h`` (kept for an hour) of cache_write, the others of input or output. Searches
    are counted beside all tokens.
    """

    cache_write_1h: int | None = None
    input_audio: int | None = None
    output_audio: int | None = None
    input_image: int | None = None
    output_image: int | None = None
    web_searches: int | None = None
    file_searches: int | None = None


class Usage(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """Tokens of one call; None means "not reported", never zero.

    ``input`` is the total including cached; ``cached_input`` and ``cache_write`` are subsets of input;
    ``output`` is the total including reasoning; ``reasoning`` is a subset of output. ``parts`` are None as a rule.
    """

    input: int | None = None
    output: int | None = None
    cached_input: int | None = None
    cache_write: int | None = None
    reasoning: int | None = None
    parts: UsageParts | None = None


class Cost(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """The exact price of one call in US dollars, where it comes from and the day it is valid for.

    ``source``: ``reported`` (the provider or gateway said so), ``list_price`` (a coding agent reckons it so),
    ``override`` (watchkeeper.yml), ``free``, or the names and versions of tables. ``price_date`` is an ISO date.
    ``is_disputed`` says that another table puts it at noticeably more or less.
    """

    usd: Decimal
    source: str
    price_date: str
    is_disputed: bool = False


class ForeignCost(msgspec.Struct, frozen=True, gc=False):
    """What a call cost by its client's account, in a currency other than US dollars."""

    amount: Decimal
    currency: str


class Content(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """What people and models said, as text; on a fact only where ``privacy.capture`` asks for it.

    ``input_archived`` and ``output_archived`` are where the whole of a long text is in the archive.
    """

    input: str = ""
    output: str = ""
    input_archived: str = ""
    output_archived: str = ""


class LlmCall(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """One model request: chat, completion, embedding or rerank.

    ``cost`` None means no one can price the call; ``unpriced_reason`` then says why.
    ``error_class`` is the client's own name of the error, ``error_type`` one of our few.
    ``is_usage_estimated``: a client library made the tokens up, because the provider reported none.
    ``answer`` is what was seen in the text of the answer, where that may be looked at.
    ``reported_cost_usd`` of 0 is a call that cost nothing, ``foreign_cost`` a reported cost that is not in dollars.
    ``is_list_price``: the client reckons its cost by the provider's list, whatever the bill says.
    ``model_sent`` is the model's name as it was sent, where the one form of it is another.
    ``cache_saved_usd`` is what the input tokens would have cost more without the provider's prompt cache, below 0 where
    writing to it cost more than reading saved; None where no cache was used, or no one knows.
    """

    context: Context
    status: Status = "ok"
    usage: Usage = Usage()
    is_usage_estimated: bool = False
    duration_seconds: float | None = None
    time_to_first_token_seconds: float | None = None
    is_streaming: bool = False
    finish_reasons: tuple[str, ...] = ()
    error_type: str = ""
    error_class: str = ""
    response_id: str = ""
    service_tier: str = ""
    model_sent: str = ""
    reported_cost_usd: Decimal | None = None
    foreign_cost: ForeignCost | None = None
    is_list_price: bool = False
    cost: Cost | None = None
    cache_saved_usd: Decimal | None = None
    unpriced_reason: str = ""
    answer: Answer | None = None
    content: Content | None = None


class ToolCall(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """One run of a tool by an agent or an application.

    ``arguments_hash`` is the same for the same arguments, and 0 where none are reported; it never leaves the process.
    ``call_id`` is the model's id of the call, from clients that report one run in several signals.
    """

    context: Context
    tool: str
    arguments_hash: int = 0
    status: Status = "ok"
    duration_seconds: float | None = None
    error_type: str = ""
    error_class: str = ""
    call_id: str = ""
    content: Content | None = None


class McpOperation(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """One request of the Model Context Protocol, as one side of it saw it.

    ``tool`` is empty but for tools/call. ``result`` tells an error that a tool returned from a request that the
    protocol refused or that had no answer.
    """

    context: Context
    side: McpSide
    method: str
    tool: str = ""
    result: McpResult = "ok"
    error_type: str = ""
    error_class: str = ""
    duration_seconds: float | None = None


class Retrieval(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """One search for documents; ``top_score`` is the retriever's own measure and may be negative."""

    context: Context
    retriever: str
    status: Status = "ok"
    duration_seconds: float | None = None
    documents: int | None = None
    top_score: float | None = None
    error_type: str = ""
    error_class: str = ""
    content: Content | None = None


class AgentStep(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """One unit of an agent's or workflow's own work; ``kind`` is the operation (invoke_agent, plan, …)."""

    context: Context
    kind: str
    status: Status = "ok"
    duration_seconds: float | None = None
    error_type: str = ""
    error_class: str = ""
    answer: Answer | None = None
    content: Content | None = None


class BranchDecision(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """Which branch a node of an application's flow took, and on what condition."""

    context: Context
    node: str
    branch: str
    condition: str = ""
    value: str = ""


class HumanReview(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """A person was asked to look; ``outcome`` is requested, approved, rejected or edited."""

    context: Context
    outcome: str


class CodingActivity(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """What a coding agent did since its own metrics last told, by what they tell; None is what they did not.

    ``context.agent`` is the agent; user, session, repository and model are those that it names.
    """

    context: Context
    sessions: float | None = None
    active_seconds: float | None = None
    lines_added: float | None = None
    lines_removed: float | None = None
    commits: float | None = None
    pull_requests: float | None = None


class Score(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """One judgement of quality: ``value`` for numeric and boolean (1.0 or 0.0), ``category`` for categorical.

    ``source`` is person, judge or program. ``score_id`` is the same for the same score sent twice. One whose evaluator
    failed has an ``error_type`` (see normalise.failures) and no value.
    """

    context: Context
    name: str
    source: str
    value: float | None = None
    category: str = ""
    error_type: str = ""
    score_id: str = ""


class Feedback(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """What an end user thought of an answer: ``rating`` is positive, neutral or negative."""

    context: Context
    rating: str


class QualityGate(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """One pass through a quality gate of the application; ``result`` is passed or failed."""

    context: Context
    gate: str
    result: str


class CacheLookup(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """One lookup in a cache of answers or embeddings; ``result`` is hit or miss."""

    context: Context
    cache: str
    result: str
    saved_usd: Decimal | None = None


class GuardrailCheck(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """One check by a guardrail; ``result`` is passed, flagged or blocked."""

    context: Context
    guardrail: str
    result: str


class Embedding(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """One embedding vector, of which only projections are kept; ``source`` is what was embedded.

    ``outcome`` is ok, or why it is no vector: empty, zero, no_numbers, not_finite, too_large, too_long.
    """

    context: Context
    source: str
    dimension: int
    outcome: str
    projections: tuple[float, ...] = ()


class Deployment(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """Something changed: ``kind`` is app, prompt, model, tool or price.

    ``is_inferred`` distinguishes a version first seen in telemetry from one that someone announced. What another
    system reports has its ``source`` (langfuse), the ``action`` (created, updated or deleted), the ``label`` that the
    version has now (several with commas), and its ``author`` by name.
    """

    context: Context
    kind: str
    name: str
    version: str
    is_inferred: bool = False
    source: str = ""
    action: str = ""
    label: str = ""
    author: str = ""


class Incident(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """An alert that fired or resolved, as Alertmanager reported it; ``status`` is firing or resolved.

    ``is_repeat`` marks a reminder of what was reported before, ``is_drill`` an alert that someone provoked on purpose.
    """

    context: Context
    alert: str
    status: str
    severity: str = ""
    summary: str = ""
    started_at: str = ""
    ended_at: str = ""
    fingerprint: str = ""
    is_repeat: bool = False
    is_drill: bool = False


Fact = (
    LlmCall
    | ToolCall
    | McpOperation
    | Retrieval
    | AgentStep
    | BranchDecision
    | HumanReview
    | CodingActivity
    | Score
    | Feedback
    | QualityGate
    | CacheLookup
    | GuardrailCheck
    | Embedding
    | Deployment
    | Incident
    | Trace
    | SilentFailure
    | CeilingReached
)
