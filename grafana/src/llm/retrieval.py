"""The page "Retrieval and cache": whether searches find something, fast, and what answer caches save."""

from collections.abc import Sequence

from grafana.src import house, links
from grafana.src.house import PanelBuilder
from grafana.src.llm import frame
from grafana.src.llm.lines import TRACE
from grafana.src.llm.queries import quantile, rate, share
from grafana.src.llm_overview.filters import OWNED, limit, over_range, ratio, ten_and_others
from grafana.src.sources import buckets, instant, lines, series, series_with_traces
from grafana_foundation_sdk.builders import dashboard

UID = links.RETRIEVAL
FOLDER = frame.FOLDER
QUESTION = "Do searches find good documents in time, and how much do answer caches save?"

_NO_SEARCHES = "no searches in the time shown: spans of retrievers, or the event retrieval, report them"
_NO_CACHE = "no lookups in answer caches in the time shown: the event cache_lookup reports them"
_SAVED = f"llm_cache_saved_dollars_total{{{OWNED}}}"
_SECONDS = "llm_retrieval_duration_seconds"


def build() -> dashboard.Dashboard:
    """Return the whole dashboard."""
    page_rows = (
        frame.Row("Now", _now(), _NO_SEARCHES),
        frame.Row("Searches", _searches(), _NO_SEARCHES),
        frame.Row("Answer caches", _caches(), _NO_CACHE),
    )
    return frame.build(UID, "Retrieval and cache", QUESTION, page_rows)


def _now() -> Sequence[PanelBuilder]:
    searches = f"sum(increase(llm_retrievals_total{{{OWNED}}}[1h]))"
    failed = f'sum(increase(llm_retrievals_total{{{OWNED}, status!="ok"}}[1h]))'
    found = f'sum(increase(llm_retrieval_documents_bucket{{{OWNED}, le="0.0"}}[1h]))'
    counted = f"sum(increase(llm_retrieval_documents_count{{{OWNED}}}[1h]))"
    return (
        house.number(
            "Searches", "Searches for documents in the last hour, of all retrievers.", house.COUNT, instant(searches)
        ),
        house.with_thresholds(
            house.number(
                "Failed",
                "Share of the searches of the last hour that failed.",
                house.RATIO,
                instant(ratio(failed, searches)),
            ),
            house.FAILING,
        ),
        house.with_thresholds(
            house.number(
                "Found nothing",
                "Share of the searches of the last hour that found no document: answers have no sources.",
                house.RATIO,
                instant(ratio(found, counted)),
            ),
            house.FAILING,
        ),
        *_cache_now(),
    )


def _cache_now() -> Sequence[PanelBuilder]:
    lookups = f"sum(increase(llm_cache_operations_total{{{OWNED}}}[1h]))"
    return (
        house.number(
            "Latency (p95)",
            "p95 latency of the searches of the last hour. LLMRetrievalSlow fires at its threshold.",
            house.SECONDS,
            instant(f"histogram_quantile(0.95, sum by (le) (increase({_SECONDS}_bucket{{{OWNED}}}[1h]))) >= 0"),
        ),
        house.number(
            "Cache hits",
            "Share of the lookups of the last hour in answer caches that hit. Higher is better.",
            house.RATIO,
            instant(ratio(f'sum(increase(llm_cache_operations_total{{{OWNED}, result="hit"}}[1h]))', lookups)),
        ),
        house.number(
            "Saved",
            "US dollars that cache hits saved in the time shown, as the applications report it.",
            house.DOLLARS,
            instant(f"sum(increase(llm_cache_saved_dollars_total{{{OWNED}}}[$__range] anchored))"),
        ).data_links([links.to_page("Cost", links.COST, carry=links.OWNER)]),
    )


def _searches() -> Sequence[PanelBuilder]:
    p95 = quantile(0.95, _SECONDS, OWNED, "retriever")
    documents = f"sum by (retriever) ({rate('llm_retrieval_documents_sum')})"
    counted = f"sum by (retriever) ({rate('llm_retrieval_documents_count')})"
    return (
        house.graph(
            "Latency by retriever (p95)",
            "p95 latency by retriever. A dot is one search and links to the logs of its trace. The dashed line is the "
            "lowest threshold of LLMRetrievalSlow, drawn when the data comes near it.",
            house.SECONDS,
            [series_with_traces(p95, "{{retriever}}"), limit("LLMRetrievalSlow", p95)],
        ),
        house.graph(
            "Failed searches by retriever",
            "Share of searches that failed, over an hour. 0 is good. A gap means no searches.",
            house.RATIO,
            [series(share("retriever", "llm_retrievals_total", 'status!="ok"'), "{{retriever}}")],
        ),
        house.graph(
            "Documents per search",
            "Average by retriever. Near 0 the application answers without sources. A gap means no searches.",
            house.COUNT,
            [series(f"{documents} / ({counted} > 0)", "{{retriever}}")],
        ),
        *_results(),
    )


def _results() -> Sequence[PanelBuilder]:
    return (
        house.graph(
            "Best score per search (median)",
            "Median of the best score of each search, in the retriever's own measure. A drop means that the index or "
            "the questions changed.",
            house.COUNT,
            [series(quantile(0.5, "llm_retrieval_top_score", OWNED, "retriever"), "{{retriever}}")],
            lowest=True,
        ).no_value("no retriever reported scores in the time shown"),
        house.heat_map(
            "Distribution of best scores",
            "How many searches had which best score: the darker, the more. A second band at the bottom is questions "
            "that the index has no answer to.",
            house.COUNT,
            buckets(f"sum by (le) (increase(llm_retrieval_top_score_bucket{{{OWNED}}}[$__rate_interval]))"),
        ).no_value("no retriever reported scores in the time shown"),
        house.log_lines(
            "Latest failed searches",
            "The newest first. Open a line for its fields; Trace leads to all lines of its trace.",
            lines(
                '{event="retrieval_completed", level="error", service=~"$service"} | team=~"$team" '
                '| json retriever="retriever", error_type="error_type" '
                "| line_format `{{.service}} {{.retriever}} {{.error_type}}"
                f"{TRACE}`"
            ),
        )
        .no_value("no search failed in the time shown, or there was none")
        .height(8)
        .span(8),
    )


def _caches() -> Sequence[PanelBuilder]:
    return (
        house.graph(
            "Hit rate by cache",
            "Over an hour, by answer cache. Higher is better. A gap means no lookups.",
            house.RATIO,
            [series(share("cache", "llm_cache_operations_total", 'result="hit"'), "{{cache}}")],
            lowest=True,
        ).max(1),
        house.stacked_graph(
            "Lookups by result",
            "Lookups per second in all answer caches, by result.",
            house.PER_SECOND,
            [series(f"sum by (result) ({rate('llm_cache_operations_total')})", "{{result}}")],
        ),
        house.stacked_graph(
            "Saved per hour by cache",
            "US dollars that hits of the last hour saved, as the applications report it; the ten caches that saved "
            "most, and the rest.",
            house.DOLLARS,
            ten_and_others(
                "cache", f"sum by (cache) (increase({_SAVED}[1h]))", over_range("increase", _SAVED), "{{cache}}"
            ),
        ),
    )
