"""What a rule of a contract finds in a run: that it is broken, or that no one can say."""

from collections.abc import Callable, Iterator
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
_INTERRUPTED: dict[str, Unknown] = {"evicted": "evicted", "stop": "stopped", "too_long": "too_long"}


class Finding(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """A rule that a run breaks: where it is below the contract, what it expects, and what happened."""

    type: FailureType
    rule: str
    expected: str
    observed: str
    tool: str = ""


class Run(msgspec.Struct, frozen=True, gc=False):
    """A trace with what its service is known to report."""

    trace: Trace
    signals: frozenset[Signal]

    @property
    def unfinished(self) -> Unknown | None:
        """Why more may have happened than is known."""
        return _INTERRUPTED.get(self.trace.closed_by)

    def missing(self, signal: Signal) -> Unknown | None:
        """Why nothing can be concluded from something that is not there.

        A run that failed has an error of its own, which is not silent, and did not come to the rest.
        """
        if self.trace.status != "ok":
            return "run_failed"
        if signal not in self.signals:
            reason: Unknown = f"no_{signal}_reported"  # type: ignore[assignment]  # one for each signal
            return reason
        return self.unfinished

    @property
    def cut(self) -> Unknown | None:
        """Why the list of tools is not all of them."""
        return "cut" if self.trace.tool_calls > len(self.trace.tool_runs) else self.unfinished


Rule = Callable[[Run], Iterator[Finding | Unknown]]
