"""Whose calls cost the most in the last hour: users and sessions, found within bounded memory whatever their number."""

from collections import deque
from collections.abc import Iterable, Mapping

from watchkeeper.exporter.watch.heavy_hitters import HeavyHitters
from watchkeeper.model import Fact, LlmCall, is_drill

KINDS = ("user", "session")
SLICES = 6
SLICE_SECONDS = 600
# Whoever spends more than 1/512 of a slice is kept; 6 slices of 2 kinds take 1.5 MB.
_KEPT = 512
_MAX_LENGTH = 128

# Who, and at least how many US dollars; the most expensive first.
Spending = list[tuple[str, float]]


class TopSpenders:
    """Adds up what calls cost by user and by session, over the last hour in slices of ten minutes.

    Amounts are what someone spent at least: small amounts may be missing when thousands spend at once, and nothing is
    ever put down to the wrong one.
    """

    def __init__(self) -> None:
        self._slices: deque[tuple[int, dict[str, HeavyHitters]]] = deque(maxlen=SLICES)

    def take(self, fact: Fact, now: float) -> None:
        """Add one call that arrived ``now`` (Unix seconds); other facts and drills cost no one anything."""
        if not isinstance(fact, LlmCall) or fact.cost is None or not fact.cost.usd or is_drill(fact.context.service):
            return
        spent = self._slice(now)
        usd = float(fact.cost.usd)
        if fact.context.user_hash:
            spent["user"].add(fact.context.user_hash, usd)
        if fact.context.session_id:
            spent["session"].add(fact.context.session_id[:_MAX_LENGTH], usd)

    def top(self, kind: str, now: float) -> Spending:
        """Everyone kept of a kind, the most expensive first."""
        first = int(now // SLICE_SECONDS) - SLICES + 1
        total: dict[str, float] = {}
        for number, spent in self._slices:
            if number >= first:
                for who, usd in spent[kind].sure().items():
                    total[who] = total.get(who, 0.0) + usd
        return sorted(total.items(), key=lambda spender: (-spender[1], spender[0]))

    def _slice(self, now: float) -> dict[str, HeavyHitters]:
        number = int(now // SLICE_SECONDS)
        if not self._slices or number > self._slices[-1][0]:
            self._slices.append((number, {kind: HeavyHitters(_KEPT) for kind in KINDS}))
        return self._slices[-1][1]


def keep_shown(ranked: Iterable[str], shown: Mapping[str, object], enter: int) -> list[str]:
    """Who is shown next: the first ``enter``, and who was shown before as long as among the first ``2 * enter``.

    One who goes up and down around the last place would otherwise begin and end a series at every turn.
    """
    return [who for place, who in enumerate(ranked) if place < enter or (place < 2 * enter and who in shown)]
