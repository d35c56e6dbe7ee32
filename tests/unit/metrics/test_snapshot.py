from decimal import Decimal
from pathlib import Path

import msgspec
import pytest
from tests.support.facts import NOW, TRACE_ID

from watchkeeper.metrics import snapshot
from watchkeeper.metrics.catalogue import Metric
from watchkeeper.metrics.exposition import render
from watchkeeper.metrics.store import MetricStore

COUNTER = Metric("calls_total", "counter", ("model",), "Calls.")
MONEY = Metric("cost_dollars_total", "counter", ("model",), "Cost.")
GAUGE = Metric("limit", "gauge", (), "A limit.")
HISTOGRAM = Metric("seconds", "histogram", ("model",), "Seconds.", (0.5, 1.0))
METRICS = (COUNTER, MONEY, GAUGE, HISTOGRAM)


def filled() -> MetricStore:
    """A store with something of everything."""
    store = MetricStore(METRICS)
    store.families["calls_total"].add(("a",), 3, NOW, TRACE_ID)
    store.families["calls_total"].add(('ugly "one"\n',), 2.5, NOW + 1)
    store.families["cost_dollars_total"].add(("a",), Decimal("0.000000000000000001"), NOW)
    store.families["cost_dollars_total"].add(("a",), Decimal("1e9"), NOW)
    store.families["limit"].set((), 7)
    store.histograms["seconds"].observe(("a",), 0.7, NOW, TRACE_ID)
    return store


def counters(store: MetricStore) -> str:
    """What a scrape shows of a store, less its gauge."""
    store.families["limit"].series.clear()
    return "".join(render(store, openmetrics=True))


def test_counters_come_back_exactly(tmp_path: Path) -> None:
    """Values, births and labels are the same; gauges and exemplars are not kept."""
    snapshot.save(filled(), tmp_path)
    restored = MetricStore(METRICS)

    count = snapshot.restore(restored, tmp_path)

    assert count == 4
    assert restored.families["limit"].series == {}
    before = filled()
    before.families["calls_total"].series[("a",)].exemplar = None
    before.histograms["seconds"].series[("a",)].exemplars.clear()
    assert counters(restored) == counters(before)


def test_money_comes_back_as_money(tmp_path: Path) -> None:
    """Eighteen digits after the point survive, and the next amount is added exactly."""
    snapshot.save(filled(), tmp_path)
    restored = MetricStore(METRICS)

    snapshot.restore(restored, tmp_path)
    restored.families["cost_dollars_total"].add(("a",), Decimal(1), NOW)

    assert restored.families["cost_dollars_total"].series[("a",)].value == Decimal("1000000001.000000000000000001")


def test_counting_goes_on(tmp_path: Path) -> None:
    """A restored series goes on where it stopped, with its old birth."""
    snapshot.save(filled(), tmp_path)
    restored = MetricStore(METRICS)
    snapshot.restore(restored, tmp_path)

    restored.families["calls_total"].add(("a",), 1, NOW + 100)
    restored.histograms["seconds"].observe(("a",), 9, NOW + 100)

    series = restored.families["calls_total"].series[("a",)]
    assert (series.value, series.created) == (4, NOW)
    assert restored.histograms["seconds"].series[("a",)].counts == [0, 1, 1]


def test_a_snapshot_is_read_once(tmp_path: Path) -> None:
    """It must not come back after the counters have moved on."""
    snapshot.save(filled(), tmp_path)

    first, second = (snapshot.restore(MetricStore(METRICS), tmp_path) for _ in range(2))

    assert (first, second) == (4, 0)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("changed", "kept"),
    [
        pytest.param(
            (Metric("calls_total", "counter", ("model", "team"), "Calls."), MONEY, HISTOGRAM), 2, id="a label"
        ),
        pytest.param((Metric("calls_total", "gauge", ("model",), "Calls."), MONEY, HISTOGRAM), 2, id="a type"),
        pytest.param((COUNTER, MONEY, Metric("seconds", "histogram", ("model",), "S.", (0.5,))), 3, id="buckets"),
        pytest.param((COUNTER,), 2, id="metrics that are gone"),
    ],
)
def test_what_has_changed_starts_anew(changed: tuple[Metric, ...], kept: int, tmp_path: Path) -> None:
    """A family that is not the same any more is left behind, the others come back."""
    snapshot.save(filled(), tmp_path)

    assert snapshot.restore(MetricStore(changed), tmp_path) == kept


@pytest.mark.parametrize(
    "content", [b"", b"\x00\xff", b"\x80", b"not msgpack at all"], ids=["empty", "torn", "another shape", "text"]
)
def test_a_corrupt_file_is_removed(content: bytes, tmp_path: Path) -> None:
    """It is of no use now, and must be of no damage later."""
    snapshot.save(filled(), tmp_path)
    (file,) = tmp_path.iterdir()
    file.write_bytes(content)

    assert snapshot.restore(MetricStore(METRICS), tmp_path) == 0
    assert list(tmp_path.iterdir()) == []


def test_numbers_that_are_none_do_not_stop_the_start(tmp_path: Path) -> None:
    """A snapshot whose shape is right and whose numbers are not is removed as well."""
    snapshot.save(filled(), tmp_path)
    (file,) = tmp_path.iterdir()
    file.write_bytes(file.read_bytes().replace(b"$1000000000.0", b"$1ooooooooo.0"))

    restored = MetricStore(METRICS)

    assert snapshot.restore(restored, tmp_path) == 0
    assert list(restored.label_rows()) == []
    assert list(tmp_path.iterdir()) == []


def test_no_snapshot_is_a_fresh_start(tmp_path: Path) -> None:
    """Without a file, or without its directory, nothing comes back."""
    assert snapshot.restore(MetricStore(METRICS), tmp_path) == 0
    assert snapshot.restore(MetricStore(METRICS), tmp_path / "nowhere") == 0


def test_the_directory_is_made(tmp_path: Path) -> None:
    """A state directory that is not there yet is created."""
    snapshot.save(filled(), tmp_path / "deep" / "state")

    assert snapshot.restore(MetricStore(METRICS), tmp_path / "deep" / "state") == 4


def test_what_an_older_version_saved_comes_back_as_just_used(tmp_path: Path) -> None:
    """It did not say for how long a series had been idle."""
    snapshot.save(filled(), tmp_path)
    file = tmp_path / "counters.msgpack"
    saved = msgspec.msgpack.decode(file.read_bytes())
    for family in (*saved["counters"].values(), *saved["histograms"].values()):
        assert family.pop("idle")
    file.write_bytes(msgspec.msgpack.encode(saved))
    restored = MetricStore(METRICS)
    restored.life.seconds = 1000.0

    assert snapshot.restore(restored, tmp_path) == 4

    assert {touched for _, _, touched in restored.label_rows()} == {1000.0}
