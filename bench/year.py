"""A year in minutes: does everything stay by its name, and how large does the exporter become?

    .venv/bin/python bench/year.py              # companies of 5, 60 and 200 services
    .venv/bin/python bench/year.py --services 60 --days 30
    .venv/bin/python bench/year.py --services 200 --series 300000

Every service has five prompts, two models at a time and from five to thirty tenants. Prompts get new versions (two
deployments a day for five services), models are replaced after some months, offices are closed at weekends and for ten
days in winter, and one service invents names. Calls go through the exporter's own counting; its clock is simulated.
"""

import argparse
import io
import json
import random
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path

from watchkeeper.config import load_config
from watchkeeper.exporter.parts import Exporter
from watchkeeper.metrics import snapshot
from watchkeeper.metrics.catalogue import METRICS
from watchkeeper.metrics.exposition import render
from watchkeeper.metrics.store import DEFAULT_SERIES, MetricStore
from watchkeeper.model import Context, Cost, LlmCall, Usage

DAY, HOUR = 86_400, 3600
START = 1_767_225_600  # 1 January 2026
PROMPTS = 5
TENANTS, FEW_TENANTS, BUSY_SHARE = 30, 5, 10
DEPLOYMENTS_A_DAY_OF_FIVE = 2
MODEL_DAYS = 120
INVENTED_A_DAY = 200
CLOSED = range(355, 365)
WORKDAYS = 5
COST = Cost(usd=Decimal("0.0031"), source="table", price_date="2026-01-01")
DETAIL = ("prompt_version", "prompt", "model", "tenant", "service")


