import hashlib
from pathlib import Path

import pytest
from structlog.testing import capture_logs
from tests.support.exporter import run_exporter

from watchkeeper.exporter.web.limits_in_force import LimitsInForce
from watchkeeper.metrics.catalogue import METRICS
from watchkeeper.metrics.store import MetricStore


class Bench:
    """A file, the hash that runs, and the samples of what looks at both."""

    def __init__(self, folder: Path) -> None:
        self.file = folder / "watchkeeper.yml"
        self.file.write_text("teams: []")
        self.store = MetricStore(METRICS)
        running = hashlib.sha256(self.file.read_bytes()).hexdigest()[:12]
        self._limits = LimitsInForce(self.store, self.file, running)

    def refresh(self) -> list[float]:
        """The samples after a look."""
        self._limits.refresh()
        return [one.value for one in self.store.families["watchkeeper_rules_differ"].series.values()]


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    """The file is what runs."""
    return Bench(tmp_path)


def test_an_edit_differs_until_it_is_in_force(bench: Bench) -> None:
    """One line names the file, however often someone looks; zero is said, because it is known."""
    assert bench.refresh() == [0]

    bench.file.write_text("budgets: []")
    with capture_logs() as lines:
        differing, again = bench.refresh(), bench.refresh()
    bench.file.write_text("teams: []")

    assert differing == again == [1]
    (line,) = lines
    assert (line["event"], line["log_level"], line["component"]) == ("rules_differ", "warning", "exporter")
    assert "watchkeeper.yml" in line["first"][0]
    assert bench.refresh() == [0]


def test_a_file_that_cannot_be_read_is_not_said_to_agree(bench: Bench) -> None:
    """No data is not health."""
    bench.refresh()

    bench.file.unlink()

    assert bench.refresh() == []


def test_an_exporter_looks_with_every_scrape(tmp_path: Path) -> None:
    """Its sample is there with the first one, and an edit shows with the next; without a file there is none."""
    file = tmp_path / "watchkeeper.yml"
    file.write_text("teams: []")

    with run_exporter({}, file) as exporter:
        before = [sample.value for sample in exporter.samples("watchkeeper_rules_differ")]
        file.write_text("budgets: []")
        after = [(sample.labels, sample.value) for sample in exporter.samples("watchkeeper_rules_differ")]
    with run_exporter({}) as exporter:
        without = exporter.samples("watchkeeper_rules_differ")

    assert before == [0]
    assert after == [({"component": "exporter"}, 1)]
    assert without == []
