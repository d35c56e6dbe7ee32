"""The rules over log lines, asked of a real Loki: each fires on the lines it is for, and on no others."""

import os
import re
import subprocess
import time
from collections.abc import Callable, Collection, Iterable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import httpx
import pytest
import yaml
from tests.support.alertmanager import until
from tests.support.ports import free_address, free_port

from watchkeeper.operator.drills.log_lines import LOG_RECIPES, LogRecipe

ROOT = Path(__file__).parents[2]
RULES = {
    rule["alert"]: rule
    for file in (ROOT / "loki/rules").rglob("*.yml")
    for group in yaml.safe_load(file.read_text(encoding="utf-8"))["groups"]
    for rule in group["rules"]
}
Metadata = dict[str, str]
# Alone on a machine it takes 14.
_READY_SECONDS = 60.0


class Lines(NamedTuple):
    """A number of equal lines: labels, structured metadata and age."""

    count: int
    labels: dict[str, str]
    metadata: Metadata = {}  # noqa: RUF012  (a default that no one changes)
    seconds_old: int = 5


def failed(count: int, service: str, error_type: str = "server", **labels: str) -> Lines:
    """Lines of failed calls."""
    given = {"service": service, "event": "llm_call_completed", "level": "error", **labels}
    return Lines(count, given, {"team": "t", "error_type": error_type})


def logged(count: int, service: str, level: str) -> Lines:
    """Lines of a part of the stack."""
    return Lines(count, {"service": service, "level": level})


def overdue(count: int, service: str, **labels: str) -> Lines:
    """Lines that say that no one scrapes the exporter."""
    return Lines(count, {"service": service, "level": "warning", "event": "scrape_overdue", **labels})


LINES = [
    failed(20, "failing"),
    failed(19, "just-under"),
    failed(19, "mixed"),
    failed(19, "mixed", "timeout"),
    failed(30, "fine", level="info"),
    failed(30, "other-event", event="tool_call_completed"),
    failed(30, "unknown-reason", ""),
    failed(30, "long-ago")._replace(seconds_old=700),
    logged(10, "watchkeeper-prometheus", "error"),
    logged(9, "watchkeeper-alertmanager", "error"),
    logged(6, "watchkeeper", "critical"),
    logged(4, "watchkeeper", "error"),
    logged(30, "watchkeeper-grafana", "warning"),
    logged(30, "watchkeepers-friend", "error"),
    logged(30, "shop", "error"),
    overdue(2, "watchkeeper"),
    overdue(1, "watchkeeper-once"),
    overdue(3, "watchkeeper-scraped-again")._replace(seconds_old=240),
    overdue(3, "watchkeepers-friend"),
    overdue(3, "watchkeeper-other", event="rules_differ"),
    *(
        Lines(recipe.count, {**recipe.labels, "service": recipe.mark}, dict(recipe.metadata))
        for recipe in LOG_RECIPES.values()
    ),
]
FIRING: dict[str, list[tuple[dict[str, str], float]]] = {
    "LokiWatchdog": [({}, 1)],
    "LLMCallErrorsLogged": [
        ({"service": "failing", "team": "t", "error_type": "server"}, 20),
        ({"service": "drill-LLMCallErrorsLogged", "team": "drill", "error_type": "server"}, 20),
    ],
    "WatchkeeperErrorsLogged": [
        ({"service": "watchkeeper"}, 10),
        ({"service": "watchkeeper-drill"}, 10),
        ({"service": "watchkeeper-prometheus"}, 10),
    ],
    "WatchkeeperNotScraped": [
        ({"service": "watchkeeper"}, 2),
        ({"service": "watchkeeper-drill"}, 2),
    ],
}


