"""What a whole run comes to, and what was wrong with it although nothing failed."""

from decimal import Decimal
from typing import Literal

import msgspec

from watchkeeper.model.context import Context, Status

FailureType = Literal[
    "tool_skipped",
    "tool_order",
    "unexpected_tool",
    "loop",
    "too_many_steps",
    "too_many_tokens",
    "token_spike",
    "too_expensive",
    "too_slow",
    "too_few_documents",
    "low_relevance",
    "fallback",
    "review_skipped",
    "guardrail_skipped",
    "output_length",
    "output_schema",
    "truncated",
    "empty",
    "too_short",
    "refusal",
    "gibberish",
    "invalid_json",
    "invalid_arguments",
    "language_switched",
]


class Answer(msgspec.Struct, frozen=True, gc=False):
    """What was seen in the text of an answer while it was in memory; the text itself is not kept.

    ``length`` is in characters. ``broken_schemas`` names the contracts whose JSON schema it does not fit, ``symptoms``
    what looks wrong in it. One that calls tools is not final.
    """

    length: int
    broken_schemas: tuple[str, ...] = ()
    symptoms: tuple[FailureType, ...] = ()
    is_final: bool = True


class ToolRun(msgspec.Struct, frozen=True, gc=False):
    """What a trace remembers of one tool call; ``arguments_hash`` distinguishes the same arguments from others."""

    tool: str
    arguments_hash: int
    status: Status


class Branch(msgspec.Struct, frozen=True, gc=False):
    """What a trace remembers of one branch decision."""

    node: str
    branch: str


class Edge(msgspec.Struct, frozen=True, gc=False):
    """How often, and for how long in all, one part of a trace had another one work, with this outcome.

    ``source`` and ``target`` are a kind and a name: service, agent, model, tool, retriever, node and branch.
    ``duration_ns`` is None where nothing said how long it took.
    """

    source: str
    target: str
    status: Status
    count: int
    duration_ns: int | None


class Trace(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """One trace that was evaluated: what its facts add up to.

    ``steps`` are model requests that generate something and runs of tools. Tokens and ``cost_usd`` are None where no
    call reports them; ``unpriced_calls`` are missing in the cost. ``tool_runs`` and ``branches`` are the first ones, in
    the order in which they began. ``documents`` are those of all searches and ``top_score`` the best of them, None
    where no search reports any. ``models`` and ``guardrails`` are names, sorted, each once; None where there were too
    many to keep. ``reviews`` counts what people were asked or said. ``answer`` is that of the outermost agent, else of
    the call that answered last; ``symptoms`` are those of all calls, each once. ``edges`` are who had whom work.
    ``closed_by`` says why the trace was evaluated then: its root ended, it went idle, it
    went on for too long, there was no space for it, or the exporter stopped.
    """

    context: Context
    closed_by: Literal["root", "idle", "too_long", "evicted", "stop"]
    status: Status = "ok"
    steps: int = 0
    llm_calls: int = 0
    tool_calls: int = 0
    retrievals: int = 0
    reviews: int = 0
    input_tokens: int | None = None
    output_tokens: int | None = None
    cost_usd: Decimal | None = None
    unpriced_calls: int = 0
    duration_seconds: float = 0.0
    documents: int | None = None
    top_score: float | None = None
    tool_runs: tuple[ToolRun, ...] = ()
    branch_decisions: int = 0
    branches: tuple[Branch, ...] = ()
    models: tuple[str, ...] | None = ()
    guardrails: tuple[str, ...] | None = ()
    answer: Answer | None = None
    symptoms: tuple[FailureType, ...] = ()
    edges: tuple[Edge, ...] = ()

    @property
    def is_one_call(self) -> bool:
        """Nothing but one model call, tool or search that went well, and no agent's: the fact itself says it all."""
        parts = self.llm_calls + self.tool_calls + self.retrievals
        return parts == 1 and self.status == "ok" and not self.branches and not self.context.agent

    @property
    def tokens(self) -> int | None:
        """Input and output together; None where no call reports either."""
        if self.input_tokens is None and self.output_tokens is None:
            return None
        return (self.input_tokens or 0) + (self.output_tokens or 0)


class SilentFailure(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """Something that should have happened did not, or the other way round, and nothing raised an error.

    ``contract`` and ``rule`` are of watchkeeper.yml; both are empty for what is wrong without any. ``expected`` and
    ``observed`` are names and numbers, never content. ``tool`` is the tool that it is about, where it is about one.
    """

    context: Context
    type: FailureType
    contract: str = ""
    rule: str = ""
    expected: str = ""
    observed: str = ""
    tool: str = ""


class CeilingReached(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """A run, session, agent or user (``per``) reached a ceiling of watchkeeper.yml.

    ``limit`` is what of it (cost_usd, tokens, steps, seconds): ``used`` is at least ``allowed``. ``is_passed``: it was
    reached before, and this call came all the same. The context is that of the call.
    """

    context: Context
    ceiling: str
    per: str
    limit: str
    used: Decimal
    allowed: Decimal
    is_passed: bool = False
