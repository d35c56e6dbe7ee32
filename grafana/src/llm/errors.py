"""The page "Errors": how many calls fail, of what kind, at which provider and model, and how answers end."""

from collections.abc import Sequence

from grafana.src import house, links
from grafana.src.house import PanelBuilder
from grafana.src.llm import frame
from grafana.src.llm.lines import CALL_LINE, FAILED_CALLS
from grafana.src.llm.queries import BUSIEST, error_ratio, recorded_rate
from grafana.src.llm_overview.filters import CALLS, OWNED, limit, ratio, ten_and_others, ten_of
from grafana.src.sources import instant, lines, rows, series
from grafana_foundation_sdk.builders import dashboard, stat

UID = links.ERRORS
FOLDER = frame.FOLDER
QUESTION = "Which model calls fail, why, and is it the provider, the model or the application?"

_ALL = f"sum(service_model:llm_requests:rate5m{{{CALLS}}})"
_NO_ERRORS = "no call failed in the time shown, or there was none"
_FAILED = recorded_rate("service_model_error:llm_errors")
_FAILED_IN_ALL = f"sum_over_time(service_model_error:llm_errors:rate5m{{{CALLS}}}[$__range:$__interval] @ end())"


def build() -> dashboard.Dashboard:
    """Return the whole dashboard."""
    page_rows = (
        frame.Row("Now", _now()),
        frame.Row("Who fails?", _who()),
        frame.Row("Why do calls fail?", _why(), _NO_ERRORS),
        frame.Row("How do answers end?", _ends(), "no client reported finish reasons or traces in the time shown"),
    )
    return frame.build(UID, "Errors", QUESTION, page_rows)


def _now() -> Sequence[PanelBuilder]:
    failed = f"sum(service_model:llm_request_errors:rate5m{{{CALLS}}})"
    return (
        house.with_thresholds(
            house.number(
                "Error rate",
                "Share of model calls in the last 5 minutes that ended in an error, a rate limit or a timeout. "
                "Below 1 % is normal; LLMErrorRateHigh fires at the threshold in watchkeeper.yml.",
                house.RATIO,
                instant(ratio(failed, _ALL)),
            ),
            house.FAILING,
        ),
        _status("Rate-limited", "rate_limited", "the provider rate-limited (429); LLMRateLimited fires above its"),
        _status("Timeouts", "timeout", "timed out; LLMTimeoutsHigh fires above its"),
        _finished("Truncated", "length", "were cut at the output token limit; LLMTruncationHigh fires above its"),
        _finished("Filtered", "content_filter", "a content filter blocked; LLMContentFilteredHigh fires above its"),
        house.number(
            "Calls/s",
            "Model calls per second, over 5 minutes: of few calls a share says little.",
            house.REQUESTS_PER_SECOND,
            instant(_ALL),
        ),
    )


def _status(title: str, status: str, what: str) -> stat.Panel:
    calls = f"sum(increase(llm_requests_total{{{CALLS}}}[15m]))"
    some = f'sum(increase(llm_requests_total{{{CALLS}, status="{status}"}}[15m]))'
    panel = house.number(
        title,
        f"Share of the model calls of the last 15 minutes that {what} threshold in watchkeeper.yml.",
        house.RATIO,
        instant(ratio(some, calls)),
    )
    return house.with_thresholds(panel, house.FAILING)


def _finished(title: str, reason: str, what: str) -> stat.Panel:
    answers = f"sum(increase(llm_finish_reasons_total{{{CALLS}}}[1h]))"
    some = f'sum(increase(llm_finish_reasons_total{{{CALLS}, reason="{reason}"}}[1h]))'
    panel = house.number(
        title,
        f"Share of the answers of the last hour that {what} threshold in watchkeeper.yml.",
        house.RATIO,
        instant(ratio(some, answers)),
    )
    return house.with_thresholds(panel, house.FAILING)


def _who() -> Sequence[PanelBuilder]:
    by_service = error_ratio("service")
    return (
        house.graph(
            "Error rate by service",
            "Share of calls that ended in an error, a rate limit or a timeout, over 5 minutes, of the ten busiest "
            "services. 0 is good; a gap is no calls. The dashed line is the lowest threshold of LLMErrorRateHigh, "
            "drawn when near.",
            house.RATIO,
            [
                series(ten_of("service", by_service, BUSIEST), "{{service}}"),
                limit("LLMErrorRateHigh", by_service),
            ],
        ).data_links([_errors_of("service")]),
        house.graph(
            "Error rate by provider",
            "Share of calls that failed, over 5 minutes. All services failing at one provider is an outage, and "
            "LLMProviderOutage fires.",
            house.RATIO,
            [series(error_ratio("provider"), "{{provider}}")],
        ),
        house.graph(
            "Error rate by model",
            "Share of calls that failed, over 5 minutes, of the ten busiest models.",
            house.RATIO,
            [series(ten_of("model", error_ratio("model"), BUSIEST), "{{model}}")],
        ).data_links([_errors_of("model")]),
    )


def _errors_of(label: str) -> dashboard.DashboardLink:
    kept = tuple(name for name in links.CHOSEN if name != label)
    return links.to_page(f"Errors of this {label}", UID, carry=kept, **{label: links.of_label(label)})


def _why() -> Sequence[PanelBuilder]:
    kinds = "error_type, provider"
    return (
        house.stacked_graph(
            "Failed calls by kind of error",
            "Failed calls per second by kind of error and provider, the ten most frequent of the time shown and the "
            "rest. A rise of one kind at one provider points there; a rise everywhere points to the application.",
            house.ERRORS_PER_SECOND,
            [*ten_and_others(kinds, f"sum by ({kinds}) ({_FAILED})", _FAILED_IN_ALL, "{{error_type}} {{provider}}")],
        )
        .interval(house.SLOW)
        .span(12),
        house.column_with_links(
            house.listing(
                "Failures in the time shown",
                "Failed calls by kind of error, service and model; the twenty most frequent.",
                rows(
                    "topk(20, round(sum by (error_type, service, provider, model) "
                    f"(increase(llm_errors_total{{{CALLS}}}[$__range] anchored)) > 0))"
                ),
                {"error_type": "error", "Value": "calls", "service": "service", "model": "model"},
            ).span(12),
            "service",
            [links.to_page("Errors of this service", UID, carry=("team",), service=links.of_column("service"))],
        ),
        house.log_lines(
            "Latest failed calls",
            "Failed calls, the newest first. Open a line for its fields; Trace leads to all lines of its trace.",
            lines(f"{FAILED_CALLS} {CALL_LINE}"),
        ),
    )


def _ends() -> Sequence[PanelBuilder]:
    return (
        house.stacked_graph(
            "Finish reasons",
            "Answers of the last hour by finish reason: length is truncated at the output token limit, "
            "content_filter is blocked by the provider.",
            house.COUNT,
            [series(f"sum by (reason) (increase(llm_finish_reasons_total{{{CALLS}}}[1h]))", "{{reason}}")],
        )
        .interval(house.SLOW)
        .span(12),
        house.graph(
            "Model calls per run",
            "Calls of a trace, on average, in the last hour and in the day before that hour, of all selected services. "
            "A rise while calls fail means retries; LLMRetriesHigh compares the two for each service.",
            house.COUNT,
            [
                series(f"avg(service:llm_trace_calls:avg1h{{{OWNED}}})", "last hour"),
                series(f"avg(service:llm_trace_calls:avg1d{{{OWNED}}})", "day before"),
            ],
        ).span(12),
    )
