"""Nothing acknowledged is lost in a crash: the counters of the last minute's snapshot, and the requests since then.

Everything that counts is a function of the requests, their times, and the times at which waiting calls were released;
the journal has all three. After a crash the requests before the snapshot are read first, for what was known when it
was written (calls that waited, duplicates, open traces), and what they count is dropped; then the counters come back,
and the requests since then are counted, with their lines: these are written twice at most, with the same timestamp.
"""

import asyncio
import copy
import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import structlog

from watchkeeper.exporter.ingest.intake import Intake
from watchkeeper.exporter.pipeline import Pipeline
from watchkeeper.exporter.state.journal import Damaged, Entry, Journal, files, read
from watchkeeper.metrics import snapshot
from watchkeeper.metrics.snapshot import Journaled, Snapshot
from watchkeeper.metrics.store import Family, HistogramFamily, MetricStore

log = structlog.get_logger()

# What requests count. The other counters are of the process itself: they begin at zero after a crash.
_OF_REQUESTS = "llm_"
_LOOK_SECONDS = 0.25
# As many bytes as a recovery was begun and not ended.
_TRIES = "recovering"
_MOST_TRIES = 3

# The next journal's number to what must be kept beside the counters.
Describe = Callable[[int], Journaled]
_Copy = list[tuple[Any, dict[tuple[str, ...], Any]]]


class Recovery:
    """Saves the counters every minute, and brings them back; without a folder it does neither.

    ``keep`` tells what else is saved with them; ``kept`` is that of the process before.
    """

    def __init__(
        self,
        folder: Path | None,
        journal: Journal,
        store: MetricStore,
        describe: Describe,
        keep: Callable[[], dict[str, bytes]] = dict,
    ) -> None:
        self._folder = folder
        self._journal = journal
        self._store = store
        self._describe = describe
        self._keep = keep
        self._found: Snapshot | None = None
        self._saving = threading.Lock()
        self._saved = 0
        self.damage = ""
        self.restored_series = 0
        self.kept: dict[str, bytes] = {}

    @property
    def crashed_with(self) -> Journaled | None:
        """What the process before left that did not stop cleanly; None where it did, or where nothing can be used."""
        return self._found.journaled if self._found else None

    def restore(self, intake: Intake, pipeline: Pipeline, reserve: Callable[[], None]) -> None:
        """Bring the counters back: of a clean stop, or of the snapshot before a crash, with what was known then.

        ``reserve`` gives the names in them their places.
        """
        if self._folder is None:
            return
        self._found, self.damage = snapshot.read(self._folder)
        crashed = self.crashed_with
        if crashed is not None and not self._may_try(self._folder / _TRIES):
            self.damage = f"reading the journal again ended the process {_MOST_TRIES} times; it is left out"
            snapshot.forget(self._folder)
            crashed = None
        if crashed is None or not self._begin(self._next_number()):
            self._found = None
            restored = snapshot.restore(self._store, self._folder)
            self.restored_series, self.kept = restored.series, restored.kept
            self.damage = self.damage or restored.problem
            reserve()
            return
        if self._found is not None:
            self.kept = self._found.kept
            _leave_only_of_requests(self._found)
            own = _copy(self._store)
            # names must have the places that they had before others are met that had none
            snapshot.put_back(self._store, self._found)
            reserve()
            self._take_again(crashed.number, intake, pipeline, is_before=True)
            _put(own)
            self.restored_series = snapshot.put_back(self._store, self._found)

    def count_again(self, intake: Intake, pipeline: Pipeline) -> None:
        """Count what was accepted after the snapshot, as it was counted before the crash; then save all of it."""
        if (crashed := self.crashed_with) is not None:
            own = _copy(self._store, beside=_OF_REQUESTS)
            requests = self._take_again(crashed.number, intake, pipeline, is_before=False)
            _put(own)
            log.warning("crash_recovered", requests=requests, series=self.restored_series)
        self._found = None
        self._checkpoint(keeps_known=crashed is not None)
        if self._folder is not None:
            with suppress(OSError):
                (self._folder / _TRIES).unlink(missing_ok=True)

    async def run(self) -> None:
        """Save the counters whenever it is time, for as long as we run; they are written beside the requests."""
        while self._folder is not None:
            await asyncio.sleep(_LOOK_SECONDS)
            if self._journal.is_due() and (saved := self._split()) is not None:
                await asyncio.to_thread(self._save, saved)
            if self._saved == self._journal.number:
                self._journal.forget_before(self._saved)

    def save_now(self) -> bool:
        """Save the counters though it is not time yet; False where that cannot be just now. It may block."""
        if self._folder is None or not self._journal.is_open:
            return True  # what a clean stop saved is gone since the start
        saved = self._split() if self._journal.is_quiet else None
        return saved is not None and self._save(saved)

    def settle(self) -> None:
        """Save the counters before what takes time; nothing waits any more that is not in them."""
        if self._journal.is_open:
            self._checkpoint(keeps_known=False)
        else:
            self._save_for_good()

    def stop(self) -> None:
        """Save the counters for good: nothing is in the journal that is not in them."""
        if self._save_for_good():
            self._journal.stop()

    def _save_for_good(self) -> bool:
        """A full disk costs no more than the counters' continuity: they begin again, and sums stay right."""
        return self._folder is not None and self._save(snapshot.collect(self._store, kept=self._keep()))

    def _checkpoint(self, *, keeps_known: bool) -> None:
        """Save the counters, and begin another journal; where that fails, the old ones stay and are used together."""
        if (saved := self._split()) is not None:
            self._save(saved)
            self._forget(saved, keeps_known=keeps_known)

    def _split(self) -> Snapshot | None:
        """A copy of the counters; from now on requests are in a new journal. None where there is none."""
        if self._folder is None:
            return None
        number = self._next_number()
        saved = snapshot.collect(self._store, self._describe(number), self._keep())
        return saved if self._begin(number) else None

    def _begin(self, number: int) -> bool:
        try:
            self._journal.begin(number)
        except OSError as error:
            log.error("journal_unwritten", problem=str(error))  # noqa: TRY400  # the problem says it all
        return self._journal.is_open

    def _save(self, saved: Snapshot) -> bool:
        """Write the counters, never older ones over newer ones; where it fails, the last ones and all journals stay."""
        number = saved.journaled.number if saved.journaled else self._journal.number
        with self._saving:
            if number < self._saved:
                return False
            try:
                snapshot.write(saved, self._folder or Path())
            except OSError:
                log.exception("counters_unsaved")
                return False
            self._saved = number
        return True

    def _forget(self, saved: Snapshot, *, keeps_known: bool) -> None:
        if saved.journaled is not None and saved.journaled.number <= self._saved:
            self._journal.forget_before(saved.journaled.number, keeps_some=keeps_known)

    @staticmethod
    def _may_try(file: Path) -> bool:
        """Whether to read the journal: a request that ended the process does so again when it is read."""
        tries = len(file.read_bytes()) if file.is_file() else 0
        with suppress(OSError):
            file.write_bytes(b"x" * (tries + 1))
        return tries < _MOST_TRIES

    def _next_number(self) -> int:
        numbers = [number for number, _ in files(self._folder)]
        return max([self._journal.number, *numbers]) + 1

    def _take_again(self, since: int, intake: Intake, pipeline: Pipeline, *, is_before: bool) -> int:
        requests = 0
        chosen = (file for number, file in files(self._folder) if (number < since) is is_before)
        for entry in _entries(chosen):
            if entry.is_tick:
                pipeline.release(entry.received_ns)
            else:
                requests += 1
                intake.take_again(entry.kind, entry.body, entry.received_ns, entry.tenant)
        return requests


