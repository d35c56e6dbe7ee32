"""The demo's history in the folders of a running Prometheus and Loki: written once, remembered, and removed again.

What is given to them is remembered before: a run that is stopped in the middle is mended by the next one.
"""

import shutil
import tempfile
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import httpx
import msgspec

from watchkeeper.config.places import Places
from watchkeeper.errors import OperationError
from watchkeeper.operator.history import lines
from watchkeeper.operator.history.engine_note import end_engines
from watchkeeper.operator.history.incidents import Fired, fired
from watchkeeper.operator.history.loki import LokiPlace, files_of, taking_lines
from watchkeeper.operator.history.month import DAY_MINUTES, MINUTE, Month, counters
from watchkeeper.operator.history.past import UNFINISHED, blocks_of, give_blocks, limits, make_blocks, write_past
from watchkeeper.operator.history.recorder import in_order, read_rules
from watchkeeper.operator.history.samples import read_samples
from watchkeeper.operator.history.shape import read_shapes
from watchkeeper.operator.history.store import Place, running

_RECORD = "demo-history.json"
_FOLDER = "demo-history-"


class Installed(msgspec.Struct, frozen=True):
    """What was written: names of blocks and of Loki's files, and the Unix seconds that they cover.

    It is not whole while they are given, or if that was stopped.
    """

    blocks: list[str]
    since: int
    until: int
    files: list[str] = []
    line_count: int = 0
    is_whole: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Engines:
    """The programs that make a history, and the ports of this machine that they listen on."""

    programs: Mapping[str, Path]
    ports: tuple[int, int, int]


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


def prepare(places: Places) -> None:
    """Take away what a run left that was stopped in the middle, and end the engines of one that was killed.

    Raises: OperationError when there is a history already.
    """
    found = known(places)
    if found and found.is_whole:
        raise OperationError("There is a history of the demo already: make demo-history REMOVE=1 takes it away")
    if found:
        remove(places)
    _clear(places)


def _clear(places: Places) -> None:
    for left in places.work.glob(f"{_FOLDER}*/"):
        end_engines(left)
        shutil.rmtree(left, ignore_errors=True)


def write(places: Places, engines: Engines, month: Month, done: Callable[[int, int], None]) -> Installed:
    """Make the month in engines of its own and give their files to those that run.

    ``done`` is called with the days that are there and those that there will be.
    Raises: OperationError when there is a history already.
    """
    prepare(places)
    places.work.mkdir(parents=True, exist_ok=True)
    # On the same disk as the data, so that a file is moved and not copied half.
    with tempfile.TemporaryDirectory(prefix=_FOLDER, dir=places.work) as name:
        folder = Path(name)
        blocks, alerts = _metrics(places, engines, folder, month, done)
        chunks, count = _lines(places, engines, folder, month, alerts)
        made = Installed(
            blocks=blocks_of(blocks),
            since=month.since,
            until=month.until,
            files=files_of(chunks),
            line_count=count,
            is_whole=False,
        )
        _remember(places, made)
        give_blocks(made.blocks, blocks, places.data / "prometheus")
        lines.give(made.files, chunks, _chunks(places))
    installed = msgspec.structs.replace(made, is_whole=True)
    _remember(places, installed)
    return installed


def _metrics(
    places: Places, engines: Engines, folder: Path, month: Month, done: Callable[[int, int], None]
) -> tuple[Path, list[Fired]]:
    """The folder of the month's blocks, and the alerts that fired."""
    rules = read_rules(places.root / "prometheus" / "rules")
    place = Place(root=places.root, folder=folder, address=f"127.0.0.1:{engines.ports[0]}")
    with running(engines.programs["prometheus"], place, start=month.since, step=MINUTE) as store:
        series = [*counters(month, read_shapes()), *limits(month.per_second, month.minutes)]
        recordings = in_order(rules, [str(rule["expr"]) for rule in rules if "alert" in rule])
        for minutes in write_past(store, series, recordings, month.minutes, DAY_MINUTES):
            done(minutes // DAY_MINUTES, month.minutes // DAY_MINUTES)
        return make_blocks(store, folder / "data"), list(fired(store, rules, month))


def _lines(places: Places, engines: Engines, folder: Path, month: Month, alerts: list[Fired]) -> tuple[Path, int]:
    """The folder of the month's lines as Loki keeps them, and how many there are."""
    place = LokiPlace(root=places.root, folder=folder / "loki", ports=engines.ports[1:])
    days = lines.days_for_lines(_chunks(places), month)
    with taking_lines(engines.programs["loki"], place) as store:
        count = lines.push_past(store, days, month, read_samples(), alerts)
    return place.chunks, count


def known(places: Places) -> Installed | None:
    """What was written into this stack, if anything was."""
    try:
        return msgspec.json.decode((places.work / _RECORD).read_bytes(), type=Installed)
    except FileNotFoundError:
        return None
    except msgspec.DecodeError as problem:
        raise OperationError(f"{places.work / _RECORD} is damaged ({problem}): remove the blocks by hand") from problem


def remove(places: Places) -> Installed:
    """Take the history away, and what a killed run left; Prometheus forgets it in a minute or two, Loki in five.

    Raises: OperationError when there is none, or when an engine has put it together with others' data.
    """
    _clear(places)
    installed = known(places)
    if installed is None:
        raise OperationError("There is no history of the demo: make demo-history writes one")
    data = places.data / "prometheus"
    merged = [file.parent.name for file in _metas(data) if _parents(file) & set(installed.blocks)]
    if merged:
        raise OperationError(f"Prometheus has put the history together with other data, in {', '.join(merged)}")
    lines.check_alone(_chunks(places), installed.files)
    for name in installed.blocks:
        shutil.rmtree(data / f"{name}{UNFINISHED}", ignore_errors=True)
        # Prometheus takes a folder with this end for one that it may delete itself.
        leaving = data / f"{name}.tmp-for-deletion"
        if (data / name).is_dir():
            (data / name).rename(leaving)
        shutil.rmtree(leaving, ignore_errors=True)
    lines.take_away(_chunks(places), installed.files)
    (places.work / _RECORD).unlink()
    return installed


def _remember(places: Places, installed: Installed) -> None:
    file = places.work / _RECORD
    unfinished = file.with_suffix(".unfinished")
    unfinished.write_bytes(msgspec.json.encode(installed))
    unfinished.replace(file)


def _chunks(places: Places) -> Path:
    return places.data / "loki" / "chunks"


def _metas(data: Path) -> Iterator[Path]:
    return data.glob("*/meta.json")


def _parents(meta: Path) -> set[str]:
    found = msgspec.json.decode(meta.read_bytes()).get("compaction", {}).get("parents") or []
    return {str(parent["ulid"]) for parent in found}
