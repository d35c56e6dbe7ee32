"""The rules about inference servers read what real ones expose: see captured/inference."""

from collections.abc import Iterable, Iterator, Mapping
from math import isfinite
from pathlib import Path

import pytest
import yaml
from prometheus_client.parser import text_string_to_metric_families
from prometheus_client.samples import Sample
from tests.config.conftest import Run
from tests.support.panels import DEFAULTS, PanelQuery, panel_queries

ROOT = Path(__file__).parents[2]
CAPTURED = Path(__file__).parent / "captured/inference"
GROUPS = ["inference_servers", "inference_latency", "inference_prefix_cache", "inference_gpus"]
MINUTES = 40
PER_SECOND, IN_TEN, IN_THIRTY, AS_IT_IS = 1 / 60, 10, 30, 1
RUNNING, WAITING = "instance_server:inference_requests_running:sum", "instance_server:inference_requests_waiting:sum"
KV_CACHE, PREEMPTED = (
    "instance_server:inference_kv_cache_used:ratio",
    "instance_server:inference_preemptions:increase10m",
)
INPUT, OUTPUT = "instance_server:inference_input_tokens:rate5m", "instance_server:inference_output_tokens:rate5m"
FIRST, BETWEEN, QUEUE = (
    f'service_server:inference_{what}_seconds_bucket:rate5m{{le="+Inf"}}'
    for what in ("first_token", "between_tokens", "queue")
)
HITS, LOOKED_UP = (
    "service_server:inference_prefix_hits:increase30m",
    "service_server:inference_prefix_queries:increase30m",
)
FACTORS = {
    **dict.fromkeys((RUNNING, WAITING, KV_CACHE), AS_IT_IS),
    **dict.fromkeys((INPUT, OUTPUT, FIRST, BETWEEN, QUEUE), PER_SECOND),
    **dict.fromkeys((HITS, LOOKED_UP), IN_THIRTY),
    PREEMPTED: IN_TEN,
}
_VLLM = {
    RUNNING: ("vllm:num_requests_running",),
    WAITING: ("vllm:num_requests_waiting",),
    INPUT: ("vllm:prompt_tokens_total",),
    OUTPUT: ("vllm:generation_tokens_total",),
    PREEMPTED: ("vllm:num_preemptions_total",),
    FIRST: ("vllm:time_to_first_token_seconds_count",),
    QUEUE: ("vllm:request_queue_time_seconds_count",),
}
_SGLANG = {
    RUNNING: ("sglang:num_running_reqs",),
    WAITING: ("sglang:num_queue_reqs",),
    KV_CACHE: ("sglang:token_usage",),
    INPUT: ("sglang:prompt_tokens_total",),
    OUTPUT: ("sglang:generation_tokens_total",),
    FIRST: ("sglang:time_to_first_token_seconds_count",),
    BETWEEN: ("sglang:inter_token_latency_seconds_count",),
    HITS: ("sglang:cached_tokens_total",),
    LOOKED_UP: ("sglang:prompt_tokens_total",),
}
_LLAMA = {
    RUNNING: ("llamacpp:requests_processing",),
    WAITING: ("llamacpp:requests_deferred",),
    OUTPUT: ("llamacpp:tokens_predicted_total",),
}
# What each recorded metric is the sum of; what is not listed the version does not report.
REPORTED: dict[str, dict[str, tuple[str, ...]]] = {
    "vllm-0.32.0": _VLLM
    | {
        KV_CACHE: ("vllm:kv_cache_usage_perc",),
        BETWEEN: ("vllm:inter_token_latency_seconds_count",),
        HITS: ("vllm:prefix_cache_hits_total",),
        LOOKED_UP: ("vllm:prefix_cache_queries_total",),
    },
    "vllm-0.8.5": _VLLM
    | {
        KV_CACHE: ("vllm:gpu_cache_usage_perc",),
        BETWEEN: ("vllm:time_per_output_token_seconds_count",),
        HITS: ("vllm:gpu_prefix_cache_hits_total",),
        LOOKED_UP: ("vllm:gpu_prefix_cache_queries_total",),
    },
    "sglang-0.5.23": _SGLANG
    | {PREEMPTED: ("sglang:num_retracted_requests_total",), QUEUE: ("sglang:queue_time_seconds_count",)},
    "sglang-0.4.6": _SGLANG,
    "tgi-003eaec": {
        RUNNING: ("tgi_batch_current_size",),
        WAITING: ("tgi_queue_size",),
        INPUT: ("tgi_request_input_length_sum",),
        OUTPUT: ("tgi_request_generated_tokens_sum",),
        BETWEEN: ("tgi_request_mean_time_per_token_duration_count",),
        QUEUE: ("tgi_request_queue_duration_count",),
    },
    "llama.cpp-b10434": _LLAMA
    | {
        INPUT: ("llamacpp:prompt_tokens_total", "llamacpp:prompt_tokens_cached_total"),
        HITS: ("llamacpp:prompt_tokens_cached_total",),
        LOOKED_UP: ("llamacpp:prompt_tokens_total", "llamacpp:prompt_tokens_cached_total"),
    },
    "llama.cpp-53dd4be": _LLAMA
    | {
        KV_CACHE: ("llamacpp:kv_cache_usage_ratio",),
        INPUT: ("llamacpp:prompt_tokens_total",),
        LOOKED_UP: ("llamacpp:prompt_tokens_total",),
    },
}
# As the targets file of a server whose metrics have no model.
TARGET = {"instance": "gpu1:8000", "job": "services", "service": "own", "team": "t", "model": "tiny"}


