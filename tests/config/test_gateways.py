"""The rules about gateways read what LiteLLM's proxy exposes: see captured/gateways."""

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from math import isfinite
from pathlib import Path

import pytest
import yaml
from prometheus_client.parser import text_string_to_metric_families
from prometheus_client.samples import Sample
from tests.config.conftest import Run
from tests.support.documents import code_blocks
from tests.support.panels import DEFAULTS, PanelQuery, panel_queries

ROOT = Path(__file__).parents[2]
CAPTURED = Path(__file__).parent / "captured/gateways"
NAMES = sorted(file.stem for file in CAPTURED.glob("*.txt"))
GROUPS = ["llm_cost", "gateway_requests", "gateway_deployments", "gateway_money"]
MINUTES = 70
TARGET = {"instance": "gateway:4000", "job": "services", "service": "llm-gateway", "team": "platform"}

# What clients asked for in the recorded run, as captured/gateways/README.md has it.
ASKED = {"good": 10, "flaky": 4, "doomed": 5, "alone": 3, "unpriced": 2}
FAILED = {"doomed": 5, "alone": 3}
EXHAUSTED = {"doomed": 5}
LEFT = {("team", "shop"): 0.04973, ("team", "search"): 0.9, ("key", "checkout-key"): 0.79946}
# What the exporter counted of the spans of that run.
COUNTED_DOLLARS = 0.00378


def samples_of(name: str) -> list[Sample]:
    """What the proxy exposes."""
    text = (CAPTURED / f"{name}.txt").read_text(encoding="utf-8")
    samples = [sample for family in text_string_to_metric_families(text) for sample in family.samples]
    # What a key without a limit has left is infinite, which promtool cannot play.
    return [sample for sample in samples if isfinite(sample.value)]


def played(name: str) -> Iterator[dict[str, str]]:
    """What Prometheus would hold when each minute counts as much as the text has: a label of the target wins."""
    for sample in samples_of(name):
        own = {f"exported_{label}" if label in TARGET else label: value for label, value in sample.labels.items()}
        labels = ",".join(f'{label}="{value}"' for label, value in {**own, **TARGET}.items())
        values = f"0+{sample.value}x{MINUTES}" if sample.name.endswith("_total") else f"{sample.value}x{MINUTES}"
        yield {"series": f"{sample.name}{{{labels}}}", "values": values}


def counted_here() -> dict[str, str]:
    """What the exporter counted in each of these minutes."""
    series = 'llm_cost_dollars_total{service="llm-gateway",team="shop",provider="openai",model="good"}'
    return {"series": series, "values": f"0+{COUNTED_DOLLARS}x{MINUTES}"}


def result_of(folder: Path, run: Run, prometheus: Path, test: Mapping[str, object]) -> str:
    """Run promtool on the rules with this test; what it complains about."""
    rules = [str(prometheus / f"rules/recording/{name}.yml") for name in ("usage", "gateway")]
    content = {
        "rule_files": rules,
        "group_eval_order": GROUPS,
        "evaluation_interval": "1m",
        "fuzzy_compare": True,
        "tests": [{"interval": "1m", **test}],
    }
    file = folder / "gateways.yml"
    file.write_text(yaml.safe_dump(content, width=10_000), encoding="utf-8")
    done = run("promtool", "test", "rules", str(file))
    return "" if done.returncode == 0 else done.stdout + done.stderr


def by_model(record: str, numbers: Mapping[str, float]) -> dict[str, object]:
    """One value for each model that was asked for."""
    samples = [{"labels": f'{{requested_model="{model}"}}', "value": value} for model, value in numbers.items()]
    return asked(f"sum by (requested_model) (round({record}, 1e-9)) > 0", samples)


def asked(query: str, samples: list[dict[str, object]]) -> dict[str, object]:
    """What a query must answer at the end."""
    return {"expr": query, "eval_time": f"{MINUTES}m", "exp_samples": samples}


def one(query: str, value: float) -> dict[str, object]:
    """One value, whatever the labels."""
    return asked(f"sum(round({query}, 1e-9))", [{"labels": "{}", "value": value}])


def cooldowns(name: str) -> Counter[str]:
    """How often deployments of each model were cooled down, added up without PromQL."""
    found: Counter[str] = Counter()
    for sample in samples_of(name):
        if sample.name == "litellm_deployment_cooled_down_total":
            found[sample.labels["litellm_model_name"]] += int(sample.value)
    return found


