"""Reports once a minute whose calls cost the most: a log line, and a few gauges."""

from collections.abc import Callable

import structlog

from watchkeeper.exporter.watch.top_spenders import KINDS, Spending, TopSpenders, keep_shown
from watchkeeper.metrics.store import MetricStore

log = structlog.get_logger()

_SHOWN = 10
# Whoever is among the first 10 of a kind gets a series, and keeps it among the first 20: 20 series of a kind at most.
_ENTER = 10
_METRIC = "llm_top_spender_dollars"


class SpenderReport:
    """Writes the top of ``spenders``; ``hash_session`` makes of a session's id what may be a label."""

    def __init__(self, spenders: TopSpenders, store: MetricStore, hash_session: Callable[[str], str]) -> None:
        self._spenders = spenders
        self._gauge = store.families[_METRIC]
        self._hashed: dict[str, Callable[[str], str]] = {"user": str, "session": hash_session}

    def emit(self, now: float) -> None:
        """Report the last hour; an hour without any cost is no news."""
        top = {kind: self._top(kind, now) for kind in KINDS}
        for kind, spending in top.items():
            self._show(kind, dict(spending))
        if any(top.values()):
            log.info(
                "top_spenders_recorded",
                **{
                    f"{kind}s": [{"hash": who, "usd": _rounded(usd)} for who, usd in top[kind][:_SHOWN]]
                    for kind in KINDS
                },
            )

    def _top(self, kind: str, now: float) -> Spending:
        ranked = self._spenders.top(kind, now)[: 2 * _ENTER]
        return [(self._hashed[kind](who), usd) for who, usd in ranked]

    def _show(self, kind: str, spending: dict[str, float]) -> None:
        shown = {who: None for shown_kind, who in self._gauge.series if shown_kind == kind}
        wanted = keep_shown(spending, shown, _ENTER)
        for who in shown.keys() - set(wanted):
            self._gauge.drop((kind, who))
        for who in wanted:
            self._gauge.set((kind, who), spending[who])


def _rounded(usd: float) -> str:
    """Six decimals: a millionth of a dollar is the price of a token."""
    return f"{usd:.6f}"
