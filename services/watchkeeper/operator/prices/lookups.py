"""`watchkeeper price`, `reprice` and `models`: what calls cost and why, and what is known of the models in use.

They read the price tables where they run, which no other command needs: hence the imports inside.
"""

import os
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console

from watchkeeper.config.load import load_config
from watchkeeper.config.places import fetched_prices
from watchkeeper.config.project import here
from watchkeeper.errors import WatchkeeperError
from watchkeeper.operator.prices.called_models import called_models
from watchkeeper.operator.tables import print_table

if TYPE_CHECKING:
    from watchkeeper.config.load import Config
    from watchkeeper.prices.book import PriceBook

console = Console()


def price(  # noqa: PLR0913  # one parameter per option of the command
    model: Annotated[str, typer.Argument(help="Its name as clients send it.")],
    *,
    input_tokens: Annotated[int, typer.Option("--input", min=0, help="All input tokens, cached ones too.")] = 0,
    output: Annotated[int, typer.Option(min=0, help="All output tokens, reasoning too.")] = 0,
    cached_input: Annotated[int, typer.Option(min=0, help="Input tokens read from a cache.")] = 0,
    cache_write: Annotated[int, typer.Option(min=0, help="Input tokens written to a cache.")] = 0,
    reasoning: Annotated[int, typer.Option(min=0, help="Output tokens of reasoning.")] = 0,
    provider: Annotated[str, typer.Option(help="As in openai; else it is read from the model's name.")] = "",
    at: Annotated[datetime | None, typer.Option(formats=["%Y-%m-%d"], help="Day of the call; today.")] = None,
    tier: Annotated[str, typer.Option(help="Service tier, as in batch, flex or priority.")] = "",
    config: Annotated[Path | None, typer.Option(help="watchkeeper.yml; WATCHKEEPER_CONFIG.")] = None,
) -> None:
    """Explain what a call costs; exit code 1 when no one can say."""
    from watchkeeper.model import Usage
    from watchkeeper.prices import explain, terminal

    usage = Usage(
        input=input_tokens, output=output, cached_input=cached_input, cache_write=cache_write, reasoning=reasoning
    )
    priced_at = (at or datetime.now(UTC)).replace(hour=12, tzinfo=UTC)
    call = explain.asked_call(model, provider, usage, priced_at=priced_at, tier=tier)
    explained = explain.explain(book := _price_book(config), call)
    if explained.usd is None:
        _print_line(
            f"{model} has no price ({explained.reason}): add one to prices in watchkeeper.yml, or see make prices."
        )
        raise typer.Exit(1)
    second = explain.second_opinion(book, call)
    print_table(console, terminal.price_table(model, explained, second))
    for line in terminal.price_origin(explained, second):
        _print_line(line)


def reprice(
    file: Annotated[Path, typer.Argument(exists=True, dir_okay=False, help="The exporter's log lines.")],
    config: Annotated[Path | None, typer.Option(help="watchkeeper.yml; WATCHKEEPER_CONFIG.")] = None,
) -> None:
    """Report what the calls of a log cost, and what they would cost under the prices of now."""
    from watchkeeper.prices import explain, terminal

    with file.open("rb") as lines:
        repriced = explain.reprice(lines, _price_book(config))
    if not repriced:
        raise WatchkeeperError(f"{file}: must hold lines of the event llm_call_completed, found none")
    console.print(terminal.reprice_table(repriced))
    console.print("In US dollars; calls without a price are in no sum.", highlight=False)


def models(
    config: Annotated[Path | None, typer.Option(help="watchkeeper.yml; WATCHKEEPER_CONFIG.")] = None,
) -> None:
    """List the models that were called in the last day, with price, context window and retirement."""
    from watchkeeper.prices.models_in_use import ModelInUse, models_table, table_note
    from watchkeeper.prices.retirements import RetirementBook

    _, settings = here(os.environ)
    used = [
        ModelInUse(provider=provider, model=model, services=services, calls_per_day=calls)
        for (provider, model), (services, calls) in called_models(settings.url("prometheus")).items()
    ]
    if not used:
        console.print("No model was called in the last day.")
        return
    now, retirements = datetime.now(UTC).timestamp(), RetirementBook(_loaded(config).file.retirements)
    print_table(console, models_table(used, _price_book(config), retirements, now))
    _print_line(table_note(now))


def _price_book(config: Path | None) -> "PriceBook":
    """The active prices where the command runs: of the file named, else of the project's watchkeeper.yml."""
    from watchkeeper.prices.book import PriceBook
    from watchkeeper.prices.exchange import ExchangeRates
    from watchkeeper.prices.files import tables_in_force
    from watchkeeper.prices.own_prices import own_prices

    loaded = _loaded(config)
    tables = tables_in_force(loaded.prices_file or fetched_prices(Path()))
    return PriceBook(own_prices(loaded.file), tables, ExchangeRates(loaded.file.exchange_rates))


def _loaded(config: Path | None) -> "Config":
    beside = Path("watchkeeper.yml")
    chosen = config or (beside if "WATCHKEEPER_CONFIG" not in os.environ and beside.exists() else None)
    return load_config(chosen, os.environ)


def _print_line(line: str) -> None:
    console.print(line, markup=False, highlight=False, soft_wrap=True)


ALL = (price, reprice, models)
