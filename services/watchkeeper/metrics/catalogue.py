"""Every metric that a process of ours sets itself, one line each: name, type, labels, help, buckets; and those it only reads.

Names follow Prometheus practice: ``llm_`` for what is observed, ``watchkeeper_`` for ourselves.
"""

from typing import Literal

import msgspec

MetricType = Literal["counter", "gauge", "histogram"]


class Metric(msgspec.Struct, frozen=True):
    """One metric family. ``buckets`` are the upper bounds of a histogram, without +Inf."""

    name: str
    type: MetricType
    labels: tuple[str, ...]
    help: str
    buckets: tuple[float, ...] = ()


CALL = ("service", "team", "operation", "provider", "model", "prompt", "prompt_version")
_CALL_TENANT = (*CALL, "tenant")
# Sizes and speeds belong to a model, not to a prompt: a histogram for each version of each prompt would be most of all
# samples (docs/decisions/0022-series-end.md). Means by version come of llm_tokens_total.
_OF_MODEL = ("service", "team", "operation", "provider", "model")
_OWNER = ("service", "team")
_TOOL = (*_OWNER, "agent", "tool", "status")
_MCP = (*_OWNER, "side", "method", "tool")
_RETRIEVER = (*_OWNER, "retriever")
_AGENT = (*_OWNER, "agent")
_EDGE = (*_OWNER, "edge_source", "edge_target")
# Empty but where two versions or two models are compared that run at the same time.
_SIDES = ("prompt", "prompt_version", "model", "against")
_DRIFT = ("service", "feature", "method", *_SIDES)
_CEILING = ("ceiling", "per", "limit")
_QUOTA = ("quota", "per", "window")
_BILLED = ("provider", "model", "period")
_CANARY = ("canary", "target")
_EMBEDDING = (*_OWNER, "source", "model", "dimension")
_CRITERION = ("evaluator", "criterion")
_SCORE = (*_OWNER, "prompt", "prompt_version", "model", "score", "source")

# 0.1 s to 409.6 s, doubling: agents and reasoning models take minutes (OpenTelemetry GenAI, invoke_agent.duration).
_CALL_SECONDS = tuple(round(0.1 * 2**n, 1) for n in range(13))
# 10 ms to 40.96 s, doubling: tools and searches are faster than whole calls.
_FAST_SECONDS = tuple(round(0.01 * 2**n, 2) for n in range(13))
# OpenTelemetry, mcp.client.operation.duration, so that buckets of clients that send metrics fit.
_MCP_SECONDS = (0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0, 30.0, 60.0, 120.0, 300.0)
# From 20 ms: no model answers over a network in less, and each bound is a sample for each version of each prompt.
_FIRST_TOKEN_SECONDS = _FAST_SECONDS[1:]
# OpenTelemetry GenAI, gen_ai.server.time_per_output_token.
_TOKEN_SECONDS = (0.01, 0.025, 0.05, 0.075, 0.1, 0.15, 0.2, 0.3, 0.4, 0.5, 0.75, 1.0, 2.5)
# Powers of 4 as in OpenTelemetry GenAI, and of 2 between 256 and 262144 where prompts live; up to 4194304, which hardly
# a model reads at once.
_TOKENS = tuple(float(n) for n in sorted({4**n for n in range(12)} | {2**n for n in range(8, 19)}))
_DOCUMENTS = (0.0, 1.0, 2.0, 3.0, 5.0, 8.0, 13.0, 21.0, 50.0, 100.0)
# Retriever scores have no common scale (cosine -1..1, BM25 unbounded): finer where cosine lives. OpenMetrics allows no
# sum beside a bound below zero.
_TOP_SCORE = (0.0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1.0, 10.0)
# Finer where an input hardly fits.
_WINDOW = (0.1, 0.25, 0.5, 0.75, 0.8, 0.85, 0.9, 0.95, 1.0)
# A step is a second or so: 2 steps are a question, 100 a loop that its framework should have ended.
_STEPS = (0.0, 1.0, 2.0, 3.0, 5.0, 8.0, 13.0, 21.0, 34.0, 55.0, 100.0, 200.0, 500.0)
_TRACE_TOKENS = tuple(float(2**n) for n in range(8, 23))
# A hundredth of a cent to 3.28 dollars, doubling: a short question of a small model to a full window of a large one.
_CALL_DOLLARS = tuple(round(0.0001 * 2**n, 4) for n in range(16))
# A tenth of a cent to a hundred dollars, three to a power of ten and some below.
_TRACE_DOLLARS = (0.0001, 0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0, 100.0)
# 0.1 s to 54 min, doubling.
_TRACE_SECONDS = tuple(round(0.1 * 2**n, 1) for n in range(16))
# The mean and the spread of some thousand values are what is asked of it.
_PROJECTION = tuple(1.0 + 0.5 * n for n in range(13))
_UNIT_INTERVAL = tuple(round(n * 0.05, 2) for n in range(1, 21))

