"""The ways in which the demo simulates failures, as data: what changes, and the alert that reports it."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Scenario:
    """What is different while the demo is in it; shares are 0..1, factors multiply what is usual."""

    name: str
    effect: str
    alert: str = ""
    status: str = "ok"
    failing_share: float = 0.01
    failing_tools_share: float = 0.02
    cut_off_share: float = 0.01
    slowness_factor: float = 1.0
    token_factor: float = 1.0
    quality: float = 0.88
    escalated_share: float = 0.1
    is_silent: bool = False


USUAL = Scenario(name="usual", effect="everything as it should be", status="error")

SCENARIOS = (
    USUAL,
    Scenario(
        name="errors",
        effect="a third of the calls fail",
        alert="LLMErrorRateHigh",
        status="error",
        failing_share=0.35,
    ),
    Scenario(
        name="rate-limits",
        effect="the provider rate-limits every second call",
        alert="LLMRateLimited",
        status="rate_limited",
        failing_share=0.5,
    ),
    Scenario(
        name="timeouts",
        effect="a third of the calls time out",
        alert="LLMTimeoutsHigh",
        status="timeout",
        failing_share=0.35,
    ),
    Scenario(name="slow", effect="latency is forty times as high", alert="LLMLatencyHigh", slowness_factor=40.0),
    Scenario(name="cut-off", effect="half of the answers are truncated", alert="LLMTruncationHigh", cut_off_share=0.5),
    Scenario(name="greedy", effect="prompts are eight times as long", alert="LLMTokensPerRequestUp", token_factor=8.0),
    Scenario(
        name="broken-tools",
        effect="most tool runs fail",
        alert="LLMToolFailuresUp",
        failing_tools_share=0.7,
    ),
    Scenario(
        name="bad-answers",
        effect="answers are wrong, with negative feedback",
        alert="LLMQualityGateFailing",
        quality=0.3,
    ),
    Scenario(
        name="helpless",
        effect="most questions are handed over to a person",
        alert="LLMBranchShareShifted",
        escalated_share=0.8,
    ),
    Scenario(name="silent", effect="no telemetry is sent", is_silent=True),
)


def scenario_named(name: str) -> Scenario | None:
    """The scenario of that name, if there is one."""
    return next((scenario for scenario in SCENARIOS if scenario.name == name), None)
