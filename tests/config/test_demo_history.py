"""A day and a bit of the demo's history in a real Prometheus and a real Loki: written, read by others, taken away."""

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest
from tests.support.alertmanager import until
from tests.support.ports import free_address, free_port
from tests.support.programs import obtain_programs

from watchkeeper.config.places import Places
from watchkeeper.demo.season import season
from watchkeeper.errors import OperationError
from watchkeeper.operator.history import installed, lines, talks
from watchkeeper.operator.history.month import MINUTE, Month
from watchkeeper.operator.history.store import Place, running
from watchkeeper.operator.standalone.processes import start_mark

ROOT = Path(__file__).parents[2]
DAY = lines.DAY_SECONDS
# The first minutes of today: the history has yesterday as a whole day.
UNTIL = int(time.time()) // DAY * DAY + 5 * MINUTE
MONTH = Month(until=UNTIL, minutes=1_455, per_second={"demo-support": 2.0}, season=season)
SECONDS = 60.0


@pytest.fixture(scope="module")
def programs() -> dict[str, Path]:
    """The pinned engines."""
    return obtain_programs(ROOT)


def engines(programs: dict[str, Path]) -> installed.Engines:
    """Them, at ports that no test beside this one takes."""
    return installed.Engines(programs=programs, ports=(free_port(), free_port(), free_port()))


@contextmanager
def shipped_loki(program: Path, data: Path) -> Iterator[str]:
    """The Loki of a stack as it is shipped, over its data, once it answers queries."""
    (data / "no-rules").mkdir(parents=True, exist_ok=True)
    http, grpc = free_port(), free_port()
    environ = {
        **os.environ,
        "LISTEN_ADDRESS": "127.0.0.1",
        "LOKI_HTTP_PORT": str(http),
        "LOKI_GRPC_PORT": str(grpc),
        "LOKI_DATA": str(data),
        "LOKI_RULES": str(data / "no-rules"),
    }
    command = [str(program), f"-config.file={ROOT / 'loki/loki.yml'}", "-config.expand-env=true"]
    with subprocess.Popen(command, env=environ, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
        try:
            yield f"http://127.0.0.1:{http}"
        finally:
            process.kill()


def asked(url: str, query: str) -> list[dict[str, Any]]:
    """The lines of the last two days; none while Loki does not answer yet."""
    span = {"start": str((UNTIL - 2 * DAY) * 10**9), "end": str(UNTIL * 10**9), "limit": "5000"}
    try:
        answer = httpx.get(f"{url}/loki/api/v1/query_range", params={"query": query, **span}, trust_env=False)
    except httpx.HTTPError:
        return []
    return answer.json()["data"]["result"] if answer.is_success else []


def count(url: str, query: str) -> int:
    """How many lines there are."""
    return sum(len(stream["values"]) for stream in asked(url, query))


def test_a_history_is_there_whole_and_then_gone(
    programs: dict[str, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Counters with what rules record of them, lines of whole days; afterwards no file is left."""
    monkeypatch.setattr(talks, "AN_HOUR", 2)
    places = Places(root=ROOT, work=tmp_path / "work", secrets=tmp_path / "secrets")
    days: list[int] = []

    written = installed.write(places, engines(programs), MONTH, lambda done, _: days.append(done))

    data, chunks = places.data / "prometheus", places.data / "loki/chunks"
    assert [path.name for path in data.iterdir()] == written.blocks
    assert list(chunks.glob("index/*")) == [chunks / "index" / f"index_{UNTIL // DAY - 1}"]
    assert not list(places.work.glob("demo-history-*"))
    place = Place(root=ROOT, folder=places.data, address=free_address())
    (places.data / "data").symlink_to(data)
    with running(programs["prometheus"], place) as store, httpx.Client(base_url=store.url, trust_env=False) as client:
        for query in ("sum(llm_requests_total)", "sum(service:llm_cost_dollars:increase1h)"):
            found = client.get("/api/v1/query", params={"query": query, "time": str(UNTIL - 2 * MINUTE)})
            assert float(found.json()["data"]["result"][0]["value"][1]) > 1
    with shipped_loki(programs["loki"], places.data / "loki") as url:
        until(lambda: count(url, '{service="demo-support"}') == written.line_count, seconds=SECONDS)
        trace = asked(url, '{event="trace_completed"}')[0]["stream"]["trace_id"]
        assert count(url, f'{{event="llm_call_completed"}} | trace_id="{trace}"') >= 1
    with pytest.raises(OperationError, match="REMOVE=1"):
        installed.write(places, engines(programs), MONTH, lambda *_: None)

    installed.remove(places)

    assert not [path for path in data.iterdir() if (path / "meta.json").is_file()]
    assert not [path for path in chunks.rglob("*") if path.is_file()]


WRITE = """
import os, sys
from pathlib import Path
from watchkeeper.config.places import Places
from watchkeeper.demo.season import season
from watchkeeper.operator.history import installed
from watchkeeper.operator.history.month import Month

root, work, program, ports = sys.argv[1:]
places = Places(root=Path(root), work=Path(work), secrets=Path(work))
engines = installed.Engines(programs={"prometheus": Path(program)}, ports=tuple(map(int, ports.split(","))))
month = Month(until=1_756_684_800, minutes=43_200, per_second={"demo-support": 2.0}, season=season)
installed.write(places, engines, month, lambda *_: None)
"""


def test_a_run_that_is_killed_leaves_nothing_that_the_next_does_not_end(
    programs: dict[str, Path], tmp_path: Path
) -> None:
    """Its Prometheus outlives it and is ended, and its folder goes away."""
    places = Places(root=ROOT, work=tmp_path / "work", secrets=tmp_path / "secrets")
    ports = ",".join(str(free_port()) for _ in range(3))
    command = [sys.executable, "-c", WRITE, str(ROOT), str(places.work), str(programs["prometheus"]), ports]

    def engine() -> int:
        note = next(places.work.glob("demo-history-*/engine.pid"), None)
        return int(note.read_text().split()[0]) if note and note.read_text() else 0

    with subprocess.Popen(command) as run:
        until(lambda: engine() > 0, seconds=SECONDS)
        run.kill()
    pid = engine()
    outlived = start_mark(pid)

    installed.prepare(places)

    assert outlived
    assert start_mark(pid) != outlived
    assert not list(places.work.glob("demo-history-*"))
