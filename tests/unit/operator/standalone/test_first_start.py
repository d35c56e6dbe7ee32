"""Who can run while engines are still fetched."""

from collections.abc import Callable

import pytest

from watchkeeper.operator.standalone.components import Component
from watchkeeper.operator.standalone.first_start import able_with, expect_missing

ALL = ("exporter", "analyzer", "prometheus", "alertmanager", "promtail", "loki")


@pytest.mark.parametrize(
    ("there", "able"),
    [
        (set(), ["exporter"]),
        ({"prometheus"}, ["exporter"]),
        ({"alertmanager"}, ["exporter", "alertmanager"]),
        ({"prometheus", "alertmanager"}, ["exporter", "prometheus", "alertmanager"]),
        ({"prometheus", "alertmanager", "loki"}, ["exporter", "prometheus", "alertmanager", "loki"]),
        ({"prometheus", "alertmanager", "loki", "promtail"}, list(ALL)),
    ],
)
def test_nothing_runs_that_would_report_what_is_still_fetched(
    python_process: Callable[..., Component], there: set[str], able: list[str]
) -> None:
    """Prometheus waits for Alertmanager, and the analyzer for all engines."""
    components = [python_process("", name=name) for name in ALL]

    assert [item.name for item in able_with(there, components)] == able


def test_an_alertmanager_that_takes_no_silence_stops_nothing(python_process: Callable[..., Component]) -> None:
    """One message too many harms nobody."""
    expect_missing(python_process("", name="alertmanager", port=1), {"loki"})
