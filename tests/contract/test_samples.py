"""What calls cost in samples, as docs/decisions/0022-series-end.md promises: a metric that takes more fails here."""

import re
from collections.abc import Iterator
from decimal import Decimal
from io import BytesIO
from itertools import product
from pathlib import Path

from tests.support.facts import NOW, make_call, make_context

from watchkeeper.analyzer.comparison.features import FEATURES, SIDE_BY_SIDE
from watchkeeper.config import load_config
from watchkeeper.exporter.parts import Exporter
from watchkeeper.exporter.sinks.metrics import MetricsSink
from watchkeeper.metrics.admission import LabelAdmission
from watchkeeper.metrics.catalogue import METRICS
from watchkeeper.metrics.exposition import render
from watchkeeper.metrics.store import MetricStore
from watchkeeper.model import Cost, LlmCall, Usage

ROOT = Path(__file__).parents[2]
DECISION = (ROOT / "docs" / "decisions" / "0022-series-end.md").read_text(encoding="utf-8")
SERVICES, PROMPTS, VERSIONS, MODELS = 60, 5, 3, 2
MOST_SAMPLES = 45
TYPES = {"input", "output", "cached_input", "reasoning"}


def call(service: int = 0, prompt: int = 0, version: int = 0, model: int = 0) -> LlmCall:
    """A stream that ended well, with four types of tokens and a price, of a model whose window is known."""
    return make_call(
        context=make_context(
            service=f"service-{service}",
            team=f"team-{service % 10}",
            prompt=f"p{prompt}",
            prompt_version=f"v{version}",
            model=f"gpt-4o{'-mini' * model}",
        ),
        usage=Usage(input=900, output=90, cached_input=100, reasoning=20),
        time_to_first_token_seconds=0.3,
        finish_reasons=("stop",),
        cost=Cost(usd=Decimal("0.01"), source="table", price_date="2026-11-01"),
    )


def company(services: int) -> Iterator[LlmCall]:
    """Each combination of service, prompt, version and model once."""
    places = product(range(services), range(PROMPTS), range(VERSIONS), range(MODELS))
    return (call(*place) for place in places)


def samples(store: MetricStore) -> int:
    """How many a scrape shows."""
    lines = "".join(render(store, openmetrics=False)).splitlines()
    return sum(not line.startswith("#") for line in lines)


def counted(*calls: LlmCall) -> MetricStore:
    """The store of what calls alone count in."""
    store = MetricStore(METRICS)
    sink = MetricsSink(store, LabelAdmission({}, lambda *_: None), lambda _: None)
    for one in calls:
        sink.take(one, NOW)
    return store


def test_sixty_services_take_at_most_so_many_samples_a_combination(tmp_path: Path) -> None:
    """The whole scrape, with limits, objectives and what the exporter says of itself."""
    (tmp_path / "watchkeeper.yml").write_text("{}")
    parts = Exporter(load_config(tmp_path / "watchkeeper.yml", {}), BytesIO())

    for one in company(SERVICES):
        parts.sinks.metrics.take(one, NOW)

    assert samples(parts.store) <= MOST_SAMPLES * SERVICES * PROMPTS * VERSIONS * MODELS
    parts.writer.close()


def test_the_decision_says_what_a_version_a_model_and_a_combination_take() -> None:
    """Its table is what calls take now."""
    first, service = samples(counted(call())), samples(counted(*company(1)))

    version = samples(counted(call(), call(version=1))) - first
    model = samples(counted(call(), call(model=1))) - first - version
    average = service / (PROMPTS * VERSIONS * MODELS)

    assert re.search(rf"^\| \*\*for each version\*\* \|.*\| \*\*{version}\*\* \|$", DECISION, re.MULTILINE)
    assert re.search(rf"^\| \*\*for each model of a service\*\* \|.*\| \*\*{model}\*\* \|$", DECISION, re.MULTILINE)
    assert f"takes {average:.1f} for each combination" in DECISION


def test_whoever_reads_sizes_in_tokens_asks_for_types_that_are_counted() -> None:
    """Rules, panels, runbooks and features; other types are in llm_tokens_total alone."""
    store = counted(call())
    files = [file for folder in ("prometheus/rules", "grafana/dashboards", "docs/runbooks") for file in read(folder)]

    asked = {found for text in files for found in re.findall(r'llm_request_tokens\w*\{[^}]*type=\\?"(\w+)', text)}
    asked |= {where for one in FEATURES + SIDE_BY_SIDE for where in re.findall(r'type="(\w+)"', one.where)}

    sizes, tokens = store.histograms["llm_request_tokens"], store.families["llm_tokens_total"]
    assert asked == {values[-1] for values in sizes.series}
    assert {values[-1] for values in tokens.series} == TYPES


def read(folder: str) -> Iterator[str]:
    """The text of each file below a folder of the project."""
    return (file.read_text(encoding="utf-8") for file in (ROOT / folder).rglob("*") if file.is_file())
