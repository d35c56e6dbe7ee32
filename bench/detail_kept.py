"""What keeps its name when there is too much of it: three experiments on a running exporter, and on another checkout's.

    .venv/bin/python bench/detail_kept.py
    .venv/bin/python bench/detail_kept.py --before ../another-checkout

1. A prompt gets two versions a day for a year, and each is called forty times: which calls count under their version,
   and does the newest one have its name?
2. Sixty services have five prompts in three versions with two models each, streams that report four types of tokens:
   how many samples does a scrape show?
3. After that a service comes late and makes 5,000 calls, of which one in ten fails: are they counted by its name, and
   has it the samples that its alerts read?

The other checkout needs an environment of its own in .venv.
"""

import argparse
import re
import sys
from collections.abc import Iterable, Iterator, Mapping
from itertools import islice, product
from pathlib import Path

import httpx
from servers import free_port, running

VERSIONS, CALLS_OF_VERSION = 730, 40
SERVICES, PROMPTS, PROMPT_VERSIONS, MODELS = 60, 5, 3, 2
LATE_CALLS, FAILED_EVERY = 5_000, 10
BATCH = 500
_SAMPLE = re.compile(r"^(\w+)\{(.*)\} (\S+)$", re.MULTILINE)
_LABEL = re.compile(r'(\w+)="((?:[^"\\]|\\.)*)"')
Call = Mapping[str, object]


class Exporter:
    """A running exporter at an address."""

    def __init__(self, url: str) -> None:
        self._client = httpx.Client(base_url=url, timeout=120)

    def send(self, calls: Iterable[Call]) -> None:
        """Have it count the calls."""
        waiting = iter(calls)
        while batch := list(islice(waiting, BATCH)):
            self._client.post("/v1/events", json=batch).raise_for_status()

    def requests(self, **wanted: str) -> float:
        """Calls under these labels."""
        return self.total("llm_requests_total", **wanted)

    def total(self, metric: str, **wanted: str) -> float:
        """The sum of a metric's series with these labels."""
        return sum(
            value for name, labels, value in self._samples() if name == metric and wanted.items() <= labels.items()
        )

    def samples(self) -> int:
        """How many samples a scrape shows."""
        text = self._client.get("/metrics").text
        return sum(bool(line) and not line.startswith("#") for line in text.splitlines())

    def _samples(self) -> Iterator[tuple[str, dict[str, str], float]]:
        for name, labels, value in _SAMPLE.findall(self._client.get("/metrics").text):
            yield name, dict(_LABEL.findall(labels)), float(value)


def call(service: str, **changes: object) -> Call:
    """A streamed call with every type of tokens."""
    usage = {"input_tokens": 900, "output_tokens": 90, "cached_input_tokens": 100, "reasoning_tokens": 20}
    times = {"duration_seconds": 1.5, "time_to_first_token_seconds": 0.3, "is_streaming": True}
    named = {"type": "llm_call", "service": service, "provider": "openai", "model": "gpt-4o", "finish_reason": "stop"}
    return {**named, **usage, **times, **changes}


def year_of_versions(exporter: Exporter) -> str:
    """The first experiment."""
    named = {"prompt": "answer", "service": "shop"}
    for number in range(VERSIONS):
        exporter.send([call(**named, prompt_version=f"v{number}")] * CALLS_OF_VERSION)
    lost = exporter.requests(prompt_version="other") + exporter.requests(prompt_version="older")
    newest = exporter.requests(prompt_version=f"v{VERSIONS - 1}")
    return f"{lost:,.0f} of {VERSIONS * CALLS_OF_VERSION:,} calls without their version; the newest has {newest:.0f}"


def sixty_services(exporter: Exporter) -> str:
    """The second."""
    places = product(range(SERVICES), range(PROMPTS), range(PROMPT_VERSIONS), range(MODELS))
    exporter.send(
        call(
            f"service-{s}", team=f"team-{s % 10}", prompt=f"p{p}", prompt_version=f"v{v}", model=f"gpt-4o{'-mini' * m}"
        )
        for s, p, v, m in places
    )
    return f"{exporter.samples():,} samples of {SERVICES * PROMPTS * PROMPT_VERSIONS * MODELS:,} combinations"


def late_service(exporter: Exporter) -> str:
    """The third."""
    failed = {"status": "error", "error_type": "server"}
    exporter.send(call("late", **(failed if n % FAILED_EVERY == 0 else {})) for n in range(LATE_CALLS))
    counted, errors = exporter.requests(service="late"), exporter.total("llm_errors_total", service="late")
    limits = exporter.total("llm_alert_threshold", service="late", alert="LLMErrorRateHigh")
    return f"{counted:,.0f} of {LATE_CALLS:,} calls and {errors:,.0f} errors by name; its limit of errors is {limits:g}"


def experiments(python: str) -> Iterator[str]:
    """The answers of the exporter of a checkout, started anew for the first and for the others."""
    for asked in ((year_of_versions,), (sixty_services, late_service)):
        port = free_port()
        command = [python, "-m", "watchkeeper.cli", "serve", "--port", str(port)]
        with running(command, f"http://127.0.0.1:{port}/health", {}):
            exporter = Exporter(f"http://127.0.0.1:{port}")
            yield from (ask(exporter) for ask in asked)


def main() -> None:
    """Ask each checkout and print the answers."""
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--before", type=Path, help="another checkout")
    chosen = options.parse_args()
    pythons = {"now": sys.executable}
    if chosen.before:
        pythons = {"before": str(chosen.before.resolve() / ".venv/bin/python"), **pythons}
    for when, python in pythons.items():
        for answer in experiments(python):
            print(f"{when}: {answer}", flush=True)


if __name__ == "__main__":
    main()
