"""Which alert a silent failure belongs to."""

from collections.abc import Mapping

from watchkeeper.model import FailureType

OTHERS = "LLMSilentFailures"
ALERT_OF: Mapping[FailureType, str] = {
    "tool_skipped": "LLMToolSkipped",
    "loop": "LLMAgentLoop",
    "truncated": "LLMTruncationHigh",
}
# What prometheus/rules/alerts/llm_silent_failures.yml asks for at least, of one hour.
FEWEST: Mapping[str, int] = {"LLMToolSkipped": 3, "LLMAgentLoop": 3, OTHERS: 5}


def alert_of(kind: FailureType) -> str:
    """The alert that a type of failure raises where it is frequent."""
    return ALERT_OF.get(kind, OTHERS)
