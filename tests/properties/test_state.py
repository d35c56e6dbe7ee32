"""Whatever bytes are damaged in the files of the state, what reads them goes on."""

from contextlib import suppress
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from watchkeeper.errors import StateError
from watchkeeper.exporter.state.ledger import DatabaseLedger
from watchkeeper.exporter.watch.spending import Slot
from watchkeeper.metrics import snapshot
from watchkeeper.metrics.catalogue import METRICS
from watchkeeper.metrics.store import MetricStore

DAMAGES = st.lists(st.tuples(st.integers(0, 40_000), st.integers(0, 255)), min_size=1, max_size=20)
SPENT = {f"budget-{number}": [Slot(2_000_000 + number, Decimal("1.25"))] for number in range(20)}


def damage(file: Path, damages: list[tuple[int, int]]) -> None:
    """Overwrite bytes."""
    content = bytearray(file.read_bytes())
    for place, byte in damages:
        content[place % len(content)] = byte
    file.write_bytes(bytes(content))


def exchanged(folder: Path, writer: str) -> None:
    """Store and read what was spent."""
    DatabaseLedger(f"sqlite:///{folder}/state.sqlite").exchange(writer, SPENT, since=0, oldest=0)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(damages=DAMAGES)
def test_a_damaged_ledger_is_read_set_aside_or_reported(
    tmp_path_factory: pytest.TempPathFactory, damages: list[tuple[int, int]]
) -> None:
    """Never another error than the one that the exporter expects of a database that cannot be used."""
    folder = tmp_path_factory.mktemp("ledger")
    exchanged(folder, "before")
    damage(folder / "state.sqlite", damages)

    with suppress(StateError):
        exchanged(folder, "after")


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(damages=DAMAGES)
def test_damaged_counters_are_restored_or_set_aside(
    tmp_path_factory: pytest.TempPathFactory, damages: list[tuple[int, int]]
) -> None:
    """A store never gets what is no number, and the next start finds nothing left to read."""
    folder = tmp_path_factory.mktemp("counters")
    store = MetricStore(METRICS)
    for number in range(20):
        values = tuple("x" for _ in store.families["llm_requests_total"].metric.labels)
        store.families["llm_requests_total"].add((*values[:-1], str(number)), 1, 1.7e9)
    snapshot.save(store, folder)
    damage(folder / "counters.msgpack", damages)

    restored = snapshot.restore(MetricStore(METRICS), folder)

    assert restored.series >= 0
    assert snapshot.restore(MetricStore(METRICS), folder) == snapshot.Restored()
