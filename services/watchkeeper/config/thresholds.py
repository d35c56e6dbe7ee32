"""Every limit of an alert that a user may tune, one line each.

From this list come the names that watchkeeper.yml may use under ``alerts``, their defaults and bounds, the table of
the reference page and the commented block of watchkeeper.yml. Rules join each as ``llm_alert_threshold{alert=…}``.
"""

import msgspec


class AlertLimit(msgspec.Struct, frozen=True):
    """The limit of one alert: its default, what the number means and its unit.

    Without a default there is no limit until someone sets one. ``highest`` is the largest value that makes sense.
    A limit that is not per service is one number for everything.
    One ``of_scraped`` services is exposed as service="*" beside its exceptions: Prometheus knows them, we do not.
    """

    alert: str
    default: float | None
    meaning: str
    highest: float | None = None
    is_per_service: bool = True
    of_scraped: bool = False


_ALL = 1.0

ALERT_LIMITS: tuple[AlertLimit, ...] = (
    AlertLimit("LLMErrorRateHigh", 0.05, "share of calls that fail", _ALL),
    AlertLimit("LLMRateLimited", 0.05, "share of calls that are rate-limited (429)", _ALL),
    AlertLimit("LLMTimeoutsHigh", 0.05, "share of calls that time out", _ALL),
    AlertLimit("LLMContentFilteredHigh", 0.05, "share of calls blocked by a content filter", _ALL),
    AlertLimit("LLMTruncationHigh", 0.1, "share of answers truncated at the output token limit", _ALL),
    AlertLimit("LLMRetriesHigh", 1.5, "times the model calls per run of the last day"),
    AlertLimit("LLMLatencyHigh", 30.0, "seconds, p95 latency of calls"),
    AlertLimit("LLMLatencyUp", 1.4, "times the usual latency of the same hours of the last days and weeks"),
    AlertLimit("LLMFirstTokenSlow", 5.0, "seconds, p95 time to first token"),
    AlertLimit("LLMToolSlow", 10.0, "seconds, p95 latency of a tool"),
    AlertLimit("LLMMcpInitializationFailing", 3.0, "MCP sessions that fail to initialize in ten minutes"),
    AlertLimit("LLMMcpProtocolErrors", 0.1, "share of MCP requests that are refused or get no answer"),
    AlertLimit("LLMRetrievalSlow", 2.0, "seconds, p95 latency of a retriever"),
    AlertLimit(
        "CodingAgentSpendOutOfLine", 5.0, "times what the median user of coding agents costs", is_per_service=False
    ),
    AlertLimit("CodingAgentToolsRejected", 0.5, "share of tools of coding agents that people reject", _ALL),
    AlertLimit("LLMCostSpike", 2.0, "times the usual cost of the same hours of the last days and weeks"),
    AlertLimit("LLMDailyCostHigh", None, "US dollars in 24 hours; no limit until you set one"),
    AlertLimit("LLMCostPerRequestUp", 1.5, "times the usual mean cost of a call in the same hours"),
    AlertLimit("LLMSpenderOutOfLine", 5.0, "times the usual cost of a tenant or median spender", is_per_service=False),
    AlertLimit("LLMCostDisagrees", 0.02, "share by which Langfuse's cost differs", _ALL, is_per_service=False),
    AlertLimit("LLMCostEstimateOff", 0.02, "share of a provider's bill that the estimate is off", is_per_service=False),
    AlertLimit("LLMTokensPerRequestUp", 1.5, "times the usual mean tokens of a call in the same hours"),
    AlertLimit("LLMPromptCacheCollapsed", 0.3, "fall of the share of input read from the prompt cache", _ALL),
    AlertLimit("LLMContextWindowNearlyFull", 0.9, "share, p95 of context window usage", _ALL),
    AlertLimit("LLMBranchShareShifted", 0.2, "change of a branch's share of a node's decisions", _ALL),
    AlertLimit("LLMHumanReviewShifted", 0.1, "change of the human-review rate of runs", _ALL),
    AlertLimit("LLMToolFailuresUp", 0.1, "rise of a tool's failure rate over the day before", _ALL),
    AlertLimit("LLMScoreDropped", 0.1, "relative drop below the 7-day mean of a score", _ALL),
    AlertLimit("LLMQualityGateFailing", 0.8, "share of answers that must pass a quality gate", _ALL),
    AlertLimit("LLMFeedbackNegative", 0.1, "rise of the negative feedback rate over 7 days", _ALL),
    AlertLimit("LLMEvaluatorFailing", 0.1, "share of the evaluations of a score that fail", _ALL),
    AlertLimit("LLMSilentFailures", 0.02, "share of runs that fail silently, per type", _ALL),
    AlertLimit("LLMToolSkipped", 0.02, "share of an agent's runs that skip an expected tool", _ALL),
    AlertLimit("LLMAgentLoop", 0.02, "share of an agent's runs that go round in a loop", _ALL),
    AlertLimit("LLMContractsNotJudged", 0.9, "minimum share of runs that a contract can evaluate", _ALL),
    AlertLimit("LLMTrafficStopped", 20.0, "calls in this hour or a day of usual days that make no traffic suspicious"),
    AlertLimit("LLMScoresStopped", 20.0, "scores in six hours of yesterday that make their absence suspicious"),
    AlertLimit("LLMCanaryStale", 2.0, "times the interval of a canary since its last answer", is_per_service=False),
    AlertLimit("LLMCanaryFailing", 0.8, "minimum score of a canary", _ALL, is_per_service=False),
    AlertLimit("LLMRetrievalGoldenFailing", 0.8, "minimum hit rate of golden queries", _ALL, is_per_service=False),
    AlertLimit("LLMJudgesDisagree", 0.667, "minimum alpha between judges", _ALL, is_per_service=False),
    AlertLimit("ServiceErrorRateHigh", 0.05, "share of requests answered with 5xx", _ALL, of_scraped=True),
    AlertLimit("ServiceLatencyHigh", 2.0, "seconds, p95 request latency", of_scraped=True),
    AlertLimit("CacheHitRateLow", 0.7, "minimum cache hit rate", _ALL, of_scraped=True),
    AlertLimit("DatabaseQueriesSlow", 0.5, "seconds, p95 query latency", of_scraped=True),
    AlertLimit("ConnectionPoolNearlyFull", 0.9, "share of a pool's connections in use", _ALL, of_scraped=True),
    AlertLimit("HostCpuSaturated", 0.9, "share of a host's CPU in use", _ALL, is_per_service=False),
    AlertLimit("HostMemoryNearlyFull", 0.9, "share of a host's memory in use", _ALL, is_per_service=False),
    AlertLimit("HostDiskNearlyFull", 0.9, "share of a disk in use", _ALL, is_per_service=False),
    AlertLimit("InferenceQueueGrowing", 1.0, "times the running requests of a server that wait", of_scraped=True),
    AlertLimit("InferenceKvCacheNearlyFull", 0.9, "share of a server's KV cache in use", _ALL, of_scraped=True),
    AlertLimit("InferencePreempting", 10.0, "requests that a server preempts in ten minutes", of_scraped=True),
    AlertLimit("InferenceFirstTokenSlow", 5.0, "seconds, p95 time to first token at a server", of_scraped=True),
    AlertLimit("InferencePrefixCacheFell", 0.3, "fall of the share found in the prefix cache", _ALL, of_scraped=True),
    AlertLimit("GpuIdle", 0.05, "minimum share of six hours in which paid GPUs work", _ALL, of_scraped=True),
    AlertLimit("GpuMemoryNearlyFull", 0.97, "share of a GPU's memory in use", _ALL, of_scraped=True),
    AlertLimit("GatewayFallbacksExhausted", 0.05, "share of requests whose fallbacks fail too", _ALL, of_scraped=True),
    AlertLimit("GatewayDeploymentCoolingDown", 3.0, "cool-downs of a deployment in half an hour", of_scraped=True),
    AlertLimit("GatewaySpendNotCaptured", 0.9, "least share of a gateway's spend counted here", _ALL, of_scraped=True),
    AlertLimit("GatewayBudgetLow", 0.1, "minimum share of a budget at a gateway that is left", _ALL, of_scraped=True),
    AlertLimit("WatchkeeperJobFailing", 3.0, "runs of a job in a row without success", is_per_service=False),
)  # fmt: skip

LIMIT_OF = {limit.alert: limit for limit in ALERT_LIMITS}
