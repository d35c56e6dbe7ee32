"""What each service was ever seen to report: without it nothing can be concluded from what is missing."""

from collections.abc import Iterable, Mapping

from watchkeeper.contracts.finding import Signal
from watchkeeper.exporter.watch.repeats import Generations
from watchkeeper.model import BranchDecision, Fact, GuardrailCheck, HumanReview, Retrieval, ToolCall

_SERVICES = 8_192
_NONE: frozenset[Signal] = frozenset()

SIGNAL_OF: Mapping[type, Signal] = {
    ToolCall: "tools",
    Retrieval: "retrievals",
    BranchDecision: "branches",
    HumanReview: "reviews",
    GuardrailCheck: "guardrails",
}
# The counters that come back after a restart, and know it too.
COUNTER_OF: Mapping[Signal, str] = {
    "tools": "llm_tool_calls_total",
    "retrievals": "llm_retrievals_total",
    "branches": "llm_branch_decisions_total",
    "reviews": "llm_human_reviews_total",
    "guardrails": "llm_guardrail_checks_total",
}


class ReportedSignals(Generations[int, "frozenset[Signal]"]):
    """Signals by service. Names are kept as hashes, which are secret to the process."""

    def __init__(self, capacity: int = _SERVICES) -> None:
        super().__init__(capacity)

    def note(self, fact: Fact) -> None:
        """Remember what a fact shows of its service."""
        self._add(fact.context.service, SIGNAL_OF[type(fact)])

    def restore(self, signal: Signal, services: Iterable[str]) -> None:
        """Know what counters show that were there before."""
        for service in services:
            self._add(service, signal)

    def of_service(self, service: str) -> frozenset[Signal]:
        """What a service was seen to report."""
        return self.of(hash(service)) or _NONE

    def _add(self, service: str, signal: Signal) -> None:
        key = hash(service)
        known = self.of(key) or _NONE
        if signal not in known:
            self.keep(key, known | {signal})
