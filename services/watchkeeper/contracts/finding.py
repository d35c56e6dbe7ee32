"""What a rule of a contract finds in a run: that it is broken, or that no one can say."""

from collections.abc import Callable, Sequence
from typing import Literal

import msgspec

from watchkeeper.model import FailureType, Trace

# What a service reports at all, as far as anything of the kind ever came from it.
Signal = Literal["tools", "retrievals", "branches", "reviews", "guardrails"]
# Why a rule cannot say whether it holds. A word each: they are values of a label.
Unknown = Literal[
    "no_tools_reported",
    "no_retrievals_reported",
    "no_branches_reported",
    "no_reviews_reported",
    "no_guardrails_reported",
    "no_models_reported",
    "no_tokens_reported",
    "no_cost_known",
    "no_documents_reported",
    "no_scores_reported",
    "no_answer_inspected",
    "evicted",
    "stopped",
    "too_long",
    "cut",
    "run_failed",
]
UNREPORTED: dict[Signal, Unknown] = {
    "tools": "no_tools_reported",
    "retrievals": "no_retrievals_reported",
    "branches": "no_branches_reported",
    "reviews": "no_reviews_reported",
    "guardrails": "no_guardrails_reported",
}
_INTERRUPTED: dict[str, Unknown] = {"evicted": "evicted", "stop": "stopped", "too_long": "too_long"}


class Finding(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """A rule that a run breaks: where it is below the contract, what it expects, and what happened."""

    type: FailureType
    rule: str
    expected: str
    observed: str
    tool: str = ""


class Run:
    """A trace with what its service is known to report, and what rules ask of it again and again.

    ``tools`` are all runs in their order; ``settled`` leaves out tries that failed and were followed by another of the
    same tool. ``unfinished`` is why more may have happened than is known, ``cut`` why the list of tools is not whole.
    Made once for each trace: properties that are evaluated by each rule took a third of a contract's time
    (bench/contracts_cost.py).
    """

    __slots__ = ("cut", "settled", "signals", "tools", "trace", "unfinished")

    def __init__(self, trace: Trace, signals: frozenset[Signal]) -> None:
        self.trace = trace
        self.signals = signals
        self.unfinished = _INTERRUPTED.get(trace.closed_by)
        runs = trace.tool_runs
        self.cut: Unknown | None = "cut" if trace.tool_calls > len(runs) else self.unfinished
        self.tools = [run.tool for run in runs]
        self.settled = self.tools if len(runs) < 2 else settled(trace)  # noqa: PLR2004  # one run is the last try

    def missing(self, signal: Signal) -> Unknown | None:
        """Why nothing can be concluded from something that is not there.

        A run that failed has an error of its own, which is not silent, and did not come to the rest.
        """
        if self.trace.status != "ok":
            return "run_failed"
        if signal not in self.signals:
            return UNREPORTED[signal]
        return self.unfinished


def settled(trace: Trace) -> list[str]:
    """The tools of a run in their order, without tries that failed and were followed by another of the same tool."""
    runs = trace.tool_runs
    last = {run.tool: place for place, run in enumerate(runs)}
    return [run.tool for place, run in enumerate(runs) if run.status == "ok" or last[run.tool] == place]


# What a rule found wrong, and why it cannot say more; nothing where it holds.
Found = Sequence[Finding | Unknown]
Rule = Callable[[Run], Found]
HOLDS: Found = ()
