"""`watchkeeper forget`: thin, a few calls into the modules that do the work."""

import os
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated

import httpx
import msgspec
import typer
from rich.console import Console

from watchkeeper.archive.opened import open_archive
from watchkeeper.config.archive import Archive
from watchkeeper.config.forget_requests import ForgetUsed
from watchkeeper.config.hash_key import user_hash_key
from watchkeeper.config.load import load_config, load_file
from watchkeeper.config.places import Places
from watchkeeper.config.profiles import with_destinations
from watchkeeper.config.project import here
from watchkeeper.config.settings import Settings
from watchkeeper.engines.deletions import deletions
from watchkeeper.engines.trace_lines import MONTH_DAYS
from watchkeeper.errors import EngineError, WatchkeeperError
from watchkeeper.model.ids import keyed_hash
from watchkeeper.operator.forgetting import log_files
from watchkeeper.operator.forgetting.ids import hashes_of, whose
from watchkeeper.operator.forgetting.lines import Found, delete, find
from watchkeeper.operator.forgetting.show import asked, counted, elsewhere, pending_table, use, use_in_memory
from watchkeeper.operator.forgetting.texts import Asked, asked_of, forget_texts
from watchkeeper.operator.forgetting.used import forget_used, used_of
from watchkeeper.operator.standalone import compose
from watchkeeper.operator.standalone.choice import Runner, With, chosen
from watchkeeper.operator.standalone.processes import start_mark
from watchkeeper.operator.standalone.records import Records
from watchkeeper.operator.tables import print_table

console = Console()

_DAY = 86_400
# A month of lines of a busy user; each of its days is a question of its own.
_ANSWER_SECONDS = 120.0
# The exporter looks every second for what it is asked to forget.
_PATIENCE_SECONDS = 15.0


def forget(  # noqa: PLR0913  # an option each
    *,
    user: Annotated[list[str] | None, typer.Option(help="A user's id, as the application sends it.")] = None,
    user_hash: Annotated[list[str] | None, typer.Option(help="A user's hash, as log lines have it.")] = None,
    session: Annotated[list[str] | None, typer.Option(help="A session's id.")] = None,
    trace: Annotated[list[str] | None, typer.Option(help="A trace's id.")] = None,
    tenant: Annotated[str, typer.Option(help="Only lines of this tenant.")] = "",
    days: Annotated[int, typer.Option(help="How far to look back.", min=1, max=3650)] = MONTH_DAYS,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Count only.")] = False,
    pending: Annotated[bool, typer.Option("--pending", help="Show what Loki has still to delete.")] = False,
    runner: With = Runner.AUTO,
) -> None:
    """Delete what is stored about users, sessions or traces, any number of each; say what is left, and where."""
    places, settings = here(os.environ)
    with httpx.Client(trust_env=False, timeout=_ANSWER_SECONDS) as client:
        if pending:
            _show_pending(client, settings)
            return
        file = with_destinations(load_file(settings.config_file(places.root)), settings.environ)
        way = chosen(runner, places, console)
        hashes = [*(user_hash or ()), *hashes_of(user or (), places.data, places.root, way, os.environ)]
        meant = whose(hashes, session or (), trace or (), tenant)
        now = time.time()
        found = find(client, settings.url("loki"), meant, (now - days * _DAY, now))
        if file.archive.to:
            texts = _forget_texts(places, settings, way, asked_of(found.holding, is_dry_run=dry_run))
            _say(f"Archive: {counted(texts, 'text')}{'' if dry_run else ' removed'}.")
        if dry_run:
            _say(f"Loki: {counted(found.lines)}.")
            if way is not Runner.DOCKER:  # whose log files are not ours to read
                _say(f"Log files: {counted(log_files.count(_log(places), found.holding.holds))}.")
            return
        _say(asked(found.lines, delete(client, settings.url("loki"), found), now))
    _take_out_of_files(places, found)
    for sentence in _forget_used(places, way, used_of(found.holding)):
        _say(sentence)
    for sentence in elsewhere(file, is_docker=way is Runner.DOCKER):
        _say(f"Left: {sentence}")


def hash_users(users: Annotated[list[str], typer.Argument(help="Ids, as applications send them.")]) -> None:
    """Print the hashes of users, one a line; `forget` runs it in the exporter's container."""
    config = load_config(None, os.environ)
    if not config.user_hash_key and config.state_dir is None:
        raise WatchkeeperError("the key under which users are hashed is kept nowhere: set WATCHKEEPER_USER_HASH_KEY")
    key = user_hash_key(config.user_hash_key, config.state_dir)
    for user in users:
        typer.echo(keyed_hash(key, user))


def forget_texts_here() -> None:
    """Remove the archived texts that JSON on standard input asks for; `forget` runs it in the exporter's container."""
    asked_for = msgspec.json.decode(sys.stdin.buffer.read(), type=Asked)
    config = load_config(None, os.environ)
    typer.echo(_removed(config.file.archive, config.folder, asked_for))


def _forget_texts(places: Places, settings: Settings, way: Runner, asked_for: Asked) -> int:
    """Archived texts before lines, which tell whose traces they are of: if it fails, all of it can be tried again."""
    if way is Runner.DOCKER:
        return compose.forget_texts(places.root, msgspec.json.encode(asked_for).decode())
    file = settings.config_file(places.root)
    return _removed(load_file(file).archive, file.parent, asked_for)


def _removed(section: Archive, folder: Path, asked_for: Asked) -> int:
    archive = open_archive(section, folder)
    return forget_texts(archive, asked_for) if archive else 0


def forget_used_here() -> None:
    """Have what JSON on standard input says forgotten; `forget` runs it in the exporter's container."""
    used = msgspec.json.decode(sys.stdin.buffer.read(), type=ForgetUsed)
    state_dir = load_config(None, os.environ).state_dir
    for sentence in use(forget_used(state_dir, used, _PATIENCE_SECONDS)) if state_dir else use_in_memory():
        typer.echo(sentence)


def _forget_used(places: Places, way: Runner, used: ForgetUsed) -> Iterator[str]:
    """What the exporter says of it; nothing where no exporter ever ran here."""
    if way is Runner.DOCKER:
        try:
            yield from compose.forget_used(places.root, msgspec.json.encode(used).decode()).splitlines()
        except EngineError as problem:
            yield f"Ceilings and quotas: {problem}. Run this again when it runs."
        return
    state_dir = places.data / "exporter"
    if state_dir.is_dir():
        record = Records(folder=places.run).read("exporter")
        is_running = record is not None and record.is_running
        yield from use(forget_used(state_dir, used, _PATIENCE_SECONDS if is_running else 0.0))


def _show_pending(client: httpx.Client, settings: Settings) -> None:
    requests = [one for one in deletions(client, settings.url("loki")) if not one.is_done]
    if requests:
        print_table(console, pending_table(requests))
    else:
        _say("Loki has nothing to delete.")


def _take_out_of_files(places: Places, found: Found) -> None:
    """The local processes' log files; Docker's are not ours to write."""
    record = Records(folder=places.run).read("exporter")
    is_written = record is not None and start_mark(record.writer_pid) == record.writer_mark
    taken = log_files.take_out(_log(places), found.holding.holds, is_written=is_written)
    if taken:
        _say(f"Log files: {counted(taken)} taken out of {places.logs}.")


def _log(places: Places) -> Path:
    return places.logs / "exporter.log"


def _say(sentence: str) -> None:
    console.print(sentence, markup=False, highlight=False, soft_wrap=True)
