"""What one run, session, agent or user has used so far of a ceiling."""

from decimal import Decimal

import msgspec

from watchkeeper.config.ceilings import Per
from watchkeeper.exporter.watch.open_trace import NO_STEPS
from watchkeeper.model import LlmCall, ToolCall

Counted = LlmCall | ToolCall
# The parts of one conversation or run follow each other in time.
_FROM_BEGIN_TO_END: tuple[Per, ...] = ("run", "session")
# Of times and tokens: what msgpack can hold, whatever senders make up.
_MOST = 2**63 - 1


class Tally(msgspec.Struct, gc=False):
    """Sums, not calls. ``begun`` and ``seen`` are Unix seconds of arrival; other times those of the calls themselves.

    ``reached`` are the limits that were reached, in the calls of ``owner`` (service, team), the last of them at
    ``reached_ns``; ``is_passed`` that a call began after it.
    """

    begun: float
    seen: float
    cost_usd: Decimal = Decimal(0)
    tokens: int = 0
    steps: int = 0
    busy_seconds: float = 0.0
    start_ns: int = _MOST
    end_ns: int = 0
    reached: tuple[str, ...] = ()
    reached_ns: int = _MOST
    is_passed: bool = False
    owner: tuple[str, str] = ("", "")

    def add(self, fact: Counted, now: float) -> int:
        """Add a call or a run of a tool that came ``now``; return when it began (nanoseconds)."""
        self.seen = now
        end_ns, seconds = min(fact.context.time_ns, _MOST), fact.duration_seconds
        start_ns = end_ns if seconds is None else max(0, end_ns - round(seconds * 1e9))
        self.start_ns, self.end_ns = min(self.start_ns, start_ns), max(self.end_ns, end_ns)
        self.busy_seconds += seconds or 0.0
        if isinstance(fact, ToolCall):
            self.steps += 1
            return start_ns
        self.steps += fact.context.operation not in NO_STEPS
        self.tokens = min(_MOST, self.tokens + (fact.usage.input or 0) + (fact.usage.output or 0))
        if fact.cost is not None:
            self.cost_usd += fact.cost.usd
        return start_ns

    def used(self, limit: str, per: Per) -> Decimal:
        """How much was used of what a ceiling limits."""
        if limit == "seconds":
            elapsed = max(0, self.end_ns - self.start_ns) / 1e9
            return Decimal(str(round(elapsed if per in _FROM_BEGIN_TO_END else self.busy_seconds, 3)))
        return Decimal(getattr(self, limit))
