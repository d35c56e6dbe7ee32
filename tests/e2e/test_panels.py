"""Every query of every dashboard runs on the engine that answers it."""

import pytest
from tests.e2e.support.payloads import Payload
from tests.e2e.support.stack import Stack
from tests.support.panels import PanelQuery, panel_queries

PATHS = {"prometheus": "/api/v1/query", "loki": "/loki/api/v1/query_range"}


@pytest.mark.parametrize("query", list(panel_queries()), ids=str)
def test_a_panel_asks_what_its_engine_answers(stack: Stack, posted: list[Payload], query: PanelQuery) -> None:
    """No panel shows an error where it should show metrics or logs."""
    assert posted

    reply = stack.client.get(stack.url(query.source_type, PATHS[query.source_type]), params={"query": query.expr})

    assert reply.status_code == 200, reply.text
