"""The exporter says whether what runs is what the files say."""

import asyncio
from pathlib import Path

import httpx
import pytest
from structlog.testing import capture_logs

from watchkeeper.config import load_config
from watchkeeper.engines.rules_in_force import RulesInForce
from watchkeeper.metrics.catalogue import METRICS
from watchkeeper.metrics.store import MetricStore

RULES = "groups: [{name: group, rules: [{alert: Down, expr: up == 0}]}]"


class Bench:
    """A project's files, components that run what they said at first, and the one who looks."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.answers = True
        for name, text in {
            "prometheus/down.yml": RULES,
            "loki/down.yml": RULES,
            "watchkeeper.yml": "teams: []",
        }.items():
            (folder / name).parent.mkdir(exist_ok=True)
            (folder / name).write_text(text)
        environ = {f"WATCHKEEPER_{name.upper()}_URL": f"http://{name}:1" for name in ("prometheus", "loki")}
        environ |= {f"WATCHKEEPER_{name.upper()}_RULES": str(folder / name) for name in ("prometheus", "loki")}
        self.store = MetricStore(METRICS)
        client = httpx.Client(transport=httpx.MockTransport(self._answer))
        self._watch = RulesInForce(load_config(folder / "watchkeeper.yml", environ), self.store, client)

    def edit(self, file: str, old: str, new: str) -> None:
        """Change a file on disk."""
        path = self.folder / file
        path.write_text(path.read_text().replace(old, new))

    def look(self) -> dict[str, float]:
        """Look once; the samples by component."""
        asyncio.run(self._watch.look())
        series = self.store.families["watchkeeper_rules_differ"].series
        return {labels[0]: one.value for labels, one in series.items()}

    def _answer(self, request: httpx.Request) -> httpx.Response:
        if not self.answers:
            return httpx.Response(503)
        if "format_query" in request.url.path:
            return httpx.Response(200, json={"data": request.url.params["query"]})
        group = {"file": "down.yml", "name": "group", "rules": [{"name": "Down", "query": "up == 0"}]}
        return httpx.Response(200, json={"data": {"groups": [group]}})


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    """Everything runs what the files say."""
    return Bench(tmp_path)


def test_nothing_differs_at_first(bench: Bench) -> None:
    """Zero is said, because it is known."""
    assert bench.look() == {"prometheus": 0, "loki": 0, "exporter": 0}


@pytest.mark.parametrize(
    ("file", "old", "new", "component"),
    [
        ("prometheus/down.yml", "up == 0", "up == 1", "prometheus"),
        ("loki/down.yml", "up == 0", "up == 1", "loki"),
        ("watchkeeper.yml", "teams", "budgets", "exporter"),
    ],
)
def test_an_edit_is_told_until_it_is_in_force(bench: Bench, file: str, old: str, new: str, component: str) -> None:
    """Only of the component whose file it is, and in one line that names the place."""
    bench.look()

    bench.edit(file, old, new)
    with capture_logs() as lines:
        differing, again = bench.look(), bench.look()
    bench.edit(file, new, old)

    assert differing == again == {"prometheus": 0, "loki": 0, "exporter": 0, component: 1}
    (line,) = lines
    assert (line["event"], line["log_level"], line["component"]) == ("rules_differ", "warning", component)
    assert file.rpartition("/")[2] in line["first"][0]
    assert bench.look()[component] == 0


def test_what_does_not_answer_is_not_said_to_agree(bench: Bench) -> None:
    """Its sample goes; that of the file, which needs no answer, stays."""
    bench.look()

    bench.answers = False

    assert bench.look() == {"exporter": 0}


def test_a_file_that_cannot_be_read_is_not_said_to_agree(bench: Bench) -> None:
    """No data is not health."""
    bench.look()

    (bench.folder / "watchkeeper.yml").unlink()

    assert "exporter" not in bench.look()
