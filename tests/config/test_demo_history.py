"""A day and a bit of the demo's history in a real Prometheus: written by one, read by another, taken away again."""

import time
from pathlib import Path

import httpx
import pytest
from tests.support.ports import free_address
from tests.support.programs import obtain_programs

from watchkeeper.config.places import Places
from watchkeeper.demo.season import season
from watchkeeper.errors import OperationError
from watchkeeper.operator.history import installed
from watchkeeper.operator.history.month import MINUTE, Month
from watchkeeper.operator.history.store import Place, running

ROOT = Path(__file__).parents[2]
UNTIL = int(time.time()) // MINUTE * MINUTE
MINUTES = 150


def test_a_history_is_there_whole_and_then_gone(tmp_path: Path) -> None:
    """Counters, what rules record of them, once only; afterwards no block is left."""
    program = obtain_programs(ROOT)["prometheus"]
    places = Places(root=ROOT, work=tmp_path / "work", secrets=tmp_path / "secrets")
    month = Month(until=UNTIL, minutes=MINUTES, per_second={"demo-support": 2.0}, season=season)
    days: list[int] = []

    written = installed.write(places, program, free_address(), month, lambda done, _: days.append(done))

    data = places.data / "prometheus"
    assert [path.name for path in data.iterdir()] == written.blocks
    place = Place(root=ROOT, folder=places.data, address=free_address())
    (places.data / "data").symlink_to(data)
    with running(program, place) as store, httpx.Client(base_url=store.url, trust_env=False) as client:
        for query in ("sum(llm_requests_total)", "sum(service:llm_cost_dollars:increase1h)"):
            asked = {"query": query, "time": str(UNTIL - 2 * MINUTE)}
            [found] = client.get("/api/v1/query", params=asked).json()["data"]["result"]
            assert float(found["value"][1]) > 1
    with pytest.raises(OperationError, match="REMOVE=1"):
        installed.write(places, program, free_address(), month, lambda *_: None)

    installed.remove(places)

    assert not [path for path in data.iterdir() if (path / "meta.json").is_file()]
