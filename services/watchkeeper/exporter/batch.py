"""The records of one request on their way through the pipeline: a step is done for all of them before the next one.

What a step needs stays in the processor's caches meanwhile: the same steps, record by record, took half as long again
(bench/ingest.py).
"""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import TypeVar

import msgspec
import structlog

from watchkeeper.errors import InvalidValueError
from watchkeeper.model import Fact, Rejection

log = structlog.get_logger()
Item = TypeVar("Item")
Made = TypeVar("Made")
FactT = TypeVar("FactT", bound=Fact)

# Details of rejected records that a reply carries; the counters have the whole number.
_SHOWN_DETAILS = 10
# A detail quotes what a sender wrote.
_MAX_DETAIL = 300
# Records that go through the steps together: more gain nothing, and what they become between two steps takes memory.
_TOGETHER = 128

# A record, or what became of it, with its place in the request.
Placed = tuple[int, Item]


class Receipt(msgspec.Struct, frozen=True, kw_only=True):
    """What became of a batch: how many records were taken, and which were not and why."""

    accepted: int
    rejections: tuple[Rejection, ...]

    @property
    def detail(self) -> str:
        """The first reasons in one line, for a reply."""
        shown = "; ".join(rejection.detail[:_MAX_DETAIL] for rejection in self.rejections[:_SHOWN_DETAILS])
        more = len(self.rejections) - _SHOWN_DETAILS
        return f"{shown}; and {more} more" if more > 0 else shown


class Batch:
    """The records of one request: ``signal`` is what they are, ``now`` when they came (Unix seconds).

    ``tenant`` is whose token came with them, ``unread`` could not be decoded. What is lost on the way is here until
    it is counted: ``rejections`` are records, ``rejected_values`` parts of records that count without them, ``dropped``
    what is of no interest or a duplicate, by stage and reason.
    """

    def __init__(self, signal: str, received_ns: int, unread: Iterable[Rejection] = (), tenant: str = "") -> None:
        self.signal = signal
        self.received_ns = received_ns
        self.now = received_ns / 1e9
        self.tenant = tenant
        self.rejections = list(unread)
        self.rejected_values: list[Rejection] = []
        self.dropped: Counter[tuple[str, str]] = Counter()
        self._refused: set[int] = set()

    def parts(self, records: Sequence[Placed[Item]]) -> Iterator[Sequence[Placed[Item]]]:
        """The records in portions that take the steps together."""
        for start in range(0, len(records), _TOGETHER):
            yield records[start : start + _TOGETHER]

    def each(
        self, items: Iterable[Placed[Item]], step: Callable[[Item, "Batch"], Iterable[Made]]
    ) -> list[Placed[Made]]:
        """Do a step for every item by itself: one that fails is rejected, its neighbours go on."""
        done: list[Placed[Made]] = []
        for index, item in items:
            try:
                for made in step(item, self):
                    done.append((index, made))  # noqa: PERF401  # what was made before a failure goes on
            except InvalidValueError as error:
                self._refuse(index, "invalid_value", str(error))
            except Exception:
                log.exception("record_failed", signal=self.signal)
                self._refuse(index, "internal_error", "could not be processed, see the exporter's log")
        return done

    def owned(self, facts: Sequence[FactT]) -> Sequence[FactT]:
        """The facts as the tenant's whose token came with them, whatever the telemetry says."""
        return [_of_tenant(fact, self.tenant) for fact in facts] if self.tenant else facts

    def reject_values(self, values: Iterable[Rejection]) -> None:
        """Note values that failed validation, in records that go on without them."""
        self.rejected_values.extend(values)

    def drop(self, stage: str, reason: str, count: int = 1) -> None:
        """Note what goes no further than this stage of the flow, and why, without being rejected."""
        self.dropped[stage, reason] += count

    def receipt(self, count: int) -> Receipt:
        """What became of ``count`` records."""
        return Receipt(accepted=count - len(self._refused), rejections=tuple(self.rejections))

    def _refuse(self, index: int, reason: str, why: str) -> None:
        if index not in self._refused:
            self._refused.add(index)
            self.rejections.append(Rejection(reason=reason, detail=f"{self.signal}[{index}]: {why}", index=index))


def _of_tenant(fact: FactT, tenant: str) -> FactT:
    return msgspec.structs.replace(fact, context=msgspec.structs.replace(fact.context, tenant=tenant))
