"""Where links of messages lead."""

import pytest

from watchkeeper.config.links import VARIABLES, local_links


@pytest.mark.parametrize(
    ("url", "is_local"),
    [
        ("", True),
        (" ", True),
        ("http://localhost:4318", True),
        ("http://watch.localhost", True),
        ("http://127.0.0.1:4318", True),
        ("http://[::1]:4318", True),
        ("http://0.0.0.0", True),
        ("http://10.0.0.7:4318", False),
        ("https://watch.example.com/monitoring", False),
        ("https://localhost.example.com", False),
        ("http://[broken", False),
    ],
)
def test_a_link_is_local_when_another_machine_cannot_follow_it(url: str, is_local: bool) -> None:
    """By its host alone."""
    others = dict.fromkeys(VARIABLES[1:], "https://grafana.example.com")

    assert local_links({**others, VARIABLES[0]: url}, has_grafana=True) == [VARIABLES[0]] * is_local


@pytest.mark.parametrize(
    ("url", "missing"),
    [("", []), ("https://grafana.example.com", []), ("http://localhost:3000", ["GRAFANA_URL"])],
)
def test_a_stack_without_grafana_needs_no_address_of_it(url: str, missing: list[str]) -> None:
    """Nothing links to one that is not there; of one that someone has of their own the address counts."""
    others = dict.fromkeys(VARIABLES, "https://watch.example.com")

    assert local_links({**others, "GRAFANA_URL": url}, has_grafana=False) == missing
