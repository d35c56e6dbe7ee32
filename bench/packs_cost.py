"""What the packs cost, switched off and in use: scrapes of the exporter and of servers, series, and their rules.

    PYTHONPATH=. .venv/bin/python bench/packs_cost.py [--write]

In use are 20 inference servers with a GPU each, a gateway, and 200 users of coding agents. The exporter is filled by
requests; servers expose what real ones did, and a real Prometheus scrapes them. What all expose is written as six hours
of samples into another Prometheus, which evaluates the rules of each pack, and those of no pack, ten times.
--write puts the figures into packs_measured/figures.json, for docs/reference/packs.md.
"""

import re
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from urllib.parse import urlsplit

import msgspec
import numpy as np
import yaml
from alerts_measured.store import Labels, Store, running
from docs.reference.packs_cost import FIGURES, Figures, Rules, Scrape
from packs_measured.exposed import ROOT, SERVERS, USERS, captured, run_exporter, usual, with_packs
from prometheus_client.parser import text_string_to_metric_families
from rules_cost import Timed, cpu_seconds, timed
from tests.support.exporter import ExporterInTest
from tests.support.http_server import Quiet, serving
from tests.support.programs import obtain_programs

OTHERS = "everything else"
# Samples as scraped for the longest that most rules look back, before that one a minute.
SCRAPE, RECENT, MINUTES = 0.25, 70, 360
NOW = MINUTES
TURNS = 20
# Asked over HTTP it takes what every rule takes to be asked here, and no rule takes to be evaluated.
_NOTHING = Timed(name="nothing", expr="vector(1) > 2", labels={}, every=15)
_SCRAPED_SECONDS, _SCRAPE_EVERY = 30, 2
# A counter of a text gains its value in so many minutes.
_GAINED_MINUTES = 60
_COUNTS = ("_total", "_sum", "_count", "_bucket")
Exposed = Sequence[tuple[Labels, str]]


def main() -> None:
    """Measure both states one after the other, and print them."""
    figures = Figures(SERVERS, USERS, {}, {})
    for state in ("off", "on"):
        exposed, scrapes = scraped(is_used=state == "on")
        figures.scrapes[state] = scrapes
        figures.rules[state] = evaluated(exposed)
        show(state, figures)
    if "--write" in sys.argv:
        FIGURES.write_bytes(msgspec.json.format(msgspec.json.encode(figures), indent=1) + b"\n")


def scraped(*, is_used: bool) -> tuple[Exposed, list[Scrape]]:
    """What the exporter and all servers expose, and what a scrape of them costs."""
    with tempfile.TemporaryDirectory() as folder, run_exporter(Path(folder), is_used=is_used) as exporter:
        (with_packs if is_used else usual)(exporter)
        text = exporter.exposition()
        own = Scrape("exporter", 1, _series(text), len(text) / 1e3, _scrape_milliseconds(exporter))
    exposed = [({"job": "exporter", "instance": "exporter:4318"}, text)]
    if not is_used:
        return exposed, [own, Scrape("servers and gateways", 0, 0, 0.0, 0.0)]
    vllm, dcgm, gateway = captured("inference/vllm-0.32.0", "inference/dcgm-4", "gateways/litellm-1.108.7")
    owner = {"job": "services", "service": "own", "team": "platform"}
    for number in range(SERVERS):
        exposed.append(({**owner, "instance": f"gpu{number}:8000"}, vllm))
        exposed.append(({**owner, "instance": f"gpu{number}:9400"}, dcgm))
    exposed.append(({**owner, "service": "gateway", "instance": "gateway:4000"}, gateway))
    return exposed, [own, scraped_by_prometheus([text for _, text in exposed[1:]])]


def _series(text: str) -> int:
    return sum(1 for line in text.splitlines() if line and not line.startswith("#"))


def _scrape_milliseconds(exporter: ExporterInTest) -> float:
    """The best of some scrapes, with what the test's client takes, which is in the same process."""

    def once() -> float:
        before = time.process_time()
        exporter.exposition("application/openmetrics-text")
        return (time.process_time() - before) * 1e3

    return min(once() for _ in range(TURNS))


def scraped_by_prometheus(texts: Sequence[str]) -> Scrape:
    """What Prometheus takes of the processor for a scrape of all, and what it keeps of it."""
    with serving(_each_at_its_path(texts)) as url, tempfile.TemporaryDirectory() as folder:
        targets = [urlsplit(url).netloc]
        jobs = [
            {"job_name": str(n), "metrics_path": f"/{n}", "static_configs": [{"targets": targets}]}
            for n in range(len(texts))
        ]
        config = {"global": {"scrape_interval": f"{_SCRAPE_EVERY}s"}, "scrape_configs": jobs}
        with running(obtain_programs(ROOT)["prometheus"], Path(folder), yaml.safe_dump(config)) as store:
            time.sleep(3 * _SCRAPE_EVERY)
            before = cpu_seconds(store)
            time.sleep(_SCRAPED_SECONDS)
            taken = cpu_seconds(store) - before
    size = sum(map(len, texts)) / 1e3
    rounds = _SCRAPED_SECONDS / _SCRAPE_EVERY
    return Scrape("servers and gateways", len(texts), sum(map(_series, texts)), size, taken / rounds * 1e3)