@dataclass
class Company:
    """Who calls what today."""

    services: int
    chance: random.Random = field(default_factory=lambda: random.Random(7))  # noqa: S311  # a simulation
    versions: dict[tuple[int, int], int] = field(default_factory=dict)

    def deploy(self) -> None:
        """Give some prompts a new version."""
        for _ in range(max(1, DEPLOYMENTS_A_DAY_OF_FIVE * self.services // 5)):
            place = self.chance.randrange(self.services), self.chance.randrange(PROMPTS)
            self.versions[place] = self.versions.get(place, 0) + 1

    def calls(self, day: int) -> Iterator[Context]:
        """Each combination of a day once; half of the services rest when offices are closed."""
        is_closed = day % 7 >= WORKDAYS or day in CLOSED
        for service in range(self.services):
            if is_closed and service % 2:
                continue
            for prompt in range(PROMPTS):
                version = self.versions.get((service, prompt), 0)
                for model in range(2):
                    generation = (day + 17 * service + 60 * model) // MODEL_DAYS
                    for tenant in range(TENANTS if service % BUSY_SHARE == 0 else FEW_TENANTS):
                        names = f"model-{model}.{generation}", f"p{prompt}", f"v{version}", f"tenant-{tenant}"
                        yield self.context(service, names, day)
        for number in range(INVENTED_A_DAY):
            name = f"{day}-{number}"
            yield self.context(self.services, (f"m-{name}", f"p-{name}", f"v-{name}", f"t-{name}"), day)

    def context(self, service: int, names: tuple[str, str, str, str], day: int) -> Context:
        """A call of a service; names of model, prompt, version and tenant."""
        model, prompt, version, tenant = names
        name = "inventor" if service == self.services else f"service-{service}"
        return Context(
            time_ns=(START + day * DAY) * 10**9,
            service=name,
            team=f"team-{service % 12}",
            tenant=tenant,
            operation="chat",
            provider="openai",
            model=model,
            prompt=prompt,
            prompt_version=version,
        )


@dataclass
class Year:
    """What was seen in the course of it."""

    most_samples: int = 0
    calls: int = 0
    folded: Counter[str] = field(default_factory=Counter)
    unnamed_versions: int = 0
    seen_versions: int = 0
    seconds: float = 0.0


def play(company: Company, parts: Exporter, days: int) -> Year:
    """Let the days pass: a tick of the exporter's clock every six hours."""
    year, life = Year(), parts.store.life
    life.tick_seconds = 6 * HOUR
    before: dict[tuple[str, ...], float] = {}
    started = time.process_time()
    for day in range(days):
        company.deploy()
        for part in range(4):
            now = START + day * DAY + part * 6 * HOUR
            parts.ageing.tick(now)
            if part == 1:
                for context in company.calls(day):
                    call = LlmCall(
                        context=context,
                        usage=Usage(input=900, output=100),
                        duration_seconds=1.2,
                        time_to_first_token_seconds=0.3,
                        finish_reasons=("stop",),
                        cost=COST,
                    )
                    parts.sinks.metrics.take(call, now)
                    parts.sinks.changes.take(call, now)
        before = look(company, parts, year, before)
    year.seconds = time.process_time() - started
    return year


def look(
    company: Company, parts: Exporter, year: Year, before: dict[tuple[str, ...], float]
) -> dict[tuple[str, ...], float]:
    """Add what a day counted; the inventor's own calls are no one's loss."""
    family = parts.store.families["llm_requests_total"]
    labels = family.metric.labels
    now = {values: float(series.value) for values, series in family.series.items()}
    named = set()
    for values, count in now.items():
        row = dict(zip(labels, values, strict=True))
        named.add((row["service"], row["prompt"], row["prompt_version"]))
        more = count - before.get(values, 0.0) if count >= before.get(values, 0.0) else count
        if row["service"] != "inventor" and more:
            year.calls += int(more)
            year.folded.update({label: int(more) for label in DETAIL if row[label] in ("other", "older")})
    newest = {(f"service-{s}", f"p{p}", f"v{v}") for (s, p), v in company.versions.items()}
    called = {values[:1] + values[5:6] for values in now if is_of_today(parts, values)}
    today = {place for place in newest if place[:2] in called}
    year.seen_versions += len(today)
    year.unnamed_versions += len(today - named)
    year.most_samples = max(year.most_samples, parts.store.series_count())
    return now


def is_of_today(parts: Exporter, values: tuple[str, ...]) -> bool:
    """Whether a series counted something since the last look: closed offices do not call with a new version."""
    series = parts.store.families["llm_requests_total"].series[values]
    return parts.store.life.seconds - series.touched < DAY


def sizes(parts: Exporter, folder: Path) -> dict[str, str]:
    """Memory, scrape, snapshot and restart of what there is now."""
    started = time.process_time()
    scrape = sum(len(piece) for piece in render(parts.store, openmetrics=True))
    scraped = time.process_time() - started
    snapshot.save(parts.store, folder)
    size = sum(file.stat().st_size for file in folder.iterdir())
    started = time.process_time()
    snapshot.restore(MetricStore(METRICS), folder)
    restored = time.process_time() - started
    status = Path("/proc/self/status").read_text(encoding="utf-8")
    resident = int(next(line for line in status.splitlines() if line.startswith("VmRSS")).split()[1]) / 1024
    places = sum(len(places) for places in parts.admission._places.values())  # noqa: SLF001  # a bench looks inside
    return {
        "samples now": f"{parts.store.series_count():,}",
        "memory": f"{resident:.0f} MiB",
        "scrape": f"{scraped * 1e3:.0f} ms, {scrape / 1e6:.0f} MB",
        "snapshot": f"{size / 1e6:.1f} MB, restored in {restored * 1e3:.0f} ms",
        "places of labels": f"{places:,}",
        "versions remembered": f"{len(parts.sinks.changes):,}",
    }


def main() -> None:
    """Print a table for each company."""
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--services", type=int, action="append", help="only a company of so many services")
    options.add_argument("--days", type=int, default=365)
    options.add_argument("--series", type=int, default=DEFAULT_SERIES, help="limits.series")
    chosen = options.parse_args()
    for services in chosen.services or (5, 60, 200):
        with tempfile.TemporaryDirectory() as name:
            folder = Path(name)
            limits = {"series": chosen.series}
            (folder / "watchkeeper.yml").write_text(json.dumps({"limits": limits}))
            parts = Exporter(load_config(folder / "watchkeeper.yml", {}), io.BytesIO())
            company = Company(services)
            year = play(company, parts, chosen.days)
            folded = {label: f"{year.folded[label] / max(year.calls, 1):.2%}" for label in DETAIL}
            print(f"{services} services, {chosen.days} days, {year.calls:,} calls, {year.seconds:.0f} s of CPU")
            print(f"  most samples: {year.most_samples:,}")
            print(f"  calls under other or older: {folded}")
            print(f"  newest versions without their name: {year.unnamed_versions} of {year.seen_versions:,}")
            for title, figure in sizes(parts, folder / "state").items():
                print(f"  {title}: {figure}")
            parts.writer.close()


if __name__ == "__main__":
    main()
