"""The vocabulary: what Watchkeeper knows about, as frozen values. Imports nothing of ours."""

from watchkeeper.model.context import Context, Status
from watchkeeper.model.drill import DRILL_SERVICE_PREFIX, is_drill
from watchkeeper.model.facts import (
    AgentStep,
    BranchDecision,
    CacheLookup,
    Content,
    Cost,
    Deployment,
    Embedding,
    Fact,
    Feedback,
    ForeignCost,
    GuardrailCheck,
    HumanReview,
    Incident,
    LlmCall,
    QualityGate,
    Retrieval,
    Score,
    ToolCall,
    Usage,
    UsageParts,
)
from watchkeeper.model.log_record import LogRecord
from watchkeeper.model.rejection import Rejection
from watchkeeper.model.runs import Answer, Branch, Edge, FailureType, SilentFailure, ToolRun, Trace
from watchkeeper.model.span import AttributeValue, Span, SpanEvent

__all__ = [
    "DRILL_SERVICE_PREFIX",
    "AgentStep",
    "Answer",
    "AttributeValue",
    "Branch",
    "BranchDecision",
    "CacheLookup",
    "Content",
    "Context",
    "Cost",
    "Deployment",
    "Edge",
    "Embedding",
    "Fact",
    "FailureType",
    "Feedback",
    "ForeignCost",
    "GuardrailCheck",
    "HumanReview",
    "Incident",
    "LlmCall",
    "LogRecord",
    "QualityGate",
    "Rejection",
    "Retrieval",
    "Score",
    "SilentFailure",
    "Span",
    "SpanEvent",
    "Status",
    "ToolCall",
    "ToolRun",
    "Trace",
    "Usage",
    "UsageParts",
    "is_drill",
]
