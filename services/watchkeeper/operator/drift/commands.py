"""The commands about accepted changes: thin, each asks the running analyzer."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Annotated, Any

import msgspec
import typer
from rich.console import Console
from rich.table import Table

from watchkeeper.operator import analyzer

console = Console()
_PATH = "/v1/drift/accepted"
_ANSWER_SECONDS = 10.0
_Service = Annotated[str, typer.Argument(help="Its name.")]
_Feature = Annotated[str, typer.Argument(help="One feature, as in output_tokens or score; all of them without one.")]


class Change(msgspec.Struct):
    """One accepted change; ``since`` is in Unix seconds."""

    service: str
    feature: str
    since: float


class _Known(msgspec.Struct):
    accepted: tuple[Change, ...]
    is_kept: bool


def accept(service: _Service, feature: _Feature = "*") -> None:
    """Accept what a service is now: what was before is no reference any more, and its features are learnt again."""
    change = _ask("POST", service, feature)
    _say(f"Accepted: {_which(change)}. It is learnt from now on; `watchkeeper drift undo` takes that back.")
    if not _known().is_kept:
        _say("The analyzer has no folder for its state: a restart forgets it (WATCHKEEPER_STATE_DIR).")


def accepted() -> None:
    """List the changes that are accepted."""
    table = Table("service", "feature", "since")
    for one in _known().accepted:
        table.add_row(one.service, one.feature, datetime.fromtimestamp(one.since, UTC).isoformat(timespec="seconds"))
    console.print(table if table.row_count else "No change is accepted.")


def undo(service: _Service, feature: _Feature = "*") -> None:
    """Take back an accepted change: what was before it is the reference again."""
    change = _ask("DELETE", service, feature)
    _say(f"Not accepted any more: {_which(change)}.")


ALL = (accept, accepted, undo)


def _known() -> _Known:
    with analyzer.client(_ANSWER_SECONDS) as client:
        return msgspec.json.decode(analyzer.ask(client, "GET", _PATH).content, type=_Known)


def _ask(method: str, service: str, feature: str) -> Change:
    named: Mapping[str, Any] = {"service": service, "feature": feature}
    with analyzer.client(_ANSWER_SECONDS) as client:
        return msgspec.json.decode(analyzer.ask(client, method, _PATH, json=named).content, type=Change)


def _which(change: Change) -> str:
    return f"{'all features' if change.feature == '*' else change.feature} of {change.service}"


def _say(text: str) -> None:
    console.print(text, markup=False, highlight=False, soft_wrap=True)