@pytest.fixture(scope="module")
def loki(programs: dict[str, Path], tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A Loki with the shipped configuration and rules, holding all lines."""
    folder, address = tmp_path_factory.mktemp("loki"), free_address()
    environ = {
        **os.environ,
        "LISTEN_ADDRESS": "127.0.0.1",
        "LOKI_HTTP_PORT": address.rpartition(":")[2],
        "LOKI_GRPC_PORT": str(free_port()),
        "LOKI_DATA": str(folder),
        "LOKI_RULES": str(ROOT / "loki/rules"),
        "ALERTMANAGER_URL": f"http://{free_address()}",
    }
    command = [str(programs["loki"]), f"-config.file={ROOT / 'loki/loki.yml'}", "-config.expand-env=true"]
    # Where a store has no folder, Loki writes below the one that it was started in.
    with subprocess.Popen(
        command, cwd=folder, env=environ, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    ) as process:
        try:
            until(answering(lambda: httpx.get(f"http://{address}/ready").is_success), seconds=_READY_SECONDS)
            for lines in LINES:
                push(f"http://{address}", lines)
            yield f"http://{address}"
        finally:
            process.terminate()


def answering(ask: Callable[[], bool]) -> Callable[[], bool]:
    """Take no answer for a no."""

    def holds() -> bool:
        try:
            return ask()
        except httpx.HTTPError:
            return False

    return holds


def push(loki: str, lines: Lines) -> None:
    """Send lines as Promtail does; each is a nanosecond younger than the one before."""
    first = time.time_ns() - lines.seconds_old * 1_000_000_000
    values = [[str(first + number), f"line {number}", lines.metadata] for number in range(lines.count)]
    body = {"streams": [{"stream": lines.labels, "values": values}]}

    def accepted() -> bool:
        return httpx.post(f"{loki}/loki/api/v1/push", json=body).status_code == httpx.codes.NO_CONTENT

    until(answering(accepted))


def test_every_rule_has_lines_that_it_fires_on() -> None:
    """A rule without a row above is one that no one has seen firing."""
    missing = without_entry(RULES, FIRING, "tests/config/test_log_rules.py: FIRING")

    assert not missing, "\n".join(missing)
    assert FIRING.keys() <= RULES.keys()


def test_every_rule_can_be_drilled() -> None:
    """The lines of a drill are above, too: the rule fires on them."""
    place = "services/watchkeeper/operator/drills/log_lines.py: LOG_RECIPES"
    missing = without_entry(RULES, {*LOG_RECIPES, "LokiWatchdog"}, place)

    assert not missing, "\n".join(missing)
    assert LOG_RECIPES.keys() <= RULES.keys()


def test_a_rule_without_an_entry_is_refused() -> None:
    """The sentence names the rule and the table."""
    assert without_entry(["A", "B"], ["A"], "x.py: TABLE") == ["x.py: TABLE must have an entry for B"]


def without_entry(rules: Iterable[str], entries: Collection[str], table: str) -> list[str]:
    """Return a sentence for each rule that a table does not have."""
    return [f"{table} must have an entry for {name}" for name in sorted(rules) if name not in entries]


@pytest.mark.parametrize("recipe", LOG_RECIPES.values(), ids=LOG_RECIPES)
def test_a_drill_knows_its_rule(recipe: LogRecipe) -> None:
    """How bad it is and how far it looks back are in the rule."""
    rule = RULES[recipe.alert]

    assert rule["labels"]["severity"] == recipe.severity
    assert re.findall(r"\[(\w+)\]", rule["expr"]) == [f"{recipe.lookback_seconds / 60:.0f}m"]


@pytest.mark.parametrize("recipe", LOG_RECIPES.values(), ids=LOG_RECIPES)
def test_what_a_drill_provokes_is_marked(recipe: LogRecipe) -> None:
    """Only by that label does Alertmanager keep it from people."""
    configs = yaml.safe_load((ROOT / "loki/loki.yml").read_text(encoding="utf-8"))["ruler"]["alert_relabel_configs"]
    (mark,) = [config for config in configs if config.get("target_label") == "drill"]

    assert (mark["source_labels"], mark["replacement"]) == ([recipe.mark_label], "true")
    assert re.fullmatch(mark["regex"], recipe.mark)
    assert not re.fullmatch(mark["regex"], "watchkeeper-prometheus")


@pytest.mark.parametrize("name", sorted(RULES))
def test_a_rule_fires_on_its_lines_and_on_no_others(name: str, loki: str) -> None:
    """The condition as shipped, asked of Loki itself; what is missing from its answer stays quiet."""
    expected = FIRING[name]

    def answer() -> list[tuple[dict[str, str], float]]:
        result: list[dict[str, Any]] = httpx.get(
            f"{loki}/loki/api/v1/query", params={"query": RULES[name]["expr"]}
        ).json()["data"]["result"]
        return sorted(((found["metric"], float(found["value"][1])) for found in result), key=str)

    until(answering(lambda: len(answer()) >= len(expected)))
    assert answer() == sorted(expected, key=str)


def test_loki_has_loaded_every_rule(loki: str) -> None:
    """What is in the files is what runs."""

    def loaded() -> set[str]:
        groups = httpx.get(f"{loki}/prometheus/api/v1/rules").json()["data"]["groups"]
        return {rule["name"] for group in groups for rule in group["rules"]}

    until(answering(lambda: bool(loaded())))
    assert loaded() == RULES.keys()
