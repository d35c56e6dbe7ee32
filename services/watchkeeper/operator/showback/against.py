"""What providers billed beside the estimate, as the analyzer has laid both side by side."""

from collections.abc import Iterator
from decimal import Decimal
from typing import NamedTuple

import httpx
from rich.table import Table

from watchkeeper.engines.asking import asked
from watchkeeper.engines.vectors import VectorSeries, vector_of
from watchkeeper.errors import WatchkeeperError
from watchkeeper.operator.tables import plain

_CENT = Decimal("0.01")
_EXPLAINED = "llm_billed_difference_info"
_SIDES = ("llm_billed_dollars", "llm_billed_estimate_dollars")


class Beside(NamedTuple):
    """Both sides of a model of a provider, in US dollars, over the final days of a month."""

    provider: str
    model: str
    billed: Decimal
    estimated: Decimal


def against_providers(client: httpx.Client, prometheus_url: str) -> tuple[list[Beside], list[str]]:
    """Return both sides by provider and model, the largest differences first, and a line for each provider.

    Raises: EngineError when Prometheus does not answer, WatchkeeperError when no bill was compared.
    """
    billed, estimated = (dict(_sides(client, prometheus_url, metric)) for metric in _SIDES)
    if not billed:
        raise WatchkeeperError(
            "No bill of a provider was compared: provider_bills in watchkeeper.yml names those that are read, "
            "and the analyzer's /health says why one is not"
        )
    lines = [Beside(*key, usd, estimated.get(key, Decimal(0))) for key, usd in billed.items()]
    lines.sort(key=lambda one: (one.provider, -abs(one.billed - one.estimated), one.model))
    said = _vector(client, prometheus_url, _EXPLAINED)
    return lines, sorted(f"{one.metric.get('provider')}: {one.metric.get('explanation')}" for one in said)


def beside_table(lines: list[Beside]) -> Table:
    """For people."""
    table = Table("provider", "model", "billed", "estimated", "difference", title="Month to date, final days of UTC")
    for column in table.columns[2:]:
        column.justify = "right"
    for provider, model, billed, estimated in lines:
        off = (billed - estimated).quantize(_CENT)
        shown = f"{'-' if off < 0 else '+'}${abs(off):,}" if off else ""
        table.add_row(plain(provider), plain(model), _usd(billed), _usd(estimated), shown)
    return table


def _sides(client: httpx.Client, url: str, metric: str) -> Iterator[tuple[tuple[str, str], Decimal]]:
    for one in _vector(client, url, f'sum by (provider, model) ({metric}{{period="month",provider!~"drill-.*"}})'):
        yield (one.metric.get("provider", ""), one.metric.get("model", "")), Decimal(one.value[1])


def _vector(client: httpx.Client, url: str, query: str) -> list[VectorSeries]:
    return vector_of(asked("Prometheus", client.post, url, "/api/v1/query", data={"query": query}))


def _usd(usd: Decimal) -> str:
    return f"${usd.quantize(_CENT):,}"