def samples_of(name: str) -> list[Sample]:
    """What a server exposes."""
    text = (CAPTURED / f"{name}.txt").read_text(encoding="utf-8")
    samples = [sample for family in text_string_to_metric_families(text) for sample in family.samples]
    # A gauge that was not measured yet is NaN, which promtool cannot play.
    return [sample for sample in samples if isfinite(sample.value)]


def total(samples: Iterable[Sample], names: Iterable[str]) -> float:
    """The sum of these metrics, added up without PromQL."""
    return sum(sample.value for sample in samples if sample.name in names)


def played(samples: Iterable[Sample], minutes: int, target: Mapping[str, str]) -> Iterator[dict[str, str]]:
    """What Prometheus would hold when each minute counts as much as the text has."""
    for sample in samples:
        counts = sample.name.endswith(("_total", "_sum", "_count", "_bucket"))
        labels = ",".join(f'{name}="{value}"' for name, value in {**sample.labels, **target}.items())
        values = f"0+{sample.value}x{minutes}" if counts else f"{sample.value}x{minutes}"
        yield {"series": f"{sample.name}{{{labels}}}", "values": values}


def result_of(folder: Path, run: Run, test: Mapping[str, object], prometheus: Path = ROOT / "prometheus") -> str:
    """Run promtool on the shipped rules with this test; what it complains about."""
    content = {
        "rule_files": [str(prometheus / "rules/recording/inference.yml")],
        "group_eval_order": GROUPS,
        "evaluation_interval": "1m",
        "fuzzy_compare": True,
        "tests": [test],
    }
    file = folder / "inference.yml"
    file.write_text(yaml.safe_dump(content, width=10_000), encoding="utf-8")
    done = run("promtool", "test", "rules", str(file))
    return "" if done.returncode == 0 else done.stdout + done.stderr


def expected(query: str, value: float | None) -> dict[str, object]:
    """One value whatever the labels, or none at all."""
    samples = [] if value is None else [{"labels": "{}", "value": value}]
    return {"expr": f"sum({query})", "eval_time": f"{MINUTES}m", "exp_samples": samples}


def test_each_captured_server_is_read() -> None:
    """No text lies there unread, and each engine has two versions but TGI, whose names have not changed."""
    assert {file.stem for file in CAPTURED.glob("*.txt")} == REPORTED.keys() | {"dcgm-4"}


@pytest.mark.parametrize("name", REPORTED)
def test_every_version_is_read_in_one_vocabulary(name: str, tmp_path: Path, run: Run) -> None:
    """Each recorded metric is the sum of what the text has; what a version does not report has no series."""
    samples = samples_of(name)
    sums = {query: factor * total(samples, REPORTED[name].get(query, ())) for query, factor in FACTORS.items()}
    asked = [expected(query, value if query in REPORTED[name] else None) for query, value in sums.items()]
    engine = name.rpartition("-")[0]
    labelled = {
        "expr": f"count by (service, team, engine, model) ({RUNNING})",
        "eval_time": f"{MINUTES}m",
        "exp_samples": [{"labels": f'{{service="own",team="t",engine="{engine}",model="tiny"}}', "value": 1}],
    }
    series = list(played(samples, MINUTES, TARGET))

    problems = result_of(
        tmp_path, run, {"interval": "1m", "input_series": series, "promql_expr_test": [*asked, labelled]}
    )

    assert problems == ""
    assert sums[RUNNING] > 0
    assert sums[WAITING] > 0


# The lines of limits are drawn where data comes near, and a day before needs one.
_NEEDS_MORE = ("llm_alert_threshold", ":ratio1d")


def panels() -> list[PanelQuery]:
    """What the page asks Prometheus, for one chosen server."""
    asked = panel_queries({**DEFAULTS, "service": "own"})
    shown = [query for query in asked if query.dashboard == "inference" and not query.panel.startswith("annotation")]
    return [query for query in shown if not any(word in query.expr for word in _NEEDS_MORE)]


def test_every_panel_of_the_page_shows_a_server_with_its_gpus(tmp_path: Path, run: Run) -> None:
    """vLLM, DCGM under the same service, a price, and an application that calls the model."""
    gpus = {"instance": "gpu1:9400", "job": "services", "service": "own", "team": "t"}
    called = (
        'service_model:llm_request_duration_seconds:p95_rate5m{service="shop",team="t",provider="vllm",model="tiny"}'
    )
    series = [
        *played(samples_of("vllm-0.32.0"), MINUTES, TARGET),
        *played(samples_of("dcgm-4"), MINUTES, gpus),
        {"series": called, "values": f"2x{MINUTES}"},
        {"series": 'llm_inference_hourly_cost_dollars{service="own"}', "values": f"9.96x{MINUTES}"},
    ]
    queries = panels()
    asked = [
        {"expr": f"count({query.expr}) > bool 0", "eval_time": "35m", "exp_samples": [{"labels": "{}", "value": 1}]}
        for query in queries
    ]

    problems = result_of(tmp_path, run, {"interval": "1m", "input_series": series, "promql_expr_test": asked})

    assert len(queries) > 15
    assert problems == ""


def test_a_stack_without_inference_servers_records_nothing(tmp_path: Path, run: Run) -> None:
    """Not even zeros: what is not used costs no series."""
    other = [{"series": 'http_requests_total{service="shop",status="200"}', "values": f"0+1x{MINUTES}"}]
    asked = [
        {"expr": '{__name__=~".*:(inference|gpu)_.*"}', "eval_time": f"{MINUTES}m", "exp_samples": []},
        {
            "expr": "count(http_requests_total)",
            "eval_time": f"{MINUTES}m",
            "exp_samples": [{"labels": "{}", "value": 1}],
        },
    ]

    problems = result_of(tmp_path, run, {"interval": "1m", "input_series": other, "promql_expr_test": asked})

    assert problems == ""
