"""The ways in which the demo misbehaves, as data: what changes, and the alert that tells of it."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Mood:
    """What is different while the demo is in it; shares are 0..1, factors multiply what is usual."""

    name: str
    tells: str
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


USUAL = Mood(name="usual", tells="everything as it should be", status="error")

MOODS = (
    USUAL,
    Mood(
        name="errors",
        tells="a third of the calls fail",
        alert="LLMErrorRateHigh",
        status="error",
        failing_share=0.35,
    ),
    Mood(
        name="rate-limits",
        tells="the provider refuses every second call",
        alert="LLMRateLimited",
        status="rate_limited",
        failing_share=0.5,
    ),
    Mood(
        name="timeouts",
        tells="a third of the calls run out of time",
        alert="LLMTimeoutsHigh",
        status="timeout",
        failing_share=0.35,
    ),
    Mood(name="slow", tells="answers take forty times as long", alert="LLMLatencyHigh", slowness_factor=40.0),
    Mood(name="cut-off", tells="half of the answers end in the middle", alert="LLMTruncationHigh", cut_off_share=0.5),
    Mood(name="greedy", tells="prompts are eight times as long", alert="LLMTokensPerRequestUp", token_factor=8.0),
    Mood(
        name="broken-tools",
        tells="most runs of tools fail",
        alert="LLMToolFailuresUp",
        failing_tools_share=0.7,
    ),
    Mood(name="bad-answers", tells="answers are wrong, and users say so", alert="LLMQualityGateFailing", quality=0.3),
    Mood(
        name="helpless",
        tells="most questions are handed to a person",
        alert="LLMBranchShareShifted",
        escalated_share=0.8,
    ),
    Mood(name="silent", tells="nothing is sent any more", is_silent=True),
)


def mood_named(name: str) -> Mood | None:
    """The mood of that name, if there is one."""
    return next((mood for mood in MOODS if mood.name == name), None)