def _entries(chosen: Iterable[Path]) -> Iterator[Entry]:
    for file in chosen:
        try:
            for entry in read(file):
                if isinstance(entry, Damaged):
                    # Where the process was killed while it wrote; that request was not acknowledged.
                    log.warning("journal_damaged", file=entry.file, lost_bytes=entry.size)
                else:
                    yield entry
        except OSError as error:
            log.error("journal_unreadable", file=file.name, problem=str(error))  # noqa: TRY400


def _counting(store: MetricStore) -> Iterator[Family | HistogramFamily]:
    yield from (family for family in store.families.values() if family.metric.type == "counter")
    yield from store.histograms.values()


def _copy(store: MetricStore, beside: str = "-") -> _Copy:
    """What is counted now, beside the families whose names begin so."""
    return [(f, copy.deepcopy(f.series)) for f in _counting(store) if not f.metric.name.startswith(beside)]


def _put(copied: _Copy) -> None:
    """Count what was counted when the copy was made."""
    for family, before in copied:
        for values in list(family.series):
            family.drop(values)
        for values, series in before.items():
            family.put(values, series)


def _leave_only_of_requests(found: Snapshot) -> None:
    found.counters = {name: saved for name, saved in found.counters.items() if name.startswith(_OF_REQUESTS)}
    found.histograms = {name: saved for name, saved in found.histograms.items() if name.startswith(_OF_REQUESTS)}