METRICS: tuple[Metric, ...] = (
    Metric("llm_requests_total", "counter", (*_CALL_TENANT, "status"), "Model requests by outcome."),
    Metric("llm_request_duration_seconds", "histogram", CALL, "Duration of model requests.", _CALL_SECONDS),
    Metric("llm_time_to_first_token_seconds", "histogram", CALL, "Time to the first token of a stream.", _FIRST_TOKEN_SECONDS),
    Metric("llm_time_per_output_token_seconds", "histogram", _OF_MODEL, "Time per output token after the first.", _TOKEN_SECONDS),
    Metric("llm_tokens_total", "counter", (*_CALL_TENANT, "type"), "Tokens by type; cached_input and cache_write are parts of input, reasoning of output."),
    Metric("llm_request_tokens", "histogram", (*_OF_MODEL, "type"), "Input and output tokens per request, for percentiles; use llm_tokens_total for other types, for sums and for means by prompt version.", _TOKENS),
    Metric("llm_request_cost_dollars", "histogram", _OF_MODEL, "Cost per request in US dollars, for percentiles; use llm_cost_dollars_total for sums and for means by prompt version.", _CALL_DOLLARS),
    Metric("llm_context_window_ratio", "histogram", (*_OWNER, "provider", "model"), "Input tokens of a request over what its model can read at once, where the price table knows that.", _WINDOW),
    Metric("llm_cost_dollars_total", "counter", _CALL_TENANT, "Cost of model requests in US dollars."),
    Metric("llm_prompt_cache_saved_dollars_total", "counter", (*_OWNER, "provider", "model"), "US dollars that providers' prompt caches saved: what the input would have cost without them less what it cost, of calls where that is above 0; by the price tables, also where the client reports the cost."),
    Metric("llm_prompt_cache_lost_dollars_total", "counter", (*_OWNER, "provider", "model"), "US dollars by which calls cost more with a prompt cache than without: writing to it cost more than reading saved."),
    Metric("llm_unpriced_requests_total", "counter", ("provider", "model", "reason"), "Requests with tokens that no one could price; their cost is missing, not zero."),
    Metric("llm_self_hosted_requests_total", "counter", ("provider", "model"), "Requests with tokens that a model on one's own machines answered and watchkeeper.yml has no price for: their dollars are those of the machines."),
    Metric("llm_cost_disputed_dollars_total", "counter", ("provider", "model"), "Cost of the requests that two price tables put at more than 1 % apart, by the price that counts; `watchkeeper price` shows both."),
    Metric("llm_foreign_cost_requests_total", "counter", ("provider", "model", "currency"), "Requests whose client reported their cost in a currency other than US dollars: it is on their lines. With a rate in exchange_rates of watchkeeper.yml their price is that cost in dollars, else that of the table."),
    Metric("llm_model_retirement_timestamp_seconds", "gauge", ("provider", "model", "successor"), "When the provider of a model in use retires it, from watchkeeper.yml or the table of the release; no sample where no one knows of any."),
    Metric("llm_inference_hourly_cost_dollars", "gauge", ("service",), "What the GPUs of an inference server cost an hour, from watchkeeper.yml; rules divide it by the tokens that Prometheus saw it serve."),
    Metric("llm_estimated_usage_total", "counter", CALL, "Requests whose tokens a client library made up; llm_tokens_total and the cost have them as reported."),
    Metric("llm_errors_total", "counter", (*CALL, "error_type"), "Failed model requests by kind of error."),
    Metric("llm_finish_reasons_total", "counter", (*CALL, "reason"), "Why the model stopped."),
    Metric("llm_tool_calls_total", "counter", _TOOL, "Runs of tools by outcome."),
    Metric("llm_tool_duration_seconds", "histogram", _TOOL, "Duration of tool runs.", _FAST_SECONDS),
    Metric("llm_mcp_operations_total", "counter", (*_MCP, "result"), "Requests of the Model Context Protocol as their client or server saw them, by method: ok, a tool's error, or an error of the protocol."),
    Metric("llm_mcp_operation_duration_seconds", "histogram", _MCP, "Duration of requests of the Model Context Protocol.", _MCP_SECONDS),
    Metric("llm_agent_steps", "histogram", _AGENT, "Steps per trace: model requests that generate something, and runs of tools.", _STEPS),
    Metric("llm_trace_tokens", "histogram", _AGENT, "Input and output tokens per trace.", _TRACE_TOKENS),
    Metric("llm_trace_cost_dollars", "histogram", _AGENT, "Cost per trace in US dollars, without calls that no one can price.", _TRACE_DOLLARS),
    Metric("llm_trace_duration_seconds", "histogram", _AGENT, "From the beginning of a trace's first span to the end of its last.", _TRACE_SECONDS),
    Metric("llm_workflow_edges_total", "counter", (*_EDGE, "status"), "How often one part of a trace had another one work; both ends are a kind and a name, as agent:support and tool:find_order."),
    Metric("llm_workflow_edge_seconds_total", "counter", _EDGE, "How long that took, where its facts say so."),
    Metric("llm_silent_failures_total", "counter", (*_AGENT, "type", "tool"), "What went wrong in a run or a call although nothing failed; tool is the tool it is about, or the first of a loop."),
    Metric("llm_contract_runs_total", "counter", (*_AGENT, "contract", "result", "reason"), "Runs that a contract is about: passed, broken, or not evaluated and why."),
    Metric("llm_branch_decisions_total", "counter", (*_OWNER, "node", "branch"), "Branches taken, by node."),
    Metric("llm_human_reviews_total", "counter", (*_OWNER, "outcome"), "Reviews by people, by outcome."),
    Metric("llm_retrievals_total", "counter", (*_RETRIEVER, "status"), "Searches for documents by outcome."),
    Metric("llm_retrieval_duration_seconds", "histogram", _RETRIEVER, "Duration of searches.", _FAST_SECONDS),
    Metric("llm_retrieval_documents", "histogram", _RETRIEVER, "Documents found per search.", _DOCUMENTS),
    Metric("llm_retrieval_top_score", "histogram", _RETRIEVER, "Best score per search, in the retriever's own measure.", _TOP_SCORE),
    Metric("llm_cache_operations_total", "counter", (*_OWNER, "cache", "result"), "Lookups in answer caches."),
    Metric("llm_cache_saved_dollars_total", "counter", (*_OWNER, "cache"), "US dollars saved by cache hits, as the application reports them."),
    Metric("llm_score", "histogram", _SCORE, "Numeric and boolean quality scores.", _UNIT_INTERVAL),
    Metric("llm_score_categories_total", "counter", (*_SCORE, "category"), "Categorical quality scores."),
    Metric("llm_evaluation_failures_total", "counter", (*_OWNER, "score", "source", "error_type"), "Evaluations that ended in an error instead of a score."),
    Metric("llm_quality_gate_total", "counter", (*_OWNER, "gate", "result"), "Passes through quality gates."),
    Metric("llm_feedback_total", "counter", (*_OWNER, "prompt", "prompt_version", "rating"), "Feedback of end users."),
    Metric("llm_guardrail_checks_total", "counter", (*_OWNER, "guardrail", "result"), "Checks by guardrails."),
    Metric("llm_embeddings_total", "counter", (*_EMBEDDING, "outcome"), "Embedding vectors, by whether they are any; only those with the outcome ok have projections."),
    Metric("llm_embedding_projection", "histogram", (*_EMBEDDING, "projection"), "Embedding vectors of length 1 on fixed directions, plus 4; no vector is kept.", _PROJECTION),
    Metric("llm_deployments_total", "counter", (*_OWNER, "kind"), "Changes of applications, prompts, models, tools and prices."),
    Metric("llm_canary_score", "gauge", _CANARY, "Share of what it expects that a canary got at its last run; no sample while the target does not answer."),
    Metric("llm_canary_similarity_ratio", "gauge", _CANARY, "Words in order that the answers of a canary's last run share with the most similar of its first answers, 0 to 1."),
    Metric("llm_canary_duration_seconds", "gauge", _CANARY, "Mean duration of the answers of a canary's last run."),
    Metric("llm_canary_tokens", "gauge", (*_CANARY, "type"), "Mean tokens of the answers of a canary's last run, as the provider reports them."),
    Metric("llm_canary_cause", "gauge", (*_CANARY, "cause"), "1 for why a canary got worse than its first runs (provider, application, unknown), or that it did not (none) or has no first runs yet (learning)."),
    Metric("llm_canary_changed", "gauge", (*_CANARY, "what"), "1 where what the provider reports (model, fingerprint, input_tokens) was not so at the first runs of a canary."),
    Metric("llm_canary_failures_total", "counter", (*_CANARY, "error_type"), "Runs of a canary, or golden queries, without an answer."),
    Metric("llm_canary_last_run_timestamp_seconds", "gauge", _CANARY, "When a canary last got an answer."),
    Metric("llm_canary_interval_seconds", "gauge", _CANARY, "How often a canary should run."),
    Metric("llm_retrieval_golden_score", "gauge", ("canary", "difficulty", "measure"), "Mean of a measure (hit_rate, recall, mrr, ndcg) over golden queries at their last run, by difficulty and for all; no sample while one of them has no answer."),
    Metric("llm_retrieval_golden_coverage_ratio", "gauge", ("canary", "query"), "Share of its documents that a golden query found among the first k at its last run."),
    Metric("llm_retrieval_golden_queries", "gauge", ("canary", "difficulty"), "Golden queries behind llm_retrieval_golden_score."),
    Metric("llm_judge_agreement_score", "gauge", _CRITERION, "Krippendorff's alpha between judges over the last scored answers: 1 is full agreement, 0 what chance gives; no sample below 20 answers."),
    Metric("llm_judge_disagreements_total", "counter", _CRITERION, "Scored answers of which judges are far apart, or name different categories."),
    Metric("llm_judge_skipped_total", "counter", ("evaluator", "reason"), "Answers that an evaluator chose and that are not scored: not_captured (no content on the line), cut, no_context, queue_full, budget."),
    Metric("llm_judge_queue_entries", "gauge", (), "Answers that wait for judges."),
    Metric("llm_judge_spend_dollars", "gauge", (), "What judges have spent or reserved on this day of UTC."),
    Metric("llm_judge_limit_dollars", "gauge", (), "What judges may spend in a day, from watchkeeper.yml."),
    Metric("llm_alert_threshold", "gauge", ("alert", "service"), "Limit of an alert for a service, from watchkeeper.yml."),
    Metric("llm_slo_events_total", "counter", ("slo", *_OWNER, "outcome"), "Calls and scores that an SLO judges, good or bad."),
    Metric("llm_slo_objective_ratio", "gauge", ("slo", "kind", "service"), "Share of events of a service that must be good, from watchkeeper.yml."),
    Metric("llm_slo_threshold", "gauge", ("slo", "kind"), "What an SLO compares an event with: seconds, US dollars or a score, from watchkeeper.yml."),
    Metric("llm_budget_limit_dollars", "gauge", ("budget", "period", "team"), "What may be spent in a period, from watchkeeper.yml; team is who is notified."),
    Metric("llm_budget_spend_dollars_total", "counter", ("budget",), "Cost of the calls that a budget counts, in US dollars."),
    Metric("llm_budget_period_spend_dollars", "gauge", ("budget", "period", "ledger"), "What was spent in the current period of a budget; exporters that share a ledger all report the same sum."),
    Metric("llm_budget_period_end_timestamp_seconds", "gauge", ("budget", "period"), "When the current period of a budget ends; rolling periods never do."),
    Metric("llm_ceiling_limit", "gauge", _CEILING, "What a run, session, agent or user (per) may use of what a ceiling limits: cost_usd, tokens, steps or seconds, from watchkeeper.yml."),
    Metric("llm_ceilings_reached_total", "counter", (*_OWNER, *_CEILING), "Runs, sessions, agents and users that reached a ceiling, once for each limit of it."),
    Metric("llm_ceiling_over_entries", "gauge", (*_OWNER, *_CEILING, "state"), "Runs, sessions, agents and users that have reached a ceiling and were heard of in the last five minutes; state is passed where a call began after that, else reached."),
    Metric("llm_coding_agent_requests_total", "counter", (*_AGENT, "model", "status"), "Model requests of coding agents by outcome."),
    Metric("llm_coding_agent_cost_dollars_total", "counter", (*_AGENT, "model"), "Cost of coding agents' model requests in US dollars; a part of llm_cost_dollars_total."),
    Metric("llm_coding_agent_tokens_total", "counter", (*_AGENT, "model", "type"), "Tokens of coding agents by type; cached_input and cache_write are parts of input."),
    Metric("llm_coding_agent_tool_decisions_total", "counter", (*_AGENT, "outcome"), "Tools of coding agents that a person let run (approved) or did not (rejected)."),
    Metric("llm_coding_agent_sessions_total", "counter", _AGENT, "Sessions of coding agents that began, by their own metrics."),
    Metric("llm_coding_agent_active_seconds_total", "counter", _AGENT, "Time that coding agents were at work or typed to, in seconds, by Claude Code's own metrics."),
    Metric("llm_coding_agent_lines_total", "counter", (*_AGENT, "type"), "Lines of code that coding agents added or removed, by their own metrics."),
    Metric("llm_coding_agent_commits_total", "counter", _AGENT, "Commits that Claude Code made, by its own metrics."),
    Metric("llm_coding_agent_pull_requests_total", "counter", _AGENT, "Pull requests that Claude Code opened, by its own metrics."),
    Metric("llm_coding_agent_user_cost_dollars", "gauge", ("spender", "team"), "What coding agents of the most expensive users (hashed) cost in the last 24 hours."),
    Metric("llm_coding_agent_user_cost_median_dollars", "gauge", (), "What coding agents of the median user cost in the last 24 hours."),
    Metric("llm_coding_agent_user_entries", "gauge", (), "Users whose coding agents cost something in the last 24 hours."),
    Metric("llm_coding_agent_quota_limit", "gauge", (*_QUOTA, "unit"), "What each user, team or tenant (per) should use in a rolling window, in usd or tokens, from watchkeeper.yml."),
    Metric("llm_coding_agent_quota_used_ratio", "gauge", (*_QUOTA, "spender", "team"), "Share of a quota that a user (hashed), team or tenant used in the window, of those that used most."),
    Metric("llm_billed_dollars", "gauge", _BILLED, "What a provider billed for the last final day of UTC (period day), and for the final days of its month that could be compared (period month), by model as the bill names it."),
    Metric("llm_billed_estimate_dollars", "gauge", _BILLED, "What calls of the same days were estimated to cost, by the same names."),
    Metric("llm_billed_difference_info", "gauge", ("provider", "explanation"), "What differs between the bill of a provider and the estimate, as one line: models, days, tiers."),
    Metric("llm_billed_day_timestamp_seconds", "gauge", ("provider",), "When the last final day began whose bill was compared."),
    Metric("watchkeeper_bill_requests_total", "counter", ("provider", "outcome"), "Requests of the analyzer for the bill of a provider: ok, or the kind of error."),
    Metric("watchkeeper_bill_lines_total", "counter", ("provider", "outcome"), "Lines of bills: read, or foreign_currency and malformed, whose days are not compared."),
    Metric("watchkeeper_ingest_requests_total", "counter", ("route", "outcome"), "Requests that brought telemetry, by what became of them."),
    Metric("watchkeeper_ingest_records_total", "counter", ("signal", "type"), "Facts taken in, by where they came from and what they are."),
    Metric("watchkeeper_ingest_rejected_total", "counter", ("signal", "reason"), "Records, or parts of them, that failed validation."),
    Metric("watchkeeper_ingest_dropped_total", "counter", ("stage", "reason"), "Records that were understood and then left out."),
    Metric("watchkeeper_lines_pushed_total", "counter", (), "Log lines that Loki took from the exporter itself, where it pushes them."),
    Metric("watchkeeper_line_push_configured", "gauge", (), "Whether the exporter pushes its log lines to Loki itself: 0 or 1."),
    Metric("watchkeeper_ingest_lag_seconds", "gauge", (), "Age of the newest telemetry when it arrived."),
    Metric("watchkeeper_traces_evaluated_total", "counter", ("reason",), "Traces that were evaluated, by why it was time."),
    Metric("watchkeeper_late_facts_total", "counter", (), "Facts that came when their trace was evaluated already; every other metric counts them."),
    Metric("watchkeeper_memory_entries", "gauge", ("memory",), "Entries of a memory that lets things count once or belong together."),
    Metric("watchkeeper_memory_limit", "gauge", ("memory",), "Entries that a memory may have."),
    Metric("watchkeeper_memory_evictions_total", "counter", ("memory",), "Entries that a memory gave up for new ones; what comes again after that counts again."),
    Metric("watchkeeper_forward_requests_total", "counter", ("destination", "signal"), "Requests delivered to other backends."),
    Metric("watchkeeper_forward_dropped_total", "counter", ("destination", "reason"), "Requests that were not delivered to another backend, or not whole."),
    Metric("watchkeeper_forward_retries_total", "counter", ("destination",), "Deliveries that failed and are tried again."),
    Metric("watchkeeper_forward_queue_bytes", "gauge", ("destination",), "Bytes of requests that wait for another backend."),
    Metric("watchkeeper_forward_audit_info", "gauge", ("destination", "api"), "By which API the analyzer asks a destination of forward whether it stored what it acknowledged; none where it is not asked."),
    Metric("watchkeeper_forward_audited_total", "counter", ("destination", "signal", "outcome"), "Samples of what a destination acknowledged, by what became of them: found there, missing, or the kind of error for which that is not known."),
    Metric("watchkeeper_forward_audit_queue_entries", "gauge", ("destination", "signal"), "Samples for which a destination is still to be asked, for the first time or again."),
    Metric("watchkeeper_forward_audit_requests_total", "counter", ("destination", "outcome"), "Requests of the analyzer to a destination for what it stored: ok, not_found, or the kind of error."),
    Metric("watchkeeper_label_overflow_total", "counter", ("service", "label", "reason"), "Label values that lost detail, because their label has no place for them (reason label_limit) or the scrape no capacity (reason series_limit)."),
    Metric("watchkeeper_label_values", "gauge", ("label", "service"), "Different values a label has taken: of each service the label with most of them, of each label the service with most."),
    Metric("watchkeeper_label_limit", "gauge", ("label",), "Different values a label may take, for each service where services have places of their own."),
    Metric("watchkeeper_series", "gauge", (), "Samples of a scrape that the exporter's own series take, each bucket counted."),
    Metric("watchkeeper_series_limit", "gauge", (), "Samples of a scrape before which new series begin to lose detail."),
    Metric("watchkeeper_service_series", "gauge", ("service",), "Samples of a scrape by service, each bucket counted."),
    Metric("watchkeeper_series_ended_total", "counter", ("metric",), "Series that ended because nothing was counted in them for limits.idle_seconds."),
    Metric("llm_top_spender_dollars", "gauge", ("kind", "spender"), "What the most expensive users and sessions of the last hour cost at least, by keyed hash."),
    Metric("llm_change_explanation_info", "gauge", ("alert", "service", "explanation"), "Why the number moved that an active alert of a service is about, as one line."),
    Metric("llm_change_cause_ratio", "gauge", ("alert", "service", "cause"), "Share of its largest causes in the change that an active alert of a service is about; below 0 what held against it."),
    Metric("watchkeeper_alerts_received_total", "counter", ("alertname", "severity", "status"), "Alerts that Alertmanager sent to the exporter."),
    Metric("watchkeeper_drill_timestamp_seconds", "gauge", ("alertname", "severity", "stage"), "When a drill of the alert last came all the way round (stage delivered), and when its end did (stage resolved)."),
    Metric("watchkeeper_watchdog_last_seen_timestamp_seconds", "gauge", (), "When the Watchdog alert last came all the way round; 0 means never."),
    Metric("watchkeeper_receiver_configured", "gauge", ("receiver", "integration"), "1 when a receiver's secret is there, 0 when its alerts go nowhere."),
    Metric("watchkeeper_disk_free_bytes", "gauge", (), "Free bytes of the disk that the exporter's state lies on, and with Docker every volume of the stack."),
    Metric("watchkeeper_disk_size_bytes", "gauge", (), "Size of the disk that the exporter's state lies on."),
    Metric("watchkeeper_url_info", "gauge", ("url",), "Where people reach the exporter's pages, the runbooks among them."),
    Metric("watchkeeper_config_info", "gauge", ("hash",), "Hash of the active watchkeeper.yml."),
    Metric("watchkeeper_rules_differ", "gauge", ("component",), "Places where the active rules or limits differ from the files; no sample while that is not known."),
    Metric("watchkeeper_job_runs_total", "counter", ("job_name", "outcome", "error_type"), "Runs of the analyzer's jobs by how they ended: ok, error, timeout, skipped because the run before was not over, blocked by what an earlier run left behind."),
    Metric("watchkeeper_job_last_success_timestamp_seconds", "gauge", ("job_name",), "When a job of the analyzer last succeeded; no sample before it has since the start."),
    Metric("watchkeeper_job_last_duration_seconds", "gauge", ("job_name",), "How long the last run of a job took, whether it succeeded or not."),
    Metric("watchkeeper_job_runs_without_success", "gauge", ("job_name",), "Runs of a job since it last succeeded, or since the start: those that failed, or those that its schedule has had, whichever is more."),
    Metric("watchkeeper_langfuse_requests_total", "counter", ("project", "outcome"), "Requests of the analyzer to a project of Langfuse: ok, or the kind of error."),
    Metric("watchkeeper_langfuse_scores_total", "counter", ("project", "outcome"), "Scores read from a project of Langfuse: taken, known from before, text that is no score, own ones that were written there, malformed."),
    Metric("watchkeeper_langfuse_observations_total", "counter", ("project", "outcome"), "Observations read from a project of Langfuse: taken, sent_here by their application, known from before, open because they have not ended or did so just now, own ones that were written there, refused by the exporter, outside of the time that was asked for, malformed."),
    Metric("watchkeeper_langfuse_verdicts_total", "counter", ("project", "outcome"), "Verdicts for a project of Langfuse: written or refused as scores; traces with bad ones queued for review, queue_refused, or queue_full for the day."),
    Metric("watchkeeper_langfuse_cost_dollars_total", "counter", ("project", "model", "source"), "Cost of the calls that a project of Langfuse and this stack both know, as langfuse and as watchkeeper put it."),
    Metric("watchkeeper_langfuse_cost_difference_dollars_total", "counter", ("project", "model", "reason"), "By how much the two costs of calls differ: unpriced_here, unpriced_in_langfuse, tokens, cached_tokens, model_name, price."),
    Metric("watchkeeper_langfuse_compared_calls_total", "counter", ("project", "outcome"), "Calls of a project of Langfuse whose cost was to be compared: compared, not_here because no line here has their ids, open because they have not ended, malformed."),
    Metric("watchkeeper_langfuse_alerts_total", "counter", ("project", "outcome"), "Events of alerts for a project of Langfuse, one when an alert fires and one when it resolves: written or refused."),
    Metric("watchkeeper_langfuse_queue_entries", "gauge", ("project", "queue"), "Items that wait for a person in an annotation queue of a project of Langfuse."),
    Metric("watchkeeper_langfuse_queue_age_seconds", "gauge", ("project", "queue"), "How long the first of the items that wait in an annotation queue of Langfuse has waited; 0 when none does."),
    Metric("watchkeeper_langfuse_lag_seconds", "gauge", ("project", "signal"), "How far the analyzer is behind with reading the scores, the observations or the costs of a project of Langfuse."),
    Metric("llm_drift_score", "gauge", _DRIFT, "How far the distribution of a feature is from its reference window, by method; of time series how far the last hour is from what is usual, in standard deviations."),
    Metric("llm_drift_pvalue", "gauge", _DRIFT, "How often samples without drift differ as much by chance, by the method that decides."),
    Metric("llm_drift_limit", "gauge", ("service", "feature", "limit", *_SIDES), "What PSI must exceed besides the textbook limits: what chance explains (chance), and the 95th percentile of the series' own 30 days (own_history)."),
    Metric("llm_drift_sample_size", "gauge", ("service", "feature", "window", *_SIDES), "Values in the current and the reference window of a feature."),
    Metric("llm_drift_bin_ratio", "gauge", ("service", "feature", "window", "bin"), "Share of the values of a feature in each bin, in the current and the reference window; of what has moved alone."),
    Metric("llm_drift_window_seconds", "gauge", ("service", "feature"), "How long the current window of a feature is."),
    Metric("llm_drift_accepted_timestamp_seconds", "gauge", ("service", "feature"), "Since when a change of a feature is accepted, by watchkeeper drift accept; what was before is no reference."),
    Metric("watchkeeper_drift_timestamp_seconds", "gauge", (), "When the analyzer last compared features."),
    Metric("llm_drift_verdict", "gauge", ("service", "feature", "topic", "verdict", "reason", *_SIDES), "Always 1: the verdict on a feature (learning, no_data, steady, shifting, drifted), with its reason."),
    Metric("watchkeeper_price_table_timestamp_seconds", "gauge", (), "When the older of the price tables was published."),
)  # fmt: skip

# Both outcomes of an objective are there for as long as its service is: no failures for days are 0 and not nothing.
ENDS_WITH_SERVICE = frozenset({"llm_slo_events_total"})
