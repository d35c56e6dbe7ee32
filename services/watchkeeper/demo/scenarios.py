"""What can go wrong in the demo, as data: what changes where, which alerts must come of it, and which may not."""

from dataclasses import dataclass, field

from watchkeeper.demo.assistant.build import SHIPPED, Build
from watchkeeper.demo.assistant.desk import DESKS, SHOP, SUPPORT
from watchkeeper.demo.assistant.prompts import V2
from watchkeeper.demo.provider.behaviour import USUAL, Behaviour

# For how long a scenario is played unless something else is said.
USUAL_MINUTES = 90.0

CONTRACT = "the contract of the demo in watchkeeper.yml"
INSPECT = "privacy.inspect in watchkeeper.yml"

# What more money, failing calls and worse answers may set off besides; no one would call these false.
_COST = frozenset({"LLMCostSpike", "LLMCostPerRequestUp", "LLMSpenderOutOfLine"})
_BAD_ANSWERS = frozenset({"LLMQualityGateFailing", "LLMScoreDropped", "LLMFeedbackNegative"})
_UNSURE = frozenset({"LLMBranchShareShifted", "LLMHumanReviewShifted"})
_FEWER = frozenset({"LLMTrafficStopped", "LLMScoresStopped"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Scenario:
    """One thing that goes wrong.

    Of each entry of ``alerts`` one must come within ``minutes``; of severity high or above nothing but these and
    ``may`` may. ``services`` are those that it changes; ``needs`` is what must be configured for the alert.
    """

    name: str
    effect: str
    alerts: tuple[tuple[str, ...], ...] = ()
    may: frozenset[str] = field(default_factory=frozenset)
    minutes: int = 0
    behaviour: Behaviour = USUAL
    build: Build = SHIPPED
    services: tuple[str, ...] = (SUPPORT.service,)
    needs: str = ""

    @property
    def alert(self) -> str:
        """The alerts in words."""
        return ", ".join(" or ".join(names) for names in self.alerts)

    @property
    def expected(self) -> str:
        """The alerts in words, with the time within which they come; empty where none does."""
        return f"{self.alert} within {self.minutes} minutes" if self.alerts else ""

    @property
    def changes_the_provider(self) -> bool:
        """Whether it is the model server that is different, which a real one would not be."""
        return self.behaviour != USUAL

    def build_of(self, service: str) -> Build:
        """The version of the application that a service runs."""
        return self.build if service in self.services else SHIPPED


STEADY = Scenario(name="steady", effect="everything is as it should be")
# What `simulate` took before this name.
_ALSO = {"usual": "steady"}

SCENARIOS = (
    STEADY,
    Scenario(
        name="prompt-v2",
        effect="version 2 of the prompt is deployed: twice the tokens, more than twice the cost, twice as many reviews",
        alerts=(("LLMCostSpike", "LLMCostPerRequestUp"), ("LLMTokensPerRequestUp",), ("LLMHumanReviewShifted",)),
        may=_COST | _UNSURE,
        minutes=90,
        build=Build(prompt_version=V2, stamps_prompt=True),
    ),
    Scenario(
        name="provider-outage",
        effect="the provider answers nearly every call with 503",
        alerts=(("LLMProviderOutage",),),
        may=_BAD_ANSWERS | _UNSURE | _FEWER | {"LLMErrorRateHigh"},
        minutes=20,
        behaviour=Behaviour(failing_share=0.95, failing_status=503),
        services=tuple(desk.service for desk in DESKS),
    ),
    Scenario(
        name="errors",
        effect="a third of the calls fail",
        alerts=(("LLMErrorRateHigh",),),
        may=_UNSURE | _FEWER,
        minutes=20,
        behaviour=Behaviour(failing_share=0.35),
    ),
    Scenario(
        name="rate-limits",
        effect="the provider rate-limits every second call",
        alerts=(("LLMErrorRateHigh", "LLMRateLimited"),),
        may=_UNSURE | _FEWER,
        minutes=20,
        behaviour=Behaviour(failing_share=0.5, failing_status=429),
    ),
    Scenario(
        name="timeouts",
        effect="a third of the calls time out",
        alerts=(("LLMErrorRateHigh", "LLMTimeoutsHigh"),),
        may=_UNSURE | _FEWER,
        minutes=20,
        behaviour=Behaviour(failing_share=0.35, failing_status=0),
        build=Build(timeout_seconds=8.0),
    ),
    Scenario(
        name="slow",
        effect="latency is forty times as high",
        # What is usual is known after three days; until then the limit in seconds.
        alerts=(("LLMLatencyUp", "LLMLatencyHigh"),),
        may=_FEWER,
        minutes=60,
        behaviour=Behaviour(slowness_factor=40.0),
    ),
    Scenario(
        name="latency-creep",
        effect="within half an hour answers come to take three times as long",
        alerts=(("LLMLatencyUp", "LLMLatencyHigh"),),
        minutes=90,
        behaviour=Behaviour(slowness_factor=3.0, ramp_minutes=30),
    ),
    Scenario(
        name="cut-off",
        effect="half of the answers are truncated",
        alerts=(("LLMTruncationHigh",),),
        may=_BAD_ANSWERS | _UNSURE,
        minutes=75,
        behaviour=Behaviour(cut_off_share=0.5),
    ),
    Scenario(
        name="greedy",
        effect="nothing shortens what was said before: prompts are ten times as long",
        alerts=(("LLMTokensPerRequestUp", "LLMCostSpike"),),
        may=_COST,
        minutes=60,
        build=Build(sends_whole_history=True),
    ),
    Scenario(
        name="broken-tools",
        effect="most tool runs fail",
        alerts=(("LLMToolFailuresUp",),),
        may=_BAD_ANSWERS,
        minutes=60,
        build=Build(failing_tools_share=0.7),
    ),
    Scenario(
        name="tool-skipped",
        effect="a third of the answers come without the tool that they should rest on",
        alerts=(("LLMToolSkipped",),),
        may=_BAD_ANSWERS | _UNSURE,
        minutes=20,
        behaviour=Behaviour(skipped_tools_share=0.35),
        needs=CONTRACT,
    ),
    Scenario(
        name="loop",
        effect="the agent calls the same tool again and again",
        alerts=(("LLMAgentLoop",),),
        may=_COST | _UNSURE | {"LLMTokensPerRequestUp"},
        minutes=20,
        behaviour=Behaviour(looping_share=0.8),
    ),
    Scenario(
        name="gibberish",
        effect="a fifth of the answers repeat the same words to their end",
        alerts=(("LLMSilentFailures",),),
        may=_BAD_ANSWERS | _UNSURE | _COST,
        minutes=30,
        behaviour=Behaviour(gibberish_share=0.2),
        needs=INSPECT,
    ),
    Scenario(
        name="refusals",
        effect="a fifth of the answers refuse to help",
        alerts=(("LLMSilentFailures",),),
        may=_BAD_ANSWERS | _UNSURE,
        minutes=30,
        behaviour=Behaviour(refusing_share=0.2),
        needs=INSPECT,
    ),
    Scenario(
        name="stale-index",
        effect="the search finds pages that are no longer there",
        alerts=(("LLMQualityGateFailing", "LLMScoreDropped"),),
        may=_BAD_ANSWERS,
        minutes=90,
        build=Build(stale_index=True),
    ),
    Scenario(
        name="cache-collapse",
        effect="each prompt of the shop begins with the time, so no prompt cache knows it again",
        alerts=(("LLMPromptCacheCollapsed",), ("LLMCostSpike", "LLMCostPerRequestUp")),
        may=_COST,
        minutes=90,
        build=Build(stamps_prompt=True),
        services=(SHOP.service,),
    ),
    Scenario(
        name="runaway-user",
        effect="one user's script asks six times as much as all others",
        alerts=(("LLMCostSpike", "LLMSpenderOutOfLine"),),
        may=_COST,
        minutes=90,
        build=Build(extra=6),
    ),
    Scenario(
        name="leaked-key",
        effect="a stranger uses the key, with an expensive model",
        alerts=(("LLMCostSpike",),),
        may=_COST | {"LLMTokensPerRequestUp", "LLMLatencyUp"},
        minutes=60,
        build=Build(extra=1, extra_model="o1"),
    ),
    Scenario(
        name="branch-bug",
        effect="the application sends every question to the branch for questions about products",
        alerts=(("LLMBranchShareShifted",),),
        may=_UNSURE,
        minutes=60,
        build=Build(sends_all_to="question"),
    ),
    Scenario(
        name="topic-shift",
        effect="three of four customers want their money back",
        alerts=(("LLMBranchShareShifted",),),
        may=_UNSURE,
        minutes=90,
        build=Build(topics={"order_status": 1, "refund": 8, "question": 1}),
    ),
    Scenario(
        name="bad-answers",
        effect="answers rest on nothing that was found, with negative feedback",
        alerts=(("LLMQualityGateFailing",),),
        may=_BAD_ANSWERS,
        minutes=60,
        behaviour=Behaviour(cited_share=0.3),
    ),
    Scenario(
        name="quality-decay",
        effect="within half an hour answers come to rest on half of what was found",
        alerts=(("LLMQualityGateFailing", "LLMScoreDropped"),),
        may=_BAD_ANSWERS,
        minutes=90,
        behaviour=Behaviour(cited_share=0.5, ramp_minutes=30),
    ),
    Scenario(
        name="helpless",
        effect="most questions are handed over to a person",
        alerts=(("LLMBranchShareShifted", "LLMHumanReviewShifted"),),
        may=_UNSURE,
        minutes=60,
        behaviour=Behaviour(confidence=0.5),
    ),
    Scenario(
        name="price-change",
        effect="the same model costs more: calls are made in the provider's priority tier",
        alerts=(("LLMCostPerRequestUp", "LLMCostSpike"),),
        may=_COST,
        minutes=90,
        build=Build(service_tier="priority"),
    ),
    Scenario(
        name="model-flood",
        effect="each answer comes from a model with a name that no one knows",
        alerts=(("LLMUnpricedModel",),),
        may=frozenset({"WatchkeeperLabelNearlyFull"}),
        # Its severity is low, so that it waits half an hour for others.
        minutes=40,
        behaviour=Behaviour(invents_models=True),
        # An answer of an unknown model costs what the model that was asked for costs, if that one is known.
        build=Build(model_alias="assistant-large"),
    ),
    Scenario(
        name="silent",
        effect="no telemetry is sent",
        alerts=(("LLMTrafficStopped",),),
        may=_FEWER,
        minutes=90,
        build=Build(is_silent=True),
    ),
)


def scenario_named(name: str) -> Scenario | None:
    """The scenario of that name, also of a former name, if there is one."""
    return next((scenario for scenario in SCENARIOS if scenario.name == _ALSO.get(name, name)), None)
