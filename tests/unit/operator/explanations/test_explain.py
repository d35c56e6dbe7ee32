"""`watchkeeper explain`: what it says and how it ends, with a Prometheus and a Loki of the test."""

import functools
import json
import subprocess
import sys
from collections.abc import Callable
from urllib.parse import parse_qs

import httpx
import pytest
from tests.support.explained import calls
from typer.testing import CliRunner, Result

from watchkeeper.cli import app
from watchkeeper.errors import EngineError, WatchkeeperError
from watchkeeper.explain.samples import Sample
from watchkeeper.operator.explanations import commands
from watchkeeper.operator.explanations.times import seconds, windows

HOURS = 2
V2 = calls(10_000, tokens_in=990.0, dollars=0.004, prompt_version="v2")


class Engines:
    """What both engines know; the window before is asked for first."""

    def __init__(self) -> None:
        self.before: list[Sample] = calls(10_000)
        self.after: list[Sample] = V2
        self.has_beginning = True
        self.is_loki_away = False
        self.is_prometheus_away = False
        self.changes: list[dict[str, str]] = []
        self._asked = 0

    def answer(self, request: httpx.Request) -> httpx.Response:
        """What is asked of either of them."""
        if "/loki/" in request.url.path:
            return self._loki()
        if self.is_prometheus_away:
            raise httpx.ConnectError("Connection refused")
        if request.url.path.endswith("runtimeinfo"):
            return httpx.Response(200, json={"data": {"storageRetention": "30d"}})
        query = parse_qs(request.content.decode())["query"][0]
        if query == "count(up)":
            return _vector([({}, 1.0)] if self.has_beginning else [])
        self._asked += 1
        side = self.before if self._asked == 1 else self.after
        return _vector([({**one.labels, "amount": one.amount}, one.per_hour * HOURS) for one in side])

    def _loki(self) -> httpx.Response:
        if self.is_loki_away:
            raise httpx.ConnectError("Connection refused")
        streams = [{"stream": labels, "values": [["1800000000000000000", "{}"]]} for labels in self.changes]
        return httpx.Response(200, json={"data": {"result": streams}})


def _vector(series: list[tuple[dict[str, str], float]]) -> httpx.Response:
    result = [{"metric": metric, "value": [0, str(value)]} for metric, value in series]
    return httpx.Response(200, content=json.dumps({"data": {"result": result}}))


@pytest.fixture
def engines(monkeypatch: pytest.MonkeyPatch) -> Engines:
    """In the place of those that run."""
    found = Engines()
    client: Callable[..., httpx.Client] = functools.partial(httpx.Client, transport=httpx.MockTransport(found.answer))
    monkeypatch.setattr(commands.httpx, "Client", client)
    monkeypatch.setenv("COLUMNS", "200")
    return found


def run(*arguments: str) -> Result:
    """Run the command as a person does."""
    return CliRunner().invoke(app, ["explain", *arguments])


def test_the_line_the_table_and_what_is_new(engines: Engines) -> None:
    """The first line is the whole answer; the table adds up to the change."""
    engines.changes = [
        {"service": "support", "event": "deployment_recorded", "kind": "app", "name": "support", "version": "1.4"}
    ]

    shown = run("cost", "--since", "2h", "--service", "support", "--against", "1d")

    assert shown.exit_code == 0
    assert "of +$20/h: prompt answer/v2, " in shown.stdout
    assert "together" in shown.stdout
    assert "support: prompt answer/v2 is new" in shown.stdout
    assert "2027-01-15 08:00 UTC, support: app support 1.4 announced" in shown.stdout


def test_what_undoes_much_of_a_change_is_shown_and_what_is_nothing_is_not(engines: Engines) -> None:
    """Causes are in the order of what they made, and those against the change are the last; only small ones fold."""
    small = [calls(10_000, tenant="other", prompt_version="", service=f"s{place:02}") for place in range(20)]
    grown = [calls(10_000.01, tenant="other", prompt_version="", service=f"s{place:02}") for place in range(20)]
    engines.before = [*calls(10_000), *calls(5_000, service="search"), *(one for row in small for one in row)]
    engines.after = [*V2, *calls(2_000, service="search"), *(one for row in grown for one in row)]

    shown = run("cost", "--since", "2h")

    assert "search, calls per hour 5 000 to 2 000" in shown.stdout
    assert "s01" not in shown.stdout
    assert "smaller cause" in shown.stdout


