"""The commands that explain prices, as a person runs them."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from watchkeeper.cli import app

OWN_PRICES = "prices: [{model: 'ours-*', input: 2, output: 8}]\n"


@pytest.fixture
def config(tmp_path: Path) -> str:
    """A watchkeeper.yml with a price of its own."""
    file = tmp_path / "watchkeeper.yml"
    file.write_text(OWN_PRICES)
    return str(file)


def run(*arguments: str) -> tuple[int, str]:
    """Exit code and output of a command."""
    done = CliRunner().invoke(app, list(arguments))
    return done.exit_code, done.output


def test_a_price_of_the_file_is_explained(config: str) -> None:
    """Prices of watchkeeper.yml are active, and reported to be its own."""
    code, output = run("price", "ours-1", "--input", "1000", "--output", "100", "--config", config)

    assert code == 0
    assert "0.0028" in output
    assert "of watchkeeper.yml" in output


def test_a_price_of_the_table_has_its_date(config: str) -> None:
    """The table's name, version and day are reported."""
    code, output = run("price", "gpt-4o-mini", "--input", "1000000", "--at", "2026-11-01", "--config", config)

    assert code == 0
    assert "0.15" in output
    assert "genai-prices" in output


def test_a_service_tier_has_its_own_price(config: str) -> None:
    """A batch of o3 is not reported at the standard price."""
    whole, batch = (
        run("price", "o3", "--input", "1000000", "--tier", tier, "--config", config)[1] for tier in ("", "batch")
    )

    assert whole != batch


def test_no_price_says_why(config: str) -> None:
    """A misspelt model is no free model."""
    assert run("price", "gtp-4o", "--input", "5", "--config", config) == (
        1,
        "gtp-4o has no price (unknown_model): add one to prices in watchkeeper.yml, or see make prices.\n",
    )


def test_a_log_is_priced_anew(config: str, tmp_path: Path) -> None:
    """Calls, costs then and now, and the change, with a sum."""
    log = tmp_path / "exporter.log"
    call = {
        "event": "llm_call_completed",
        "timestamp": "2026-11-20T12:00:00Z",
        "model": "ours-1",
        "input_tokens": 1_000_000,
        "output_tokens": 0,
        "cost_usd": "1.5",
    }
    log.write_text(f"{json.dumps(call)}\n" * 3)

    code, output = run("reprice", str(log), "--config", config)

    assert code == 0
    for reported in ("ours-1", "4.5000", "6.0000", "+1.5000", "all"):
        assert reported in output


def test_a_log_without_calls_is_an_error(config: str, tmp_path: Path) -> None:
    """A wrong file gives no table of zeros."""
    log = tmp_path / "other.log"
    log.write_text("GET / 200\n")

    done = CliRunner().invoke(app, ["reprice", str(log), "--config", config])

    assert done.exit_code != 0
    assert "found none" in str(done.exception)
