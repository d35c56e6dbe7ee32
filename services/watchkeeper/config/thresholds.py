"""Every limit of an alert that a user may tune, one line each.

From this list come the names that watchkeeper.yml may use under ``alerts``, their defaults and bounds, the table of
the reference page and the commented block of watchkeeper.yml. Rules join each as ``llm_alert_threshold{alert=…}``.
"""

import msgspec


class AlertLimit(msgspec.Struct, frozen=True):
    """The limit of one alert: its default, what the number means and its unit.

    Without a default there is no limit until somebody sets one. ``highest`` is the largest value that makes sense.
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
    AlertLimit("LLMRateLimited", 0.05, "share of calls that a provider refuses as too many", _ALL),
    AlertLimit("LLMTimeoutsHigh", 0.05, "share of calls that run out of time", _ALL),
    AlertLimit("LLMContentFilteredHigh", 0.05, "share of calls whose answer a content filter holds back", _ALL),
    AlertLimit("LLMTruncationHigh", 0.1, "share of answers that are cut off at the limit of tokens", _ALL),
    AlertLimit("LLMRetriesHigh", 1.5, "times the model calls of a run in the last day"),
    AlertLimit("LLMLatencyHigh", 30.0, "seconds that 95 of 100 calls stay under"),
    AlertLimit("LLMLatencyUp", 1.4, "times the usual latency of the same hours of the last days and weeks"),
    AlertLimit("LLMFirstTokenSlow", 5.0, "seconds within which 95 of 100 streamed answers begin"),
    AlertLimit("LLMToolSlow", 10.0, "seconds that 95 of 100 runs of a tool stay under"),
    AlertLimit("LLMRetrievalSlow", 2.0, "seconds that 95 of 100 searches of a retriever stay under"),
    AlertLimit("LLMCostSpike", 2.0, "times the usual cost of the same hours of the last days and weeks"),
    AlertLimit("LLMDailyCostHigh", None, "US dollars in 24 hours; no limit until you set one"),
    AlertLimit("LLMCostPerRequestUp", 1.5, "times the usual mean cost of a call in the same hours"),
    AlertLimit("LLMSpenderOutOfLine", 5.0, "times the usual cost of a tenant or the middle user", is_per_service=False),
    AlertLimit("LLMTokensPerRequestUp", 1.5, "times the usual mean tokens of a call in the same hours"),
    AlertLimit("LLMContextWindowNearlyFull", 0.9, "share of the context window that 95 of 100 inputs stay under", _ALL),
    AlertLimit("LLMBranchShareShifted", 0.2, "share of a node's decisions by which a branch may move", _ALL),
    AlertLimit("LLMHumanReviewShifted", 0.2, "share of runs by which reviews by people may move", _ALL),
    AlertLimit("LLMToolFailuresUp", 0.1, "share of a tool's runs that may fail more than the day before", _ALL),
    AlertLimit("LLMScoreDropped", 0.1, "share of its 7-day mean that a score may lose", _ALL),
    AlertLimit("LLMQualityGateFailing", 0.8, "share of answers that must pass a quality gate", _ALL),
    AlertLimit("LLMFeedbackNegative", 0.1, "share of feedback that may be negative more than in 7 days", _ALL),
    AlertLimit("LLMEvaluatorFailing", 0.1, "share of the evaluations of a score that may fail", _ALL),
    AlertLimit("LLMSilentFailures", 0.02, "share of runs that may fail in silence, of each type", _ALL),
    AlertLimit("LLMTrafficStopped", 20.0, "calls in the same hour of usual days that make silence suspicious"),
    AlertLimit("LLMScoresStopped", 20.0, "scores in six hours of yesterday that make their absence strange"),
    AlertLimit("LLMCanaryStale", 7200.0, "seconds since the last run of a canary", is_per_service=False),
    AlertLimit("LLMCanaryFailing", 0.8, "share of what it expects that a canary must get", _ALL, is_per_service=False),
    AlertLimit("ServiceErrorRateHigh", 0.05, "share of requests answered with 5xx", _ALL, of_scraped=True),
    AlertLimit("ServiceLatencyHigh", 2.0, "seconds that 95 of 100 requests stay under", of_scraped=True),
    AlertLimit("CacheHitRateLow", 0.7, "share of lookups that find something", _ALL, of_scraped=True),
    AlertLimit("DatabaseQueriesSlow", 0.5, "seconds that 95 of 100 queries stay under", of_scraped=True),
    AlertLimit("ConnectionPoolNearlyFull", 0.9, "share of a pool's connections that are in use", _ALL, of_scraped=True),
    AlertLimit("HostCpuSaturated", 0.9, "share of a machine's processor time that is used", _ALL, is_per_service=False),
    AlertLimit("HostMemoryNearlyFull", 0.9, "share of a machine's memory that is used", _ALL, is_per_service=False),
    AlertLimit("HostDiskNearlyFull", 0.9, "share of a disk that is used", _ALL, is_per_service=False),
    AlertLimit("WatchkeeperJobFailing", 3.0, "runs of a job in a row without success", is_per_service=False),
)  # fmt: skip

LIMIT_OF = {limit.alert: limit for limit in ALERT_LIMITS}