@pytest.mark.parametrize("name", NAMES)
def test_every_version_is_read_in_one_vocabulary(name: str, plain_prometheus: Path, tmp_path: Path, run: Run) -> None:
    """Each recorded metric is that of the run which the text is of, whatever labels the proxy has."""
    in_ten = {model: 10.0 * count for model, count in ASKED.items()}
    # LiteLLM counts what a fallback answered under the model of the fallback.
    in_ten["good"] += 10.0 * ASKED["flaky"]
    cooled = [{"labels": f'{{litellm_model_name="{of}"}}', "value": 30 * n} for of, n in cooldowns(name).items()]
    left = [{"labels": f'{{scope="{sort}",account="{who}"}}', "value": share} for (sort, who), share in LEFT.items()]
    expected = [
        by_model("service_requested:gateway_requests:increase10m", in_ten),
        by_model("service_requested:gateway_requests_failed:increase10m", {of: 10 * n for of, n in FAILED.items()}),
        by_model(
            "service_requested:gateway_fallbacks_exhausted:increase10m", {of: 10 * n for of, n in EXHAUSTED.items()}
        ),
        by_model("service_requested:gateway_fallbacks_exhausted:ratio10m", dict.fromkeys(EXHAUSTED, 1.0)),
        asked("sum by (litellm_model_name) (round(service_deployment:gateway_cooldowns:increase30m, 1e-9))", cooled),
        one("service:gateway_spend_dollars:increase1h", 60 * COUNTED_DOLLARS),
        one("service:gateway_spend_captured:ratio1h", 1),
        asked("min by (scope, account) (round(service_account:gateway_budget_remaining:ratio, 1e-9))", left),
    ]

    problems = result_of(
        tmp_path,
        run,
        plain_prometheus,
        {"input_series": [*played(name), counted_here()], "promql_expr_test": expected},
    )

    assert problems == ""
    assert cooldowns(name)["doomed"] == 1


def panels() -> list[PanelQuery]:
    """What the page asks Prometheus, for one chosen gateway; limits are drawn where data comes near."""
    queries = panel_queries({**DEFAULTS, "service": "llm-gateway"})
    shown = [query for query in queries if query.dashboard == "gateways" and not query.panel.startswith("annotation")]
    return [query for query in shown if "llm_alert_threshold" not in query.expr]


def test_every_panel_of_the_page_shows_the_proxy(plain_prometheus: Path, tmp_path: Path, run: Run) -> None:
    """With the configuration of the how-to no panel is empty."""
    queries = panels()
    expected = [asked(f"count({query.expr}) > bool 0", [{"labels": "{}", "value": 1}]) for query in queries]

    problems = result_of(
        tmp_path,
        run,
        plain_prometheus,
        {"input_series": [*played("litellm-1.108.7"), counted_here()], "promql_expr_test": expected},
    )

    assert len(queries) > 15
    assert problems == ""


def test_a_stack_without_gateways_records_nothing(plain_prometheus: Path, tmp_path: Path, run: Run) -> None:
    """Not even zeros: what is not used costs no series."""
    expected = [
        asked('{__name__=~".*:gateway_.*"}', []),
        asked("count(service:llm_cost_dollars:increase1h)", [{"labels": "{}", "value": 1}]),
    ]

    problems = result_of(
        tmp_path, run, plain_prometheus, {"input_series": [counted_here()], "promql_expr_test": expected}
    )

    assert problems == ""


def read_metrics() -> set[str]:
    """What rules and the page read of the proxy, by the names in its file, where counters have no suffix."""
    rules = [file.read_text(encoding="utf-8") for file in (ROOT / "prometheus/rules").rglob("gateway.yml")]
    expressions = [
        rule.get("expr", "") for text in rules for group in yaml.safe_load(text)["groups"] for rule in group["rules"]
    ]
    found = re.findall(r"\blitellm_\w+", " ".join([*expressions, *(query.expr for query in panels())]))
    return {name.removesuffix("_total") for name in found} - {"litellm_model_name"}


def test_the_how_to_lets_the_proxy_expose_what_is_read_and_no_ids_of_people() -> None:
    """Every metric of rules and panels is in its file, and no other; no label of it names a person."""
    [file, *_] = [
        block.text for block in code_blocks(ROOT / "docs/how-to/watch-a-gateway.md") if block.language == "yaml"
    ]
    groups = yaml.safe_load(file)["litellm_settings"]["prometheus_metrics_config"]

    exposed = [name for group in groups for name in group["metrics"]]
    labels = {label for group in groups for label in group["include_labels"]}
    shown = {name for sample in samples_of("litellm-1.108.7") for name in sample.labels}

    assert sorted(exposed) == sorted(read_metrics())
    assert not labels & {"user", "user_email", "end_user", "client_ip", "user_agent"}
    assert labels <= shown
