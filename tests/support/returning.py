"""Alerts that see over the end of a series: what they read of a steady service, and what changes where they are right.

``@`` stands for what keeps services apart: the first alert, and for how many hours they are gone.
"""

from collections.abc import Mapping
from typing import NamedTuple

DAY = 24


class Case(NamedTuple):
    """Alerts, what they read (per hour, or of the hour), and what of that has another value when they should fire.

    A value of None is no series. ``learns`` are the hours after which they compare with what came since the return.
    """

    alerts: tuple[str, ...]
    steady: Mapping[str, float | None]
    changed: Mapping[str, float]
    identity: str = 'service="bot-@"'
    limit: float = 0.1
    learns: int = 4 * DAY


_OWNER = 'service="bot-@",team="t"'
_VERSION = f'{_OWNER},prompt="p",prompt_version="v1"'
_SCORE = f'{_OWNER},score="s",source="judge"'
_BRANCHES, _REVIEWS = "service_node_branch:llm_branch_decisions:increase1h", "service:llm_human_reviews:increase1h"
_TOOLS, _RATINGS = "service_tool_status:llm_tool_calls:increase1h", "service_rating:llm_feedback:increase6h"
_CALLS = f"service:llm_requests:increase1h{{{_OWNER}}}"
_SCORES, _SCORE_SUM = "service_score:llm_score_count:increase6h", "service_score:llm_score_sum:increase6h"
_OUTAGE = "provider:llm_request_outages"
_SPIKE = f'ALERTS{{alertname="LLMCostSpike",alertstate="firing",severity="high",{_OWNER}}}'
_EMBEDDING = f'service_embedding:llm_embeddings:increase1h{{{_OWNER},source="s"'
_CACHED = f'service_model_type:llm_tokens:increase30m{{{_OWNER},provider="p",model="m",type="cached_input"}}'
_PSI = 'llm_drift_score{service="bot-@",feature="f-distribution",method="psi"}'
_VERDICTS = tuple(
    f'llm_drift_verdict{{service="bot-@",feature="f-{topic}",topic="{topic}",verdict="drifted",reason="large_shift"}}'
    for topic in ("distribution", "embedding", "retrieval", "series")
)

