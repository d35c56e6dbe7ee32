"""The demo's history in the folder of a running Prometheus: written once, remembered, and removed again."""

import shutil
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import msgspec

from watchkeeper.config.places import Places
from watchkeeper.errors import OperationError
from watchkeeper.operator.history.month import DAY_MINUTES, MINUTE, Month, counters
from watchkeeper.operator.history.past import limits, take_blocks, write_past
from watchkeeper.operator.history.recorder import in_order, read_rules
from watchkeeper.operator.history.shape import read_shapes
from watchkeeper.operator.history.store import Place, running

_RECORD = "demo-history.json"


class Installed(msgspec.Struct, frozen=True):
    """What was written: names of blocks, and the Unix seconds that they cover."""

    blocks: list[str]
    since: int
    until: int


def earliest_own(client: httpx.Client, data: Path, now: int) -> int:
    """The Unix seconds before which Prometheus has nothing; a history ends there, so that it overlaps nothing.

    An empty head says that it begins at the end of time.

    Raises: OperationError when Prometheus does not run.
    """
    try:
        head = client.get("/api/v1/status/tsdb").raise_for_status().json()["data"]["headStats"]["minTime"]
    except httpx.HTTPError as problem:
        raise OperationError(f"The stack must run for a history, but {problem}: run make up") from problem
    times = [int(head), *(int(msgspec.json.decode(file.read_bytes())["minTime"]) for file in _metas(data))]
    earliest = min(times)
    return min(now, earliest // 1000) // MINUTE * MINUTE


def write(places: Places, program: Path, address: str, month: Month, done: Callable[[int, int], None]) -> Installed:
    """Make the month in a Prometheus of its own and give its blocks to the one that runs.

    ``done`` is called with the days that are there and those that there will be.
    Raises: OperationError when there is a history already.
    """
    if known(places):
        raise OperationError("There is a history of the demo already: make demo-history REMOVE=1 takes it away")
    rules = read_rules(places.root / "prometheus" / "rules")
    shapes = read_shapes()
    places.work.mkdir(parents=True, exist_ok=True)
    # On the same disk as the data, so that a block is moved and not copied half.
    with tempfile.TemporaryDirectory(prefix="demo-history-", dir=places.work) as name:
        folder = Path(name)
        place = Place(root=places.root, folder=folder, address=address)
        with running(program, place, start=month.since, step=MINUTE) as store:
            series = [*counters(month, shapes), *limits(month.per_second, month.minutes)]
            recordings = in_order(rules, [str(rule["expr"]) for rule in rules if "alert" in rule])
            for minutes in write_past(store, series, recordings, month.minutes, DAY_MINUTES):
                done(minutes // DAY_MINUTES, month.minutes // DAY_MINUTES)
            blocks = take_blocks(store, folder / "data", places.data / "prometheus")
    installed = Installed(blocks=blocks, since=month.since, until=month.until)
    (places.work / _RECORD).write_bytes(msgspec.json.encode(installed))
    return installed


def known(places: Places) -> Installed | None:
    """What was written into this stack, if anything was."""
    try:
        return msgspec.json.decode((places.work / _RECORD).read_bytes(), type=Installed)
    except FileNotFoundError:
        return None
    except msgspec.DecodeError as problem:
        raise OperationError(f"{places.work / _RECORD} is damaged ({problem}): remove the blocks by hand") from problem


def remove(places: Places) -> Installed:
    """Take the history away; Prometheus forgets it within a minute or two.

    Raises: OperationError when there is none, or when Prometheus has put its blocks together with others.
    """
    installed = known(places)
    if installed is None:
        raise OperationError("There is no history of the demo: make demo-history writes one")
    data = places.data / "prometheus"
    merged = [file.parent.name for file in _metas(data) if _parents(file) & set(installed.blocks)]
    if merged:
        raise OperationError(f"Prometheus has put the history together with other data, in {', '.join(merged)}")
    for name in installed.blocks:
        # Prometheus takes a folder with this end for one that it may delete itself.
        leaving = data / f"{name}.tmp-for-deletion"
        if (data / name).is_dir():
            (data / name).rename(leaving)
            shutil.rmtree(leaving)
    (places.work / _RECORD).unlink()
    return installed


def _metas(data: Path) -> Iterator[Path]:
    return data.glob("*/meta.json")


def _parents(meta: Path) -> set[str]:
    found = msgspec.json.decode(meta.read_bytes()).get("compaction", {}).get("parents") or []
    return {str(parent["ulid"]) for parent in found}
