"""The analyzer says whether the rules that run are those of the files."""

import asyncio
from pathlib import Path

import httpx
import pytest
from structlog.testing import capture_logs

from watchkeeper.analyzer.jobs.rules_in_force import RulesInForce
from watchkeeper.analyzer.parts import Parts
from watchkeeper.config import load_config
from watchkeeper.errors import JobError
from watchkeeper.metrics.catalogue import METRICS
from watchkeeper.metrics.store import MetricStore

RULES = "groups: [{name: group, rules: [{alert: Down, expr: up == 0}]}]"


class Bench:
    """A project's files, components that run what they said at first, and the one who looks."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.silent: set[str] = set()
        for name in ("prometheus/down.yml", "loki/down.yml"):
            (folder / name).parent.mkdir(exist_ok=True)
            (folder / name).write_text(RULES)
        environ = {f"WATCHKEEPER_{name.upper()}_URL": f"http://{name}:1" for name in ("prometheus", "loki")}
        environ |= {f"WATCHKEEPER_{name.upper()}_RULES": str(folder / name) for name in ("prometheus", "loki")}
        self.store = MetricStore(METRICS)
        client = httpx.Client(transport=httpx.MockTransport(self._answer))
        parts = Parts(config=load_config(None, environ), store=self.store, client=client)
        self._watch = RulesInForce(parts)

    def edit(self, file: str, old: str, new: str) -> None:
        """Change a file on disk."""
        path = self.folder / file
        path.write_text(path.read_text().replace(old, new))

    def look(self) -> dict[str, float]:
        """Look once; the samples by component."""
        asyncio.run(self._watch.look())
        return self.samples()

    def samples(self) -> dict[str, float]:
        """The samples that there are, by component."""
        series = self.store.families["watchkeeper_rules_differ"].series
        return {labels[0]: one.value for labels, one in series.items()}

    def _answer(self, request: httpx.Request) -> httpx.Response:
        if request.url.host in self.silent:
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
    assert bench.look() == {"prometheus": 0, "loki": 0}


@pytest.mark.parametrize(
    ("file", "old", "new", "component"),
    [
        ("prometheus/down.yml", "up == 0", "up == 1", "prometheus"),
        ("loki/down.yml", "up == 0", "up == 1", "loki"),
    ],
)
def test_an_edit_is_reported_until_it_is_in_force(bench: Bench, file: str, old: str, new: str, component: str) -> None:
    """Only of the component whose file it is, and in one line that names the place."""
    bench.look()

    bench.edit(file, old, new)
    with capture_logs() as lines:
        differing, again = bench.look(), bench.look()
    bench.edit(file, new, old)

    assert differing == again == {"prometheus": 0, "loki": 0, component: 1}
    (line,) = lines
    assert (line["event"], line["log_level"], line["component"]) == ("rules_differ", "warning", component)
    assert file.rpartition("/")[2] in line["first"][0]
    assert bench.look()[component] == 0


def test_what_does_not_answer_is_not_said_to_agree(bench: Bench) -> None:
    """Its sample goes and the run fails with the name of who did not answer; the other one is compared."""
    bench.look()

    bench.silent.add("loki")
    bench.edit("prometheus/down.yml", "up == 0", "up == 1")

    with pytest.raises(JobError, match=r"\Aloki: answers 503\Z"):
        bench.look()
    assert bench.samples() == {"prometheus": 1}


def test_all_that_do_not_answer_are_named(bench: Bench) -> None:
    """A run that fails says everything that is wrong at once."""
    bench.silent |= {"prometheus", "loki"}

    with pytest.raises(JobError, match=r"\Aprometheus: answers 503, loki: answers 503\Z"):
        bench.look()


def test_a_folder_that_cannot_be_read_is_not_said_to_agree(bench: Bench) -> None:
    """No data is not health."""
    bench.look()

    (bench.folder / "loki" / "down.yml").unlink()
    (bench.folder / "loki" / "down.yml").mkdir()

    with pytest.raises(JobError, match=r"\Aloki: IsADirectoryError\Z"):
        bench.look()
    assert bench.samples() == {"prometheus": 0}


def test_without_folders_there_is_nothing_to_do() -> None:
    """A process that was given no rules asks no one, and has no sample."""
    store = MetricStore(METRICS)
    parts = Parts(
        config=load_config(None, {}), store=store, client=httpx.Client(transport=httpx.MockTransport(_refuse))
    )

    asyncio.run(RulesInForce(parts).look())

    assert store.families["watchkeeper_rules_differ"].series == {}


def _refuse(request: httpx.Request) -> httpx.Response:
    raise AssertionError(f"{request.url} must not be asked")
