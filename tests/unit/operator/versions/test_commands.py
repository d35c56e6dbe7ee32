"""`watchkeeper versions` and `watchkeeper compare`: what they ask, say and exit with, on engines of the test."""

import functools
import json
from collections.abc import Callable
from random import Random
from urllib.parse import parse_qs

import httpx
import pytest
from rich.console import Console
from tests.support.version_lines import V12, V13, Line, runs
from typer.testing import CliRunner, Result

from watchkeeper.cli import app
from watchkeeper.errors import EngineError, WatchkeeperError
from watchkeeper.operator.versions import ask, commands

LABELS = {"service": "support", "prompt": "answer", "model": "gpt-4o-mini", "status": "ok"}


class Engines:
    """What both know: calls of versions by prompt, and the lines of a service."""

    def __init__(self) -> None:
        random = Random(3)
        self.prompts = ["answer"]
        self.lines = [*runs(random, "v12", V12, 150), *runs(random, "v13", V13, 150)]
        self.away: set[str] = set()
        self.queries: list[str] = []

    def answer(self, request: httpx.Request) -> httpx.Response:
        """What is asked of either of them."""
        engine = "loki" if "/loki/" in request.url.path else "prometheus"
        if engine in self.away:
            raise httpx.ConnectError("Connection refused")
        if engine == "loki":
            self.queries.append(request.url.params["query"])
            return self._lines(request.url.params)
        form = parse_qs(request.content.decode())
        labels = [
            LABELS | {"prompt": prompt, "prompt_version": name} for prompt in self.prompts for name in ("v12", "v13")
        ]
        if request.url.path.endswith("query_range"):
            at = float(form["start"][0])
            return _result([{"metric": one, "values": [[at, "5"], [at + 60, "7"]]} for one in labels])
        amounts = [one | {"amount": amount} for one in labels for amount in ("requests", "cost")]
        return _result([{"metric": one, "value": [0, "300"]} for one in amounts])

    def _lines(self, asked: httpx.QueryParams) -> httpx.Response:
        end, query = int(asked["end"]), asked["query"]
        found = [(end - place - 1, line) for place, line in enumerate(self.lines) if _is_asked(query, line)]
        inside = [[str(at), json.dumps(line)] for at, line in found if at >= int(asked["start"])]
        return _result([{"stream": {}, "values": inside[: int(asked["limit"])]}])


def _is_asked(query: str, line: Line) -> bool:
    is_version = "prompt_version=" not in query or f'prompt_version="{line.get("prompt_version")}"' in query
    return line["event"] in query and is_version


def _result(result: list[dict[str, object]]) -> httpx.Response:
    return httpx.Response(200, json={"data": {"result": result}})


@pytest.fixture
def engines(monkeypatch: pytest.MonkeyPatch) -> Engines:
    """In the place of those that run."""
    found = Engines()
    client: Callable[..., httpx.Client] = functools.partial(httpx.Client, transport=httpx.MockTransport(found.answer))
    monkeypatch.setattr(commands.httpx, "Client", client)
    monkeypatch.setattr(commands, "console", Console(width=200))
    return found


def run(*arguments: str) -> Result:
    """Run a command as a person does."""
    return CliRunner().invoke(app, arguments)


def test_the_sentence_the_counts_and_the_table(engines: Engines) -> None:
    """Without limits it is an answer, not a failure."""
    found = run("compare", "support", "v12", "v13", "--since", "12h")

    assert found.exit_code == 0
    assert found.stdout.startswith("v13 against v12: cost per call +")
    assert "answer/v12: 300 calls (50 % of the prompt's), $300; compared: 150 runs" in found.stdout
    assert "runs with tool find_order" in found.stdout
    assert '{event="llm_call_completed", service="support"} | prompt="answer" | prompt_version="v12"' in engines.queries


@pytest.mark.usefixtures("engines")
@pytest.mark.parametrize(
    ("limit", "code"),
    [("cost=0.1", 1), ("cost=5", 0), ("errors=0", 0), ("score:beauty=0.1", 2)],
    ids=["worse than its limit", "worse, but within it", "not worse", "unknown"],
)
def test_a_pipeline_stops_at_limits(limit: str, code: int) -> None:
    """1 for worse, 2 for what no one can say."""
    assert run("compare", "support", "v12", "v13", "--limit", limit).exit_code == code


def test_too_few(engines: Engines, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is said, and a limit is not kept by it."""
    monkeypatch.setattr(ask, "MOST_CALLS", 50)
    assert engines.lines

    found = run("compare", "support", "v12", "v13", "--limit", "cost=0.1")

    assert found.stdout.startswith("v13: too few runs to compare it with v12.")
    assert found.exit_code == 2
    assert "100 of each version are needed" in found.stdout


def test_tools_that_are_not_all_read_cost_the_calls_before_them(
    engines: Engines, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Else older runs would look as if they used none."""
    monkeypatch.setattr(ask, "_MOST_OTHERS", 100)
    assert engines.lines

    assert "the last " in run("compare", "support", "v12", "v13").stdout


def test_a_prompt_must_be_chosen_where_several_have_both(engines: Engines) -> None:
    """And the message names them; likewise what there is where none has."""
    engines.prompts = ["answer", "summary"]

    several, none = run("compare", "support", "v12", "v13"), run("compare", "support", "v12", "v99")

    assert isinstance(several.exception, WatchkeeperError)
    assert "--prompt must be one of 'answer', 'summary'" in str(several.exception)
    assert "answer/v12" in str(none.exception)
    assert run("compare", "support", "v12", "v13", "--prompt", "answer").exit_code == 0


@pytest.mark.parametrize("engine", ["prometheus", "loki"])
def test_an_engine_that_is_away_is_a_sentence(engines: Engines, engine: str) -> None:
    """With its address."""
    engines.away = {engine}

    found = run("compare", "support", "v12", "v13")

    assert isinstance(found.exception, EngineError)
    assert "does not answer" in str(found.exception)


def test_the_register(engines: Engines) -> None:
    """Every version and model; without Loki the counts are there, and what is not known is said."""
    engines.away = {"loki"}

    whole, one = run("versions"), run("versions", "support", "--prompt", "answer")

    assert whole.exit_code == one.exit_code == 0
    assert "gpt-4o-mini" in whole.stdout
    assert "gpt-4o-mini" not in one.stdout
    assert "v13" in one.stdout
    assert "What was announced is not known: Loki" in one.stdout


@pytest.mark.usefixtures("engines")
def test_a_prompt_that_no_one_knows() -> None:
    """Exit code 1."""
    assert run("versions", "--prompt", "none").exit_code == 1
