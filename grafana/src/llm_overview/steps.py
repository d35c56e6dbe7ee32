"""Row 5: application steps around model calls: tools, branches, retrieval, caches, quality."""

from collections.abc import Sequence

from grafana.src import house
from grafana.src.house import PanelBuilder
from grafana.src.llm_overview.filters import OWNED, ratio
from grafana.src.sources import series, series_with_traces

TITLE = "Tools, branches, retrieval, caches, quality"


def panels() -> Sequence[PanelBuilder]:
    """Return the panels from left to right, row by row."""
    return (*_tools(), *_retrieval(), *_quality())


def _tools() -> Sequence[PanelBuilder]:
    return (
        house.graph(
            "Tool failure rate",
            "Share of failed runs, over an hour, by tool. 0 is good. A gap means no runs.",
            house.RATIO,
            [series(_share("tool", "llm_tool_calls_total", 'status!="ok"'), "{{tool}}")],
        ),
        house.graph(
            "Tool latency (p95)",
            "p95 latency by tool. A dot is one run and links to the logs of its trace.",
            house.SECONDS,
            [series_with_traces(_p95("tool", "llm_tool_duration_seconds"), "{{tool}}")],
        ),
        house.stacked_graph(
            "Which branches are taken?",
            "Decisions per second by node and branch. A branch that appears, vanishes or doubles means that inputs, "
            "a prompt or a model changed.",
            house.PER_SECOND,
            [series(f"sum by (node, branch) ({_rate('llm_branch_decisions_total')})", "{{node}}: {{branch}}")],
        ),
    )


def _retrieval() -> Sequence[PanelBuilder]:
    documents = f"sum by (retriever) ({_rate('llm_retrieval_documents_sum')})"
    searches = f"sum by (retriever) ({_rate('llm_retrieval_documents_count')})"
    return (
        house.graph(
            "Retrieval latency (p95)",
            "p95 latency by retriever. A dot is one search and links to the logs of its trace.",
            house.SECONDS,
            [series_with_traces(_p95("retriever", "llm_retrieval_duration_seconds"), "{{retriever}}")],
        ),
        house.graph(
            "Documents per search",
            "Average by retriever. Near 0 the application answers without sources. A gap means no searches.",
            house.COUNT,
            [series(f"{documents} / ({searches} > 0)", "{{retriever}}")],
        ),
        house.graph(
            "Cache hit rate",
            "Over an hour, by answer cache. Higher is better. A gap means no lookups.",
            house.RATIO,
            [series(_share("cache", "llm_cache_operations_total", 'result="hit"'), "{{cache}}")],
        ),
    )


def _quality() -> Sequence[PanelBuilder]:
    value, count = (f"sum by (score) (increase(llm_score_{part}{{{OWNED}}}[1h]))" for part in ("sum", "count"))
    return (
        house.graph(
            "Quality scores",
            "Average score over an hour, by kind of score; 1 is best for scores between 0 and 1. "
            "Watch for drops; the absolute value depends on the evaluator. A gap means no scores.",
            house.COUNT,
            [series(f"{value} / ({count} > 0)", "{{score}}")],
        ),
        house.graph(
            "Pass rate of quality gates and guardrails",
            "Over an hour. A drop means worse answers, worse inputs or a stricter check. A gap means no checks.",
            house.RATIO,
            [
                series(_share("gate", "llm_quality_gate_total", 'result="passed"'), "gate {{gate}}"),
                series(_share("guardrail", "llm_guardrail_checks_total", 'result="passed"'), "guardrail {{guardrail}}"),
            ],
        ),
        house.graph(
            "User feedback",
            "Share of each rating in the user feedback, over six hours. "
            "Few users rate: consider the amount of feedback. A gap means no feedback.",
            house.RATIO,
            [series(_ratings(), "{{rating}}")],
        ),
    )


def _rate(metric: str) -> str:
    return f"rate({metric}{{{OWNED}}}[$__rate_interval])"


def _share(label: str, metric: str, condition: str) -> str:
    whole = f"sum by ({label}) (increase({metric}{{{OWNED}}}[1h]))"
    return ratio(f"sum by ({label}) (increase({metric}{{{OWNED}, {condition}}}[1h]))", whole)


def _p95(label: str, metric: str) -> str:
    buckets = f"sum by ({label}, le) ({_rate(metric + '_bucket')})"
    return f"histogram_quantile(0.95, {buckets}) >= 0"


def _ratings() -> str:
    given = f"increase(llm_feedback_total{{{OWNED}}}[6h])"
    return f"sum by (rating) ({given}) / on () group_left () (sum({given}) > 0)"
