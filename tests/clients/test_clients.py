"""Each client library, run as its users run it, and what the exporter makes of what it sends.

Needs what the package registries have, so it is `make clients`, apart from `make test`.
"""

import time
from collections.abc import Callable
from pathlib import Path

import pytest
from tests.clients.exporter import Exporter, run_exporter
from tests.clients.fake_provider import run_fake_provider
from tests.clients.run_app import run_app
from tests.clients.table import CLIENTS, CODING_AGENTS, Client
from tests.clients.truth import truth

RUN = (*CLIENTS, *CODING_AGENTS)
# Facts wait in the exporter for others of the same call before they are counted: 2 s, and once more on the safe side.
_SETTLE_SECONDS = 15
_STAY_SECONDS = 4


@pytest.mark.parametrize("client", RUN, ids=[client.id for client in RUN])
def test_the_exporter_reports_what_the_provider_served(client: Client, tmp_path: Path) -> None:
    """Calls by status, tokens by type and dollars are those of the provider's journal."""
    with run_fake_provider() as provider, run_exporter(tmp_path) as exporter:
        said = run_app(client, provider, exporter.address, tmp_path)
        expected = truth(client, provider.journal)

        assert provider.journal, said
        assert settled(lambda: reported(client, exporter), expected) == expected, said
        assert kinds_of_facts(exporter) == sorted(client.facts)


def reported(client: Client, exporter: Exporter) -> dict[str, object]:
    """The same sums by the exporter's metrics."""
    tokens = exporter.by_label("llm_tokens_total", "type")
    return {
        "calls": exporter.by_label("llm_requests_total", "status"),
        "tokens": {name: count for name, count in tokens.items() if name not in client.unreported},
        "dollars": round(sum(exporter.by_label("llm_cost_dollars_total", "service").values()), 12),
    }


def settled(read: Callable[[], object], expected: object) -> object:
    """What is reported once it is as expected, or after a while; and it must stay so."""
    deadline = time.monotonic() + _SETTLE_SECONDS
    while read() != expected and time.monotonic() < deadline:
        time.sleep(0.2)
    deadline = time.monotonic() + _STAY_SECONDS
    while read() == expected and time.monotonic() < deadline:
        time.sleep(0.2)
    return read()


def kinds_of_facts(exporter: Exporter) -> list[str]:
    """What arrived beyond calls, by the words of the table."""
    lines = exporter.lines()
    kinds = {
        "sessions": any("session_id" in line for line in lines),
        "users": any("user_hash" in line for line in lines),
        "tools": any(line["event"] == "tool_call_completed" for line in lines),
        "retrieval": any(line["event"] == "retrieval_completed" for line in lines),
    }
    return sorted(kind for kind, is_reported in kinds.items() if is_reported)