CASES = (
    Case(
        ("LLMBranchShareShifted",),
        {f'{_BRANCHES}{{{_OWNER},node="n",branch="a"}}': 60, f'{_BRANCHES}{{{_OWNER},node="n",branch="b"}}': 40},
        {f'{_BRANCHES}{{{_OWNER},node="n",branch="a"}}': 10, f'{_BRANCHES}{{{_OWNER},node="n",branch="b"}}': 90},
    ),
    Case(
        ("LLMHumanReviewShifted",),
        {f"{_REVIEWS}{{{_OWNER}}}": 20, f"service:llm_runs:increase1h{{{_OWNER}}}": 100},
        {f"{_REVIEWS}{{{_OWNER}}}": 90},
    ),
    Case(
        ("LLMToolFailuresUp",),
        {f'{_TOOLS}{{{_OWNER},tool="x",status="ok"}}': 90, f'{_TOOLS}{{{_OWNER},tool="x",status="error"}}': 10},
        {f'{_TOOLS}{{{_OWNER},tool="x",status="error"}}': 90},
    ),
    Case(
        ("LLMCostSpike", "LLMCostPerRequestUp", "LLMLatencyUp", "LLMTokensPerRequestUp"),
        {
            _CALLS: 200,
            f"service:llm_cost_dollars:increase1h{{{_OWNER}}}": 6,
            f"service:llm_request_duration_seconds_sum:increase1h{{{_OWNER}}}": 400,
            f"service:llm_request_duration_seconds_count:increase1h{{{_OWNER}}}": 200,
            f"service_version:llm_tokens:increase1h{{{_VERSION}}}": 200_000,
            f"service_version:llm_requests:increase1h{{{_VERSION}}}": 200,
        },
        {
            f"service:llm_cost_dollars:increase1h{{{_OWNER}}}": 60,
            f"service:llm_request_duration_seconds_sum:increase1h{{{_OWNER}}}": 4000,
            f"service_version:llm_tokens:increase1h{{{_VERSION}}}": 2_000_000,
        },
        limit=3.0,
    ),
    # A cost spike that goes on firing.
    Case(
        ("AlertStillFiring",),
        {_CALLS: 200, f"service:llm_cost_dollars:increase1h{{{_OWNER}}}": 6, _SPIKE: 1},
        {f"service:llm_cost_dollars:increase1h{{{_OWNER}}}": 60},
    ),
    Case(
        ("LLMPromptCacheCollapsed",),
        {
            _CACHED: 8000,
            _CACHED.replace("cached_input", "input"): 10_000,
            f'service_model:llm_requests:increase30m{{{_OWNER},provider="p",model="m"}}': 100,
        },
        {_CACHED: 0},
        limit=0.3,
    ),
    Case(
        ("LLMSpenderOutOfLine",),
        {
            'service_tenant:llm_cost_dollars:increase1h{service="bot-@",team="t",tenant="acme-@"}': 6,
            'tenant:llm_requests:increase1h{tenant="acme-@"}': 200,
        },
        {'service_tenant:llm_cost_dollars:increase1h{service="bot-@",team="t",tenant="acme-@"}': 60},
        identity='tenant="acme-@"',
        limit=3.0,
    ),
    Case(
        ("LLMFeedbackNegative",),
        {f'{_RATINGS}{{{_OWNER},rating="negative"}}': 10, f'{_RATINGS}{{{_OWNER},rating="positive"}}': 90},
        {f'{_RATINGS}{{{_OWNER},rating="negative"}}': 90},
    ),
    Case(
        ("LLMScoreDropped",),
        {f"{_SCORE_SUM}{{{_SCORE}}}": 90, f"{_SCORES}{{{_SCORE}}}": 100},
        {f"{_SCORE_SUM}{{{_SCORE}}}": 30},
    ),
    Case(
        ("LLMScoresStopped",),
        {f"{_SCORES}{{{_SCORE}}}": 100, _CALLS: 50},
        {f"{_SCORES}{{{_SCORE}}}": 0},
        limit=20.0,
        learns=8 * DAY,
    ),
    Case(
        ("LLMTrafficStopped",),
        {_CALLS: 50, f"service:llm_requests:increase5m{{{_OWNER}}}": 5},
        {_CALLS: 0, f"service:llm_requests:increase5m{{{_OWNER}}}": 0},
        limit=10.0,
        learns=8 * DAY,
    ),
    Case(
        ("LLMProviderOutage",),
        {f'{_OUTAGE}:min_ratio_rate5m{{provider="p-@"}}': 0, f'{_OUTAGE}:ratio_rate5m{{provider="p-@"}}': None},
        {f'{_OUTAGE}:min_ratio_rate5m{{provider="p-@"}}': 0.9, f'{_OUTAGE}:ratio_rate5m{{provider="p-@"}}': 0.9},
        identity='provider="p-@"',
    ),
    Case(
        ("LLMEmbeddingModelChanged",),
        {f'{_EMBEDDING},model="a",dimension="256"}}': 50, f'{_EMBEDDING},model="b",dimension="512"}}': None},
        {f'{_EMBEDDING},model="a",dimension="256"}}': 0, f'{_EMBEDDING},model="b",dimension="512"}}': 50},
    ),
    # The verdicts are the analyzer's; the team is that of the service's calls.
    Case(
        ("LLMDrift", "LLMEmbeddingDrift", "LLMRetrievalDrift", "LLMSeriesAnomaly"),
        {f"service:llm_cost_dollars:increase1d{{{_OWNER}}}": 100, **dict.fromkeys(_VERDICTS), _PSI: None},
        {**dict.fromkeys(_VERDICTS, 1), _PSI: 0.4},
        identity=_OWNER,
    ),
)
