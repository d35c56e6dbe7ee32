"""The vocabulary: what Watchkeeper knows about, as frozen values. Imports nothing of ours."""

from watchkeeper.model.drill import DRILL_SERVICE_PREFIX, is_drill
from watchkeeper.model.facts import (
    AgentStep,
    BranchDecision,
    CacheLookup,
    Content,
    Context,
    Cost,
    Deployment,
    Fact,
    Feedback,
    GuardrailCheck,
    HumanReview,
    Incident,
    LlmCall,
    QualityGate,
    Retrieval,
    Score,
    Status,
    ToolCall,
    Usage,
)
from watchkeeper.model.log_record import LogRecord
from watchkeeper.model.rejection import Rejection
from watchkeeper.model.span import AttributeValue, Span, SpanEvent

__all__ = [
    "DRILL_SERVICE_PREFIX",
    "AgentStep",
    "AttributeValue",
    "BranchDecision",
    "CacheLookup",
    "Content",
    "Context",
    "Cost",
    "Deployment",
    "Fact",
    "Feedback",
    "GuardrailCheck",
    "HumanReview",
    "Incident",
    "LlmCall",
    "LogRecord",
    "QualityGate",
    "Rejection",
    "Retrieval",
    "Score",
    "Span",
    "SpanEvent",
    "Status",
    "ToolCall",
    "Usage",
    "is_drill",
]
