"""Ceilings of runs, sessions, agents and users, while they go on: who has reached one, and who goes on all the same.

Judged at every call and run of a tool that counts, whether its trace is open or not, from sums of bounded number.
"""

from collections import OrderedDict
from collections.abc import Collection, Iterator, Mapping, Sequence

import msgspec

from watchkeeper.config.ceilings import Ceiling, Per
from watchkeeper.exporter.watch.budgets import matcher, payer_of
from watchkeeper.exporter.watch.keys import key_of
from watchkeeper.exporter.watch.tally import Counted, Tally
from watchkeeper.model import CeilingReached, Context, Fact, LlmCall, ToolCall

# Of one ceiling: at most 1 KB each. Whoever was silent the longest goes first.
_TALLIES = 16_384
# A run or a session that was silent for a day is over, or waits for a person: it counts from zero.
_SILENT_SECONDS = 86_400.0

# By ceiling and key.
Saved = dict[str, dict[str, Tally]]
_encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder(Saved).decode


class CeilingBook:
    """Who has used how much of which ceiling.

    With ``is_by_tenant`` the same session or user of two tenants is two; without tokens a tenant is only what calls
    say, and not all calls of a run say it. ``forgotten`` counts those that had to go for others.
    """

    def __init__(self, ceilings: Sequence[Ceiling], *, is_by_tenant: bool, capacity: int = _TALLIES) -> None:
        self.ceilings = {ceiling.name: ceiling for ceiling in ceilings}
        self.limits = {ceiling.name: ceiling.limits() for ceiling in ceilings}
        self.capacity = capacity * len(ceilings)
        self.forgotten = 0
        self._of_each = capacity
        self._is_by_tenant = is_by_tenant
        self._tallies: Mapping[str, OrderedDict[str, Tally]] = {name: OrderedDict() for name in self.ceilings}
        self._ceilings_of = matcher(self.ceilings.values(), lambda ceiling: ceiling.match)

    def __len__(self) -> int:
        return sum(map(len, self._tallies.values()))

    def take(self, fact: Fact, now: float) -> list[CeilingReached]:
        """Count a call or a run of a tool that came ``now`` (Unix seconds); return which ceilings that reaches."""
        if not isinstance(fact, LlmCall | ToolCall):
            return []
        context = fact.context
        found: list[CeilingReached] = []
        for ceiling in self._ceilings_of(payer_of(context)):
            if key := self.key(ceiling, context):
                found += self._count(ceiling, key, fact, now)
        return found

    def tally(self, ceiling: Ceiling, context: Context, now: float) -> Tally | None:
        """What whoever the context names has used; None where nothing was, or a new window begins."""
        tally = self._tallies[ceiling.name].get(self.key(ceiling, context))
        return None if tally is None or _is_over(ceiling, tally, now) else tally

    def key(self, ceiling: Ceiling, context: Context) -> str:
        """By what a ceiling knows whom a call is of; empty where the call does not say."""
        within, name = "", context.trace_id
        if ceiling.per == "session":
            name = context.session_id
        elif ceiling.per == "user":
            name = context.user_hash
        elif ceiling.per == "agent":
            within, name = context.service, context.agent
        return name and key_of(context.tenant if self._is_by_tenant else "", name, within)

    def reached(self, since: float) -> Iterator[tuple[Ceiling, Tally]]:
        """Whoever has reached a ceiling, and was heard of ``since`` (Unix seconds)."""
        for name, tallies in self._tallies.items():
            for tally in reversed(tallies.values()):
                if tally.seen < since:
                    break
                if tally.reached:
                    yield self.ceilings[name], tally

    def saved(self) -> bytes:
        """All of it, to be kept over a restart; nothing where there are no ceilings."""
        return _encode(self._tallies) if self.ceilings else b""

    def resume(self, saved: bytes) -> None:
        """Go on from what was saved, by the limits of today. Raises: msgspec.DecodeError where it cannot be read."""
        known = _decode(saved) if saved else {}
        for name, tallies in self._tallies.items():
            tallies.clear()
            tallies.update(known.get(name, {}))
            for tally in tallies.values():
                still = tuple(limit for limit in tally.reached if self._is_reached(name, limit, tally))
                tally.reached, tally.is_passed = still, tally.is_passed and bool(still)

    def forget(self, per: Per, keys: Collection[str]) -> int:
        """Take away what was used under these keys of ceilings per run, session or user; how many sums that was."""
        books = [tallies for name, tallies in self._tallies.items() if self.ceilings[name].per == per]
        return sum(tallies.pop(key, None) is not None for tallies in books for key in keys)

    def _count(self, ceiling: Ceiling, key: str, fact: Counted, now: float) -> Iterator[CeilingReached]:
        tally = self._tally(ceiling, key, now)
        start_ns = tally.add(fact, now)
        if tally.reached and not tally.is_passed and start_ns >= tally.reached_ns:
            tally.is_passed = True
            yield self._fact(ceiling, tally, tally.reached[0], fact)
        for limit in self.limits[ceiling.name]:
            if limit not in tally.reached and self._is_reached(ceiling.name, limit, tally):
                if not tally.reached:
                    tally.reached_ns = tally.end_ns
                    tally.owner = fact.context.service, fact.context.team
                tally.reached += (limit,)
                yield self._fact(ceiling, tally, limit, fact)

    def _tally(self, ceiling: Ceiling, key: str, now: float) -> Tally:
        tallies = self._tallies[ceiling.name]
        tally = tallies.get(key)
        if tally is None or _is_over(ceiling, tally, now):
            tally = tallies[key] = Tally(now, now)
        tallies.move_to_end(key)
        if len(tallies) > self._of_each:
            tallies.popitem(last=False)
            self.forgotten += 1
        return tally

    def _is_reached(self, name: str, limit: str, tally: Tally) -> bool:
        allowed = self.limits[name].get(limit)
        return allowed is not None and tally.used(limit, self.ceilings[name].per) >= allowed

    def _fact(self, ceiling: Ceiling, tally: Tally, limit: str, fact: Counted) -> CeilingReached:
        return CeilingReached(
            context=fact.context,
            ceiling=ceiling.name,
            per=ceiling.per,
            limit=limit,
            used=tally.used(limit, ceiling.per),
            allowed=self.limits[ceiling.name][limit],
            is_passed=tally.is_passed,
        )


def _is_over(ceiling: Ceiling, tally: Tally, now: float) -> bool:
    """Whether whoever comes back then counts from zero."""
    return now - tally.seen >= _SILENT_SECONDS if ceiling.window is None else now - tally.begun >= ceiling.window
