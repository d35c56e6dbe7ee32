"""The Prometheus of the benches: that of the demo's history, at an address that no test beside it takes."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.support.ports import free_address

from watchkeeper.operator.history import store
from watchkeeper.operator.history.store import START, STEP, Labels, Store, time_series

__all__ = ["ROOT", "START", "STEP", "Labels", "Store", "running", "time_series"]

ROOT = Path(__file__).parents[2]


@contextmanager
def running(program: Path, folder: Path, config: str = "global: {}\n", days: int = 30) -> Iterator[Store]:
    """Run a Prometheus with the shipped features until the block ends; half of ``days`` come in any order of series."""
    place = store.Place(root=ROOT, folder=folder, address=free_address(), days=days)
    with store.running(program, place, config) as found:
        yield found