def test_a_loki_that_is_away_is_said_and_no_more(engines: Engines) -> None:
    """The number is explained without it."""
    engines.is_loki_away = True

    shown = run("cost")

    assert shown.exit_code == 0
    assert "announced changes are not known: Loki at http://localhost:3100 does not answer" in shown.stdout


def test_a_prometheus_that_is_away_is_an_error(engines: Engines) -> None:
    """With its address."""
    engines.is_prometheus_away = True

    shown = run("cost")

    assert isinstance(shown.exception, EngineError)
    assert str(shown.exception) == "Prometheus at http://localhost:9090 does not answer: Connection refused"


@pytest.mark.parametrize(
    ("before", "after", "line"),
    [
        pytest.param([], [], "no calls in either window", id="neither"),
        pytest.param([], V2, "$40/h now, no calls in the window before", id="only now"),
        pytest.param(V2, [], "$40/h before, no calls now", id="only before"),
    ],
)
def test_what_is_not_there_is_said(engines: Engines, before: list[Sample], after: list[Sample], line: str) -> None:
    """With exit code 1: nobody can say why."""
    engines.before, engines.after = before, after

    shown = run("cost")

    assert shown.exit_code == 1
    assert line in shown.stdout


def test_a_window_without_its_beginning_is_said(engines: Engines) -> None:
    """Prometheus was not there then."""
    engines.has_beginning = False

    shown = run("cost")

    assert "Less sure because:" in shown.stdout
    assert "Prometheus has no samples from the beginning of the window before" in shown.stdout


def test_a_window_beyond_retention_is_said(engines: Engines) -> None:
    """How long it keeps them."""
    assert engines

    shown = run("cost", "--against", "30d")

    assert "the window before begins before what Prometheus keeps (30 days)" in shown.stdout


def test_labels_are_no_markup(engines: Engines) -> None:
    """A prompt may be called anything."""
    engines.after = calls(10_000, tokens_in=990.0, dollars=0.004, prompt="[bold]x[/bold]")

    assert "[bold]x[/bold]" in run("cost").stdout


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        pytest.param(("costs",), "the measure must be one of cost, ", id="an unknown measure"),
        pytest.param(("cost", "--since", "2x"), "--since must be 5m or longer", id="no time"),
        pytest.param(("cost", "--since", "1m"), "--since must be 5m or longer", id="too short"),
        pytest.param(("cost", "--since", "2h", "--against", "1h"), "--against must be at least as long", id="overlap"),
    ],
)
def test_wrong_options_are_sentences(engines: Engines, arguments: tuple[str, ...], sentence: str) -> None:
    """Before anyone is asked."""
    engines.is_prometheus_away = True

    shown = run(*arguments)

    assert isinstance(shown.exception, WatchkeeperError)
    assert sentence in str(shown.exception)


def test_windows_lie_side_by_side_or_a_day_apart() -> None:
    """Without a time to compare with, the one directly before."""
    now = 1_000_000.0

    before, after = windows("2h", "", now)
    day_before, _ = windows("2h", "1d", now)

    assert (before.end, after.start, after.end) == (after.start, now - 7_200, now)
    assert (day_before.start, day_before.end) == (now - 86_400 - 7_200, now - 86_400)
    assert seconds("--since", "4w") == 4 * 7 * 86_400


def test_the_command_needs_no_price_table_to_start() -> None:
    """Every command loads this one; the table takes longer than all of them."""
    code = "import sys, watchkeeper.cli; sys.exit('genai_prices' in sys.modules)"

    assert subprocess.run([sys.executable, "-c", code], check=False, timeout=60).returncode == 0
