"""`watchkeeper prices`: fetch the newest price tables, show what changes, make them active."""

import os
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from rich.console import Console

from watchkeeper.config.load import load_file
from watchkeeper.config.places import Places, fetched_prices
from watchkeeper.config.project import here
from watchkeeper.config.settings import Settings
from watchkeeper.errors import OperationError
from watchkeeper.operator.prices import packages
from watchkeeper.operator.standalone import bundle, compose
from watchkeeper.operator.standalone.choice import Runner, With, chosen
from watchkeeper.operator.tables import print_table

if TYPE_CHECKING:
    from watchkeeper.prices.tables import PriceTables

console = Console()


def prices(runner: With = Runner.PROCESSES) -> None:
    """Fetch the newest price tables, show which models in use change, and make them active; the rest stays."""
    # They read the price tables, which no other command needs.
    from watchkeeper.operator.prices.changes import is_newer
    from watchkeeper.operator.prices.tables_of import price_file
    from watchkeeper.prices.files import read_tables, usable_tables

    places, settings = here(os.environ)
    file = fetched_prices(places.root)
    before, problem = usable_tables(file)
    if problem:
        _say(f"{problem}: it is replaced.")
    try:
        with tempfile.TemporaryDirectory() as folder:
            text = price_file(packages.fetch(Path(folder)))
        after = read_tables(text.encode(), str(file))
    except OperationError as error:
        raise OperationError(f"{error}\nIn force stay {before.source}, the older of {before.published}.") from error
    if not problem and not is_newer(after, before):
        _say(f"In force are the newest tables: {before.source}, the older of {before.published}.")
        return
    _show(places, settings, before, after)
    _write(file, text)
    _apply(places, settings, chosen(runner, places, console))
    _say(f"In force: {after.source}, the older of {after.published}.")
    _say("Calls of before keep their prices; watchkeeper reprice says what a log would have cost.")


def _show(places: Places, settings: Settings, before: "PriceTables", after: "PriceTables") -> None:
    """Show what changes for the models in use, or for how many of all where no one knows which those are."""
    from watchkeeper.operator.prices.changes import all_models, changes, models_in_use
    from watchkeeper.operator.prices.shown import changes_table
    from watchkeeper.prices.book import PriceBook
    from watchkeeper.prices.own_prices import own_prices

    own = own_prices(load_file(settings.config_file(places.root)))
    books = PriceBook(own, before), PriceBook(own, after)
    used = models_in_use(f"http://127.0.0.1:{settings.ports['prometheus']}")
    if used is None:
        found = changes(all_models(after), *books)
        _say(f"{len(found)} models of the tables change; which are in use is not known: Prometheus does not answer.")
        return
    found = changes(used, *books)
    if found:
        print_table(console, changes_table(found))
    _say(f"{len(found)} of the {len(used)} models of the last 30 days have another price.")


def _write(file: Path, text: str) -> None:
    """Replace the file as a whole; containers read it as another user."""
    draft = file.with_suffix(".new")
    try:
        file.parent.mkdir(exist_ok=True)
        draft.write_text(text, encoding="utf-8")
        draft.chmod(0o644)
        draft.replace(file)
    except OSError as problem:
        raise OperationError(f"{file}: must be writable, got {problem.strerror}") from problem


def _apply(places: Places, settings: Settings, way: Runner) -> None:
    """Let what runs read the file; what does not run reads it when it starts."""
    if way is Runner.DOCKER:
        compose.apply_prices(places.root, settings)
    elif bundle.is_any_running(places):
        bundle.up(bundle.Bundle(places=places, settings=settings), console, os.environ)


def _say(sentence: str) -> None:
    console.print(sentence, markup=False, highlight=False, soft_wrap=True)
