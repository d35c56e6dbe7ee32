"""What providers billed beside the estimate, in a terminal."""

from collections.abc import Mapping
from decimal import Decimal

import httpx
import pytest
import typer
from rich.console import Console
from typer.testing import CliRunner

from watchkeeper.errors import WatchkeeperError
from watchkeeper.operator.showback.against import Beside, against_providers, beside_table
from watchkeeper.operator.showback.commands import bill

Sides = Mapping[tuple[str, str], str]


def client(billed: Sides, estimated: Sides, explained: Mapping[str, str]) -> httpx.Client:
    """Asks a Prometheus that knows both sides and what differs."""

    def answer(request: httpx.Request) -> httpx.Response:
        query = httpx.QueryParams(request.content.decode())["query"]
        if query == "llm_billed_difference_info":
            found = [({"provider": one, "explanation": text}, "1") for one, text in explained.items()]
        else:
            assert 'period="month"' in query
            assert 'provider!~"drill-.*"' in query
            sides = billed if "llm_billed_dollars" in query else estimated
            found = [({"provider": provider, "model": model}, usd) for (provider, model), usd in sides.items()]
        result = [{"metric": labels, "value": [0, value]} for labels, value in found]
        return httpx.Response(200, json={"data": {"result": result}})

    return httpx.Client(transport=httpx.MockTransport(answer))


def test_the_largest_differences_of_a_provider_come_first() -> None:
    """With one line of what differs for each."""
    billed = {("openai", "a"): "10", ("openai", "b"): "5", ("anthropic", "c"): "7"}
    estimated = {("openai", "a"): "9.5", ("openai", "b"): "8", ("anthropic", "c"): "7"}

    lines, notes = against_providers(client(billed, estimated, {"openai": "b differs."}), "http://p")

    assert [line.model for line in lines] == ["c", "b", "a"]
    assert lines[1] == Beside("openai", "b", Decimal(5), Decimal(8))
    assert notes == ["openai: b differs."]


def test_the_table_has_both_sides_and_the_difference() -> None:
    """Nothing in a name moves the cursor, or is markup."""
    console = Console(width=120)
    lines = [
        Beside("openai", "[red]m\x1b[2J", Decimal("1234.567"), Decimal(1200)),
        Beside("openai", "less", Decimal(1), Decimal(3)),
        Beside("openai", "same", Decimal(1), Decimal("1.001")),
    ]

    with console.capture() as captured:
        console.print(beside_table(lines))
    rows = [" ".join(line.replace("│", " ").split()) for line in captured.get().splitlines()]

    assert "openai [red]m�[2J $1,234.57 $1,200.00 +$34.57" in rows
    assert "openai less $1.00 $3.00 -$2.00" in rows
    assert "openai same $1.00 $1.00" in rows


def test_no_bill_says_how_there_is_one() -> None:
    """Instead of an empty table."""
    with pytest.raises(WatchkeeperError, match=r"provider_bills in watchkeeper\.yml"):
        against_providers(client({}, {}, {}), "http://p")


@pytest.mark.parametrize("form", ["--csv", "--json"])
def test_it_is_a_table_alone(form: str) -> None:
    """A form that it does not have is refused, before anyone is asked."""
    app = typer.Typer()
    app.command()(bill)

    result = CliRunner().invoke(app, ["--against-provider", form])

    assert isinstance(result.exception, WatchkeeperError)
    assert "leave out --csv and --json" in str(result.exception)
