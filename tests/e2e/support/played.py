"""The demo's scenarios on a running bundle whose time is shortened: days before, customers, and then a change.

The application is the demo's, as are its model server and its telemetry. Each scenario has a copy of the support
assistant to itself, named after it. An hour of the rules is a minute, so a minute of customers is one of their hours.
"""

import subprocess
import time
from collections import ChainMap
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

import yaml
from tests.e2e.support.customers import customers
from tests.e2e.support.explaining import explaining
from tests.e2e.support.stack import PROJECT, TIME_SCALE, Stack, start_stack
from tests.e2e.support.waiting import eventually

from watchkeeper.analyzer.explained.windows import EXPLAINED
from watchkeeper.demo.assistant.desk import SUPPORT
from watchkeeper.operator.history.past import limits, write_past
from watchkeeper.operator.history.recorder import in_order, read_rules
from watchkeeper.operator.history.shape import read_shapes
from watchkeeper.operator.history.store import Store
from watchkeeper.operator.history.synth import Phase, conversations, together

# What is usual is known after three days; with the one that they end in, four. A sample in a quarter of their hours.
_DAYS, _STEP_SECONDS = 4, 15
_STEPS = round(_DAYS * 86_400 / TIME_SCALE) // _STEP_SECONDS
# The analyzer looks every 30 seconds, and every alert that it explains is pending for five minutes at least. In
# shortened time its queries take as long as ever, on a busy machine some seconds.
_PENDING_SECONDS = 15
_CONTRACT = """contracts:
  - {name: demo-orders, agent: [support-agent], when: [{branch: order_status, tools: [find_order]}]}
"""


@dataclass
class Played:
    """A bundle with the demo's customers in it."""

    stack: Stack
    customers: Sequence["subprocess.Popen[str]"]

    def begin(self) -> None:
        """Let each scenario begin."""
        for process in self.customers:
            assert process.stdin
            process.stdin.write("begin\n")
            process.stdin.flush()


@contextmanager
def playing(folder: Path, processes: Sequence[Mapping[str, float]]) -> Iterator[Played]:
    """A bundle with days of so many conversations a second of each scenario's service, and customers who go on coming.

    They are served by some processes, since one core may not be enough. Loki and Promtail have no part in it.
    """
    per_second = dict(ChainMap(*map(dict, processes)))
    with ExitStack() as exits:
        config = folder / "watchkeeper.yml"
        shipped = (PROJECT / "watchkeeper.yml").read_text(encoding="utf-8")
        config.write_text(shipped.replace("contracts: []\n", _CONTRACT, 1), encoding="utf-8")
        environ, components = {"WATCHKEEPER_CONFIG": str(config)}, ("exporter", "prometheus", "alertmanager")
        stack = start_stack(folder, exits, environ=environ, only=components, adapt=_let_the_analyzer_look)
        exits.enter_context(explaining(stack))
        url = stack.url("exporter", "")
        there = [exits.enter_context(customers(url, its)) for its in processes]
        # The days end where customers come, so that the hour before the change is one of theirs.
        eventually("customers of every service", lambda: _busy(stack) >= per_second.keys())
        _write_days(stack, per_second)
        yield Played(stack, there)


def _busy(stack: Stack) -> set[str]:
    """The services whose calls the exporter has counted."""
    return {labels["service"] for labels, _ in stack.query("llm_requests_total")}


def _let_the_analyzer_look(config: Path) -> None:
    for file in (config / "prometheus" / "rules" / "alerts").glob("*.yml"):
        tree = yaml.safe_load(file.read_text(encoding="utf-8"))
        for rule in (rule for group in tree["groups"] for rule in group["rules"]):
            if rule["alert"] in EXPLAINED:
                rule["for"] = f"{_PENDING_SECONDS}s"
        file.write_text(yaml.safe_dump(tree, sort_keys=False), encoding="utf-8")


def _write_days(stack: Stack, per_second: Mapping[str, float]) -> None:
    """What the exporter would have counted in the days before, and what the shortened rules record of it."""
    since = int(time.time()) // _STEP_SECONDS * _STEP_SECONDS - _STEPS * _STEP_SECONDS
    shape = read_shapes().steady
    phases = [
        Phase(
            shape=shape,
            service=SUPPORT.service,
            conversations=conversations(range(_STEPS), often * _STEP_SECONDS, lambda _: 1.0, number),
            renamed={"service": name},
        )
        for number, (name, often) in enumerate(per_second.items())
    ]
    series = [*together(phases, {"job": "exporter", "instance": "before"}), *limits(per_second, _STEPS)]
    rules = read_rules(stack.bundle.places.config / "prometheus" / "rules")
    expressions = [str(rule["expr"]) for rule in rules if str(rule.get("alert", "")).startswith("LLM")]
    store = Store(stack.url("prometheus", ""), stack.client, 0, since, _STEP_SECONDS)
    for _ in write_past(store, series, in_order(rules, expressions), _STEPS, _STEPS):
        pass