def _each_at_its_path(texts: Sequence[str]) -> type[Quiet]:
    class Handler(Quiet, BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            content = texts[int(self.path.strip("/"))].encode()
            self.send(200, content, {"content-type": "text/plain; version=0.0.4"})

    return Handler


def evaluated(exposed: Exposed) -> list[Rules]:
    """What the rules of each pack cost on six hours of what is exposed."""
    packs = by_pack(timed(ROOT / "prometheus" / "rules"))
    with tempfile.TemporaryDirectory() as folder, running(obtain_programs(ROOT)["prometheus"], Path(folder)) as store:
        write(store, [one for target, text in exposed for one in played(text, target)])
        recorded = {pack: sum(record(store, rule) for rule in rules) for pack, rules in packs.items()}
        return [Rules(pack, len(own), recorded[pack], milliseconds(store, own)) for pack, own in packs.items()]


def by_pack(rules: Sequence[Timed]) -> dict[str, list[Timed]]:
    """The rules by the pack whose alerts and metrics docs/reference/packs.yml says they are."""
    packs = yaml.safe_load((ROOT / "docs/reference/packs.yml").read_text(encoding="utf-8"))
    patterns = {one["pack"]: re.compile(f"(?:{one['alerts']})$|{one['metrics']}") for one in packs if one["alerts"]}
    found: dict[str, list[Timed]] = {pack: [] for pack in (*patterns, OTHERS)}
    for rule in rules:
        found[next((pack for pack, pattern in patterns.items() if pattern.match(rule.name)), OTHERS)].append(rule)
    return found


def played(text: str, target: Labels) -> Iterator[tuple[Labels, float, bool]]:
    """The samples of a text: labels, value, and whether it counts."""
    for family in text_string_to_metric_families(text):
        for name, labels, value, *_ in family.samples:
            if np.isfinite(value):
                # Prometheus writes what a target says of itself beside what the file of targets says.
                own = {f"exported_{label}" if label in target else label: value for label, value in labels.items()}
                own = labels if target["job"] == "exporter" else own
                yield {**target, **own, "__name__": name}, value, name.endswith(_COUNTS)


def write(store: Store, series: Sequence[tuple[Labels, float, bool]]) -> None:
    """Six hours of samples, in the order of time."""
    early, late = np.arange(0, MINUTES - RECENT), np.arange(MINUTES - RECENT, MINUTES + 3, SCRAPE)
    for at in (early, late):
        for first in range(0, len(series), 2_000):
            store.write(
                (labels, at, value * at / _GAINED_MINUTES if counts else np.full(at.size, value))
                for labels, value, counts in series[first : first + 2_000]
            )


def record(store: Store, rule: Timed) -> int:
    """Write what a rule records, for the rules that read it; return how many series. Alerts record none."""
    if ":" not in rule.name:
        return 0
    found = store.ask(rule.expr, NOW - 30, NOW + 1)
    own = {tuple(sorted({**labels, **rule.labels, "__name__": rule.name}.items())): at for labels, *at in found}
    store.write((dict(labels), minutes, values) for labels, (minutes, values) in own.items())
    return len(own)


def milliseconds(store: Store, rules: Sequence[Timed]) -> float:
    """Of the processor, for one evaluation of each, less what asking takes."""
    before = cpu_seconds(store)
    for _ in range(TURNS):
        for rule in rules:
            store.seconds(rule.expr, NOW)
    taken = cpu_seconds(store) - before
    for _ in range(TURNS):
        for _ in rules:
            store.seconds(_NOTHING.expr, NOW)
    asking = cpu_seconds(store) - before - taken
    return max(0.0, taken - asking) / TURNS * 1e3


def show(state: str, figures: Figures) -> None:
    """Print the figures of a state."""
    for one in figures.scrapes[state]:
        print(
            f"{state:3} scrape {one.what:22} {one.targets:3} targets {one.series:7,} series "
            f"{one.kilobytes:8.1f} kB {one.milliseconds:7.1f} ms",
            flush=True,
        )
    for own in figures.rules[state]:
        print(
            f"{state:3} rules  {own.pack:22} {own.rules:3} {own.series:9,} series {own.milliseconds:8.1f} ms",
            flush=True,
        )


if __name__ == "__main__":
    main()
