import math
from decimal import Decimal
from pathlib import Path
from random import Random

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

    count = snapshot.restore(restored, tmp_path).series

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

    first, second = (snapshot.restore(MetricStore(METRICS), tmp_path).series for _ in range(2))

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

    assert snapshot.restore(MetricStore(changed), tmp_path).series == kept


@pytest.mark.parametrize(
    "content", [b"", b"\x00\xff", b"\x80", b"not msgpack at all"], ids=["empty", "torn", "another shape", "text"]
)
def test_a_corrupt_file_is_set_aside(content: bytes, tmp_path: Path) -> None:
    """It is of no use now, must be of no damage later, and is there for whoever wants to look."""
    snapshot.save(filled(), tmp_path)
    (file,) = tmp_path.iterdir()
    file.write_bytes(content)

    restored = snapshot.restore(MetricStore(METRICS), tmp_path)

    assert (restored.series, "counters.msgpack is damaged" in restored.problem) == (0, True)
    assert [(left.name, left.read_bytes()) for left in tmp_path.iterdir()] == [("counters.msgpack.damaged", content)]


def test_numbers_that_are_none_do_not_stop_the_start(tmp_path: Path) -> None:
    """A snapshot whose shape is right and whose numbers are not is set aside as well."""
    snapshot.save(filled(), tmp_path)
    (file,) = tmp_path.iterdir()
    file.write_bytes(file.read_bytes().replace(b"$1000000000.0", b"$1ooooooooo.0"))

    restored = MetricStore(METRICS)

    assert snapshot.restore(restored, tmp_path).problem
    assert list(restored.label_rows()) == []
    assert [left.name for left in tmp_path.iterdir()] == ["counters.msgpack.damaged"]


def test_no_snapshot_is_a_fresh_start(tmp_path: Path) -> None:
    """Without a file, or without its directory, nothing comes back."""
    for directory in (tmp_path, tmp_path / "nowhere"):
        assert snapshot.restore(MetricStore(METRICS), directory) == snapshot.Restored()


def test_the_directory_is_made(tmp_path: Path) -> None:
    """A state directory that is not there yet is created."""
    snapshot.save(filled(), tmp_path / "deep" / "state")

    assert snapshot.restore(MetricStore(METRICS), tmp_path / "deep" / "state").series == 4


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

    assert snapshot.restore(restored, tmp_path).series == 4

    assert {touched for _, _, touched in restored.label_rows()} == {1000.0}


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("amounts", ["1"]),
        ("amounts", ["1" * 5000, "2"]),
        ("amounts", ["1e999999", "2"]),
        ("values", [["a"]]),
        ("values", [["a", "b"], ["c"]]),
        ("created", [1.0]),
        ("created", [math.nan, 1.0]),
        ("idle", [1.0]),
    ],
    ids=["few", "long", "infinite", "few names", "more labels", "few births", "no birth", "few ages"],
)
def test_lists_that_do_not_fit_each_other_do_not_stop_the_start(field: str, value: object, tmp_path: Path) -> None:
    """A file is used as a whole or not at all."""
    snapshot.save(filled(), tmp_path)
    (file,) = tmp_path.iterdir()
    saved = msgspec.msgpack.decode(file.read_bytes())
    saved["counters"]["calls_total"][field] = value
    file.write_bytes(msgspec.msgpack.encode(saved))
    store = MetricStore(METRICS)

    assert "is damaged" in snapshot.restore(store, tmp_path).problem
    assert list(store.label_rows()) == []


def test_counts_that_are_not_those_of_the_buckets_do_not_stop_the_start(tmp_path: Path) -> None:
    """A histogram counts once for each of its buckets."""
    snapshot.save(filled(), tmp_path)
    (file,) = tmp_path.iterdir()
    saved = msgspec.msgpack.decode(file.read_bytes())
    saved["histograms"]["seconds"]["counts"] = [[1]]
    file.write_bytes(msgspec.msgpack.encode(saved))

    assert "is damaged" in snapshot.restore(MetricStore(METRICS), tmp_path).problem


def test_a_directory_in_the_place_of_the_file_is_set_aside(tmp_path: Path) -> None:
    """Each under a name of its own; the next stop saves."""
    for _ in range(2):
        (tmp_path / "counters.msgpack").mkdir()
        assert "is damaged" in snapshot.restore(MetricStore(METRICS), tmp_path).problem

    snapshot.save(filled(), tmp_path)

    names = {left.name for left in tmp_path.iterdir()}
    assert names == {"counters.msgpack", "counters.msgpack.damaged", "counters.msgpack.damaged1"}


def test_any_damage_leaves_a_start(tmp_path: Path) -> None:
    """Bytes changed, cut and doubled anywhere: what comes back can be shown, or nothing comes back."""
    random = Random(4)
    snapshot.save(filled(), tmp_path)
    file = tmp_path / "counters.msgpack"
    whole = file.read_bytes()
    for _ in range(3000):
        damaged = bytearray(whole)
        for _ in range(random.randint(1, 4)):
            place = random.randrange(len(damaged))
            damaged[place : place + random.randint(0, 3)] = random.randbytes(random.randint(0, 3))
        file.write_bytes(damaged)
        store = MetricStore(METRICS)

        restored = snapshot.restore(store, tmp_path)

        assert restored.problem or "".join(render(store, openmetrics=True))
        for left in tmp_path.iterdir():
            left.unlink()
