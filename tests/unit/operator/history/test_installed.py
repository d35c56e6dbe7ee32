"""A history is written once, where nothing else is, and leaves nothing behind."""

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import httpx
import msgspec
import pytest

from watchkeeper.config.places import Places
from watchkeeper.errors import OperationError
from watchkeeper.operator.history.engine_note import note_engine
from watchkeeper.operator.history.installed import Installed, earliest_own, known, prepare, remove
from watchkeeper.operator.standalone.processes import start_mark

NOW = 1_756_684_805


@pytest.fixture
def places(tmp_path: Path) -> Places:
    """A bundle that has written something."""
    found = Places(root=tmp_path, work=tmp_path / "work", secrets=tmp_path / "secrets")
    (found.data / "prometheus").mkdir(parents=True)
    return found


def block(places: Places, name: str, *, min_time: int = 0, parents: list[str] | None = None) -> Path:
    """A block of Prometheus."""
    folder = places.data / "prometheus" / name
    folder.mkdir()
    compaction = {"parents": [{"ulid": one} for one in parents or []]}
    (folder / "meta.json").write_text(json.dumps({"minTime": min_time, "compaction": compaction}))
    return folder


def install(places: Places, *blocks: str, files: tuple[str, ...] = (), is_whole: bool = True) -> None:
    """Remember blocks as the demo's, and files of Loki."""
    record = Installed(blocks=list(blocks), since=0, until=1, files=list(files), is_whole=is_whole)
    (places.work / "demo-history.json").write_bytes(msgspec.json.encode(record))


def prometheus(min_time: int) -> httpx.Client:
    """One whose head begins then."""
    answer = {"data": {"headStats": {"minTime": min_time}}}
    transport = httpx.MockTransport(lambda _: httpx.Response(200, json=answer))
    return httpx.Client(base_url="http://prometheus", transport=transport)


def test_a_history_ends_where_own_data_begins(places: Places) -> None:
    """In the head, in a block, or now where there is none; a whole minute."""
    empty, recent = prometheus(2**63 - 1), prometheus((NOW - 100) * 1000)
    data = places.data / "prometheus"

    assert earliest_own(empty, data, NOW) == NOW - 5
    assert earliest_own(recent, data, NOW) == NOW - 125
    block(places, "01A", min_time=(NOW - 7205) * 1000)
    assert earliest_own(recent, data, NOW) == NOW - 7205


def test_a_stack_that_does_not_run_is_named(places: Places) -> None:
    """With what to do."""

    def refused(request: httpx.Request) -> httpx.Response:
        raise httpx.ConnectError("refused", request=request)

    client = httpx.Client(base_url="http://prometheus", transport=httpx.MockTransport(refused))

    with pytest.raises(OperationError, match="run make up"):
        earliest_own(client, places.data / "prometheus", NOW)


def test_removing_leaves_other_blocks_alone(places: Places) -> None:
    """And forgets that there was one."""
    own, other = block(places, "01DEMO"), block(places, "01OWN")
    install(places, "01DEMO", "01GONE-BY-RETENTION")

    remove(places)

    assert (own.exists(), other.exists(), known(places)) == (False, True, None)


def test_what_is_not_there_cannot_be_removed(places: Places) -> None:
    """A sentence says how to get one."""
    with pytest.raises(OperationError, match="make demo-history writes one"):
        remove(places)


def test_blocks_that_were_merged_are_not_torn_apart(places: Places) -> None:
    """Nothing is deleted that has data of others in it."""
    merged = block(places, "01MERGED", parents=["01DEMO", "01OWN"])
    install(places, "01DEMO")

    with pytest.raises(OperationError, match="01MERGED"):
        remove(places)

    assert merged.exists()


def test_a_damaged_record_is_reported(places: Places) -> None:
    """It is not taken for none."""
    (places.work / "demo-history.json").write_text("{")

    with pytest.raises(OperationError, match="is damaged"):
        known(places)


def test_what_a_stopped_run_left_is_taken_away_by_the_next(places: Places) -> None:
    """Blocks and files that it gave, those that it had begun to, and the folder that it worked in."""
    given, own = block(places, "01DEMO"), block(places, "01OWN")
    half = places.data / "prometheus" / "01HALF.tmp-for-creation"
    half.mkdir()
    lines = places.data / "loki" / "chunks" / "fake" / "a1" / "c"
    lines.parent.mkdir(parents=True)
    lines.write_text("lines")
    (places.work / "demo-history-abc").mkdir()
    install(places, "01DEMO", "01HALF", "01NEVER", files=("fake/a1/c", "fake/a1/never"), is_whole=False)

    prepare(places)

    left = [given.exists(), half.exists(), lines.exists(), (places.work / "demo-history-abc").exists()]
    assert left == [False] * 4
    assert own.exists()
    assert known(places) is None


@pytest.mark.parametrize("take_away", [prepare, remove], ids=["written again", "removed"])
def test_the_engines_of_a_killed_run_are_ended(places: Places, take_away: Callable[[Places], object]) -> None:
    """Those that still run in its folder, and none that has their number now."""
    install(places, "01DEMO", is_whole=False)
    folder = places.work / "demo-history-abc"
    (folder / "loki").mkdir(parents=True)
    command = [sys.executable, "-c", "input()"]
    with (
        subprocess.Popen(command, stdin=subprocess.PIPE) as engine,
        subprocess.Popen(command, stdin=subprocess.PIPE) as other,
    ):
        note_engine(folder, engine.pid)
        (folder / "loki" / "engine.pid").write_text(f"{other.pid} of-an-earlier-process")

        take_away(places)

        assert (start_mark(engine.pid), start_mark(other.pid) is None) == (None, False)
        other.kill()
    assert not folder.exists()


@pytest.mark.parametrize("note", ["", "12", "12 ", "x y", "-1 a"])
def test_a_note_that_was_not_written_to_its_end_ends_nothing(places: Places, note: str) -> None:
    """A run may be killed in any moment."""
    folder = places.work / "demo-history-abc"
    folder.mkdir()
    (folder / "engine.pid").write_text(note)

    prepare(places)

    assert not folder.exists()


def test_a_history_that_is_there_is_not_written_again(places: Places) -> None:
    """It says how to take it away."""
    install(places, "01DEMO")

    with pytest.raises(OperationError, match="REMOVE=1"):
        prepare(places)


def test_a_record_of_blocks_alone_is_a_history(places: Places) -> None:
    """As versions before this one wrote it."""
    (places.work / "demo-history.json").write_text('{"blocks": ["01OLD"], "since": 0, "until": 1}')

    with pytest.raises(OperationError, match="REMOVE=1"):
        prepare(places)
