"""Calls that use nothing of a pack have no series of it."""

import re
from pathlib import Path

import pytest
import yaml
from tests.support.exporter import run_exporter

PACKS = yaml.safe_load((Path(__file__).parents[2] / "docs/reference/packs.yml").read_text(encoding="utf-8"))
WITH_METRICS = {one["pack"]: one["metrics"] for one in PACKS if one["metrics"]}
CALL = {"type": "llm_call", "service": "shop", "model": "of-our-own", "input_tokens": 900, "output_tokens": 90}


@pytest.fixture(scope="module")
def exposed() -> set[str]:
    """The names of all series of an exporter that applications send calls, tools and searches to."""
    more = ({"type": "tool_call", "service": "shop", "tool": "search"}, {"type": "retrieval", "service": "shop"})
    with run_exporter() as exporter:
        assert exporter.post_events(CALL, {**CALL, "agent": "support"}, *more)["accepted"] == 4
        return {sample.name for sample in exporter.samples()}


@pytest.mark.parametrize("pack", WITH_METRICS)
def test_calls_alone_have_no_series_of_a_pack(pack: str, exposed: set[str]) -> None:
    """Not even zeros: what no one uses costs nothing."""
    named = re.compile(WITH_METRICS[pack])

    assert "llm_requests_total" in exposed
    assert [name for name in exposed if named.match(name)] == []
