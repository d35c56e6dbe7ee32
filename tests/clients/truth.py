"""What the fake provider served, summed up: what the exporter has to report."""

from collections import Counter
from decimal import Decimal

from tests.clients.fake_provider import Served
from tests.clients.table import Client

TOKENS = ("input", "cached_input", "cache_write", "output", "reasoning")


def truth(client: Client, journal: list[Served]) -> dict[str, object]:
    """The journal's sums, less the kinds of tokens that this library leaves out."""
    tokens = {name: sum(getattr(served, name) for served in journal) for name in TOKENS}
    return {
        "calls": dict(Counter(served.status for served in journal)),
        "tokens": {name: count for name, count in tokens.items() if count and name not in client.unreported},
        "dollars": float(round(sum((served.cost_usd() for served in journal), Decimal(0)), 12)),
    }
