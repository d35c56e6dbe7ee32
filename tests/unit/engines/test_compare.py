"""A file is active when what it says is a part of what the program shows, whatever the spelling."""

from typing import Any

import pytest

from watchkeeper.engines.compare import differences


@pytest.mark.parametrize(
    ("wanted", "running"),
    [
        pytest.param({"a": 1}, {"a": 1, "b": 2}, id="defaults are filled in"),
        pytest.param({"retention": "744h"}, {"retention": "31d"}, id="a duration in another spelling"),
        pytest.param({"delay": "2h"}, {"delay": "2h0m0s"}, id="a duration of Go"),
        pytest.param({"size": "128MB"}, {"size": "128MiB"}, id="a size in another spelling"),
        pytest.param({"on": True}, {"on": "true"}, id="a boolean as text"),
        pytest.param({"rules": ["rules/*.yml"]}, {"rules": ["/etc/prometheus/rules/*.yml"]}, id="a relative path"),
        pytest.param({"url": "${HOST:-x}/p"}, {"url": "http://here/p"}, id="a variable"),
        pytest.param({"key": "abc"}, {"key": "<secret>"}, id="a secret is not shown"),
        pytest.param({"list": []}, {}, id="empty is absent"),
        pytest.param({"port": 9093}, {"port": "9093"}, id="a number as text"),
    ],
)
def test_the_same_in_other_words_is_no_difference(wanted: Any, running: Any) -> None:
    """No one is sent after a difference that is none."""
    assert differences(wanted, running) == []


@pytest.mark.parametrize(
    ("wanted", "running", "reported"),
    [
        pytest.param({"a": {"b": 1}}, {"a": {"b": 2}}, "a.b must be 1, runs with 2", id="another value"),
        pytest.param({"a": {"b": 1}}, {"a": {}}, "a.b must be 1, runs with None", id="missing"),
        pytest.param({"l": [1, 2]}, {"l": [1]}, "l must be [1, 2], runs with [1]", id="a shorter list"),
        pytest.param({"l": [{"a": 1}]}, {"l": [{"a": 3}]}, "l[0].a must be 1, runs with 3", id="inside a list"),
        pytest.param({"for": "5m"}, {"for": "6m"}, "for must be '5m', runs with '6m'", id="another duration"),
        pytest.param({"on": True}, {"on": False}, "on must be True, runs with False", id="switched off"),
        pytest.param({"on": False}, {"on": True}, "on must be False, runs with True", id="switched on"),
        pytest.param(
            {"u": "${A}/x"}, {"u": "here/y"}, "u must be '${A}/x', runs with 'here/y'", id="beside a variable"
        ),
    ],
)
def test_a_difference_names_its_place(wanted: Any, running: Any, reported: str) -> None:
    """The key, what the file says and what runs."""
    assert differences(wanted, running) == [reported]
