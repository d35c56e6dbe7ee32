"""Every feature that is compared, one line each: its metric, what it is a feature of, and what its values are."""

from dataclasses import dataclass, replace
from enum import StrEnum

from watchkeeper.analyzer.drift.choice import Kind


class Topic(StrEnum):
    """What a feature is about; the label ``topic``, by which alerts choose."""

    DISTRIBUTION = "distribution"
    RETRIEVAL = "retrieval"
    EMBEDDING = "embedding"
    SERIES = "series"
    SIDES = "side_by_side"


@dataclass(frozen=True, slots=True, kw_only=True)
class Feature:
    """One feature of every service: a histogram, or a counter by the label ``category``.

    Embeddings are a histogram for each value of that label.

    With ``subjects`` each combination of these labels of a service is a series of its own, as every score is.
    """

    name: str
    kind: Kind
    metric: str
    subjects: tuple[str, ...] = ()
    category: str = ""
    where: str = ""
    topic: Topic = Topic.DISTRIBUTION

    @property
    def is_histogram(self) -> bool:
        """Whether its values are counted by bucket."""
        return self.kind is not Kind.CATEGORICAL

    @property
    def labels(self) -> tuple[str, ...]:
        """What keeps its histograms or counters apart, besides the bucket or the category of a value."""
        return (*self.subjects, self.category) if self.kind is Kind.EMBEDDING else self.subjects

    def title(self, values: tuple[str, ...]) -> str:
        """The name of one series of the feature, as in ``score/faithfulness``."""
        return "/".join([self.name, *(value for value in values if value)])


def _numeric(name: str, metric: str, *subjects: str, where: str = "", topic: Topic = Topic.DISTRIBUTION) -> Feature:
    return Feature(name=name, kind=Kind.NUMERIC, metric=metric, subjects=subjects, where=where, topic=topic)


def _categorical(name: str, metric: str, category: str, *subjects: str) -> Feature:
    return Feature(name=name, kind=Kind.CATEGORICAL, metric=metric, category=category, subjects=subjects)


FEATURES: tuple[Feature, ...] = (
    _numeric("input_tokens", "llm_request_tokens", where='type="input"'),
    _numeric("output_tokens", "llm_request_tokens", where='type="output"'),
    _numeric("duration", "llm_request_duration_seconds"),
    _numeric("time_to_first_token", "llm_time_to_first_token_seconds"),
    _numeric("cost", "llm_request_cost_dollars"),
    _numeric("score", "llm_score", "score", "source"),
    _numeric("steps", "llm_agent_steps", "agent"),
    _numeric("trace_tokens", "llm_trace_tokens", "agent"),
    _numeric("trace_cost", "llm_trace_cost_dollars", "agent"),
    _numeric("retrieval_top_score", "llm_retrieval_top_score", "retriever", topic=Topic.RETRIEVAL),
    _numeric("retrieval_documents", "llm_retrieval_documents", "retriever", topic=Topic.RETRIEVAL),
    Feature(
        name="embedding",
        kind=Kind.EMBEDDING,
        metric="llm_embedding_projection",
        subjects=("source", "model", "dimension"),
        category="projection",
        topic=Topic.EMBEDDING,
    ),
    _categorical("branch", "llm_branch_decisions_total", "branch", "node"),
    _categorical("tool", "llm_tool_calls_total", "tool", "agent"),
    _categorical("finish_reason", "llm_finish_reasons_total", "reason"),
    _categorical("error_type", "llm_errors_total", "error_type"),
    _categorical("model", "llm_requests_total", "model"),
    _categorical("score_category", "llm_score_categories_total", "category", "score", "source"),
)

# Answers that are compared side by side: vectors and rankings have a model of their own kind.
_ANSWERS = 'operation!~"embeddings|rerank"'
_OF_PROMPTS = ("prompt", "prompt_version", "model")
_OF_MODELS = ("model",)


def _side_by_side(name: str, sides: tuple[str, ...], where: str = _ANSWERS) -> Feature:
    feature = next(feature for feature in FEATURES if feature.name == name)
    where = ", ".join(filter(None, (feature.where, where)))
    return replace(feature, subjects=(*feature.subjects, *sides), where=where)


# What is compared between two prompt versions, and between two models, that run at the same time.
SIDE_BY_SIDE: tuple[Feature, ...] = (
    _side_by_side("input_tokens", _OF_MODELS),
    _side_by_side("output_tokens", _OF_MODELS),
    _side_by_side("cost", _OF_MODELS),
    _side_by_side("duration", _OF_PROMPTS),
    _side_by_side("time_to_first_token", _OF_PROMPTS),
    _side_by_side("score", _OF_PROMPTS, where=""),
    _side_by_side("finish_reason", _OF_PROMPTS),
    _side_by_side("error_type", _OF_PROMPTS),
    _side_by_side("score_category", _OF_PROMPTS, where=""),
)
