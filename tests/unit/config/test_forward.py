"""The destinations of watchkeeper.yml and the files with their keys."""

from pathlib import Path

import pytest

from watchkeeper.config import load_config
from watchkeeper.errors import ConfigError


def load(folder: Path, text: str, keys: str | bytes | None = None) -> object:
    """Load a watchkeeper.yml beside a file of keys."""
    if keys is not None:
        (folder / "keys.txt").write_bytes(keys.encode() if isinstance(keys, str) else keys)
    file = folder / "watchkeeper.yml"
    file.write_text(text, encoding="utf-8")
    return load_config(file, {})


ONE = "forward: [{name: tempo, endpoint: 'http://tempo:4318/', headers_file: keys.txt}]"


def test_a_destination_needs_a_name_and_an_address(tmp_path: Path) -> None:
    """Traces without content is what it gets unless it says more; its headers come from the file beside."""
    config = load(tmp_path, ONE, "# comment\n\nAuthorization: Basic abc=\nX-Scope-OrgID:  a b \n")

    (destination,) = config.file.forward
    assert (destination.endpoint, destination.signals, destination.content) == ("http://tempo:4318", ("traces",), False)
    assert config.forward_headers == {"tempo": {"Authorization": "Basic abc=", "X-Scope-OrgID": "a b"}}


CASES = [
    pytest.param(
        "forward: [{name: a, endpoint: 'http://a', audit: {api: tempo}}]",
        "forward[0].audit must be a mapping with url, unless api is none, got {'api': 'tempo'}",
        id="an audit without an address",
    ),
    pytest.param(
        "forward: [{name: a, endpoint: 'http://a', audit: {api: none, url: 'http://a'}}]",
        "forward[0].audit must be a mapping with url, unless api is none, got {'api': 'none', 'url': 'http://a'}",
        id="an address of no audit",
    ),
    pytest.param(
        "forward: [{name: a, endpoint: 'http://a', audit: {api: tempo, url: 'http://a', key_file: k}}]",
        "forward[0].audit must be a mapping without key_file, unless api is langfuse, "
        "got {'api': 'tempo', 'url': 'http://a', 'key_file': 'k'}",
        id="a key of Langfuse for another",
    ),
    pytest.param(
        "forward: [{name: a, endpoint: 'http://a', audit: {api: loki, url: 'http://a'}}]",
        "forward[0] must be a destination with logs in signals, which its audit asks for, "
        "got {'name': 'a', 'endpoint': 'http://a', 'audit': {'api': 'loki', 'url': 'http:/...",
        id="an audit of what is not sent",
    ),
    pytest.param(
        "forward: [{name: a, endpoint: 'http://a', audit: {api: tempo, url: 'http://k:p@a'}}]",
        "forward[0].audit.url must be an address like http://tempo:4318, without credentials, got 'http://k:p@a'",
        id="a key in the address of an audit",
    ),
    pytest.param(
        "forward: [{name: a, endpoint: 'tempo:4318'}]",
        "forward[0].endpoint must be an address like http://tempo:4318, without credentials, got 'tempo:4318'",
        id="an address without http",
    ),
    pytest.param(
        "forward: [{name: a, endpoint: 'http://user:key@tempo'}]",
        "forward[0].endpoint must be an address like http://tempo:4318, without credentials, got 'http://user:key@tempo'",
        id="a key in the address",
    ),
    pytest.param(
        "forward: [{name: a, endpoint: 'http://tempo', headers: {Authorization: x}}]",
        "forward[0].headers is an unknown key (did you mean headers_file?); "
        "allowed: name, endpoint, signals, headers_file, content, queue_bytes, audit",
        id="keys in the file itself",
    ),
    pytest.param(
        "forward: [{name: a, endpoint: 'http://tempo', signals: []}]",
        "forward[0].signals must be at least 1 long, got []",
        id="no signals",
    ),
    pytest.param(
        "forward: [{name: a, endpoint: 'http://tempo', signals: [spans]}]",
        "forward[0].signals[0] must be one of 'traces', 'logs' or 'metrics', got 'spans'",
        id="an unknown signal",
    ),
    pytest.param(
        "forward: [{name: prometheus, endpoint: 'http://tempo'}]",
        "forward[0].name must be another name (it is the stack's own), got 'prometheus'",
        id="the name of the stack's own Prometheus",
    ),
    pytest.param(
        "forward: [{name: a, endpoint: 'http://tempo', headers_file: none.txt}]",
        "forward[0].headers_file must be a readable file, got 'none.txt' (No such file or directory)",
        id="no such file",
    ),
]


@pytest.mark.parametrize(("text", "problem"), CASES)
def test_errors_are_reported(tmp_path: Path, text: str, problem: str) -> None:
    """Each with its place, its rule and what is there."""
    with pytest.raises(ConfigError) as caught:
        load(tmp_path, text)

    assert caught.value.problems == (f"watchkeeper.yml: {problem}",)


@pytest.mark.parametrize(
    ("keys", "problem"),
    [
        pytest.param("just-a-key", "line 1 must be like Name: value, got something else", id="no name"),
        pytest.param(
            "A: b\nBad Name: x", "line 2 must be like Name: value, got something else", id="a space in a name"
        ),
        pytest.param("A: \x01", "line 1 must be like Name: value, got something else", id="a control character"),
        pytest.param(b"\xff\xfe", "must be a readable file, got 'keys.txt' (no text)", id="no text"),
    ],
)
def test_errors_in_a_file_of_keys_do_not_report_the_keys(tmp_path: Path, keys: str | bytes, problem: str) -> None:
    """The line's number is enough to find it."""
    with pytest.raises(ConfigError) as caught:
        load(tmp_path, ONE, keys)

    (reported,) = caught.value.problems
    assert reported.endswith(problem)
    assert "just-a-key" not in reported
