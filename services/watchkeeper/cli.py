"""The watchkeeper command: thin, every command is a few calls into the packages that do the work."""

import os
import sys
from collections.abc import Collection, Iterable
from contextlib import suppress
from pathlib import Path
from typing import Annotated, NoReturn

import typer
from rich.console import Console

from watchkeeper.analyzer.commands import drift
from watchkeeper.config.load import load_config
from watchkeeper.config.project import here
from watchkeeper.config.receiver_changes import found_now
from watchkeeper.config.receiver_status import ReceiverStatus
from watchkeeper.config.setup import new_password, run_setup
from watchkeeper.config.tokens import make_token
from watchkeeper.config.unknown_names import unknown_names
from watchkeeper.demo import commands as demo
from watchkeeper.errors import ConfigError, EngineAwayError, EngineError, WatchkeeperError
from watchkeeper.operator.canaries import commands as canaries
from watchkeeper.operator.contracts import commands as contracts
from watchkeeper.operator.doctor.containers import read_containers, unready
from watchkeeper.operator.drift import commands as accepting
from watchkeeper.operator.drills import commands as drills
from watchkeeper.operator.explanations.commands import explain_change
from watchkeeper.operator.forgetting import commands as forgetting
from watchkeeper.operator.judges import commands as judges
from watchkeeper.operator.limits import commands as limits
from watchkeeper.operator.operations import commands as operations
from watchkeeper.operator.operations.grafana_password import read_password
from watchkeeper.operator.operations.seen_names import seen_names
from watchkeeper.operator.operations.upgrade import wrote_before
from watchkeeper.operator.operations.versions import pinned_images, refuse_downgrade, remember_versions
from watchkeeper.operator.prices import lookups
from watchkeeper.operator.prices.commands import prices
from watchkeeper.operator.showback.commands import bill
from watchkeeper.operator.standalone import bundle, compose, tail, welcome
from watchkeeper.operator.standalone.choice import Runner, With, chosen
from watchkeeper.operator.standalone.obtain import obtain_all
from watchkeeper.operator.standalone.progress import Progress
from watchkeeper.operator.traces import commands as traces
from watchkeeper.operator.versions import commands as prompt_versions

app = typer.Typer(no_args_is_help=True, pretty_exceptions_enable=False, add_completion=False)
console = Console()


for command in (*operations.ALL, *drills.ALL, *demo.ALL, *traces.ALL, *prompt_versions.ALL, *lookups.ALL):
    app.command()(command)
app.command("explain")(explain_change)
app.command("bill")(bill)
app.command()(forgetting.forget)
app.command("hash-users", hidden=True)(forgetting.hash_users)
app.command("forget-texts", hidden=True)(forgetting.forget_texts_here)
app.command("forget-used", hidden=True)(forgetting.forget_used_here)
app.command()(prices)
for about_drift in accepting.ALL:
    drift.command()(about_drift)
app.add_typer(drift, name="drift")
app.add_typer(limits.limits, name="limits")
app.add_typer(limits.alerts, name="alerts")
app.add_typer(contracts.contracts, name="contracts")
app.add_typer(canaries.canary, name="canary")
app.add_typer(judges.judges, name="judges")


@app.command("demo-history")
def demo_history(
    days: Annotated[int, typer.Option(help="How many days.", min=1, max=30)] = 30,
    *,
    remove: Annotated[bool, typer.Option("--remove", help="Take it away again.")] = False,
) -> None:
    """Give the demo a past: days of its traffic in the running Prometheus, with what rules record of them."""
    from watchkeeper.demo.assistant.desk import DESKS
    from watchkeeper.demo.season import season
    from watchkeeper.operator.history.commands import remove_history, write_history

    if remove:
        remove_history()
    else:
        write_history(days, {desk.service: desk.conversations_per_second for desk in DESKS}, season)


@app.command()
def serve(
    host: Annotated[str | None, typer.Option(help="Address to listen on; WATCHKEEPER_HOST, else 127.0.0.1.")] = None,
    port: Annotated[int | None, typer.Option(help="Port to listen on; WATCHKEEPER_PORT, else 4318.")] = None,
    config: Annotated[Path | None, typer.Option(help="watchkeeper.yml; WATCHKEEPER_CONFIG.")] = None,
) -> None:
    """Run the exporter alone, in the foreground."""
    # The other commands need no web server: loading it would double the time they take.
    from watchkeeper.exporter.app import serve as serve_exporter

    serve_exporter(host=host, port=port, config_path=config)


@app.command()
def analyze(
    host: Annotated[str | None, typer.Option(help="Address to listen on; WATCHKEEPER_HOST, else 127.0.0.1.")] = None,
    port: Annotated[int | None, typer.Option(help="Port to listen on; WATCHKEEPER_PORT, else 4319.")] = None,
    config: Annotated[Path | None, typer.Option(help="watchkeeper.yml; WATCHKEEPER_CONFIG.")] = None,
) -> None:
    """Run the analyzer alone, in the foreground."""
    from watchkeeper.analyzer.app import analyze as run_analyzer

    run_analyzer(host=host, port=port, config_path=config)


@app.command()
def up(runner: With = Runner.PROCESSES) -> None:
    """Start the stack and show what runs where."""
    places, settings = here(os.environ)
    load_config(settings.config_file(places.root), settings.environ)
    way, pinned = chosen(runner, places, console), pinned_images(places.root)
    refuse_downgrade(wrote_before(places, way), pinned)
    if way is Runner.DOCKER:
        is_first_start = compose.is_first_start(places.root)
        compose.up(places.root, settings)
        password = ""
        # A stack without Grafana has none to show.
        with suppress(EngineError):
            password = read_password(places.root) if is_first_start else ""
        welcome.show_containers(console, settings, password)
        welcome.show_receivers(console, compose.receivers(places.root), settings, has_grafana=True)
    else:
        components = bundle.up(bundle.Bundle(places=places, settings=settings), console, os.environ)
        welcome.show_processes(console, components, settings)
        welcome.show_receivers(console, bundle.receivers(places), settings, has_grafana=False)
    remember_versions(places.work, way, pinned)


@app.command()
def down(runner: With = Runner.PROCESSES) -> None:
    """Stop the stack; what it stored stays."""
    places, settings = here(os.environ)
    if chosen(runner, places, console) is Runner.DOCKER:
        compose.down(places.root)
        return
    stopped = bundle.down(bundle.Bundle(places=places, settings=settings))
    names = ", ".join(component.title for component in stopped)
    console.print(f"Stopped: {names}." if names else "Nothing ran.", highlight=False)


@app.command()
def status(runner: With = Runner.PROCESSES) -> None:
    """Show what runs, the last hour and what fires; exit code 1 when something of it is not ready."""
    places, settings = here(os.environ)
    if chosen(runner, places, console) is Runner.DOCKER:
        containers = read_containers(places.root)
        if not containers:
            _end_with_nothing()
        compose.status(places.root)
        welcome.show_last_hour(console, settings)
        now = _receivers_now(places.root, places.root / "watchkeeper.yml", places.root / "secrets")
        welcome.show_receivers(console, compose.receivers(places.root), settings, now, has_grafana=True)
        if found := unready(containers, compose.services(places.root)):
            console.print(f"Not ready: {', '.join(found)}; run make up.", markup=False, highlight=False, soft_wrap=True)
            raise typer.Exit(1)
        return
    states = bundle.status(bundle.Bundle(places=places, settings=settings))
    restarts = bundle.restarts(places)
    rows = [(item.title, item.url, welcome.in_words(state.value, restarts.get(item.name, 0))) for item, state in states]
    welcome.show_states(console, rows)
    if all(state is bundle.State.OFF for _, state in states):
        _end_with_nothing()
    welcome.show_last_hour(console, settings)
    now = _receivers_now(places.root, settings.config_file(places.root), places.secrets)
    welcome.show_receivers(console, bundle.receivers(places), settings, now, has_grafana=False)
    if any(state is not bundle.State.READY for _, state in states):
        raise typer.Exit(1)


def _end_with_nothing() -> NoReturn:
    console.print("Nothing runs here: start the stack with make up.", highlight=False, soft_wrap=True)
    raise typer.Exit(1)


def _receivers_now(root: Path, config_file: Path, secrets: Path) -> tuple[ReceiverStatus, ...]:
    """What the secrets are now; nothing where that cannot be read, which `make up` and doctor report."""
    with suppress(ConfigError, OSError):
        return found_now(root, config_file, secrets)
    return ()


@app.command()
def logs(
    component: Annotated[str | None, typer.Argument(help="Only this one, as in `exporter`.")] = None,
    *,
    follow: Annotated[bool, typer.Option("--follow", "-f", help="Go on with new lines until Ctrl-C.")] = False,
    runner: With = Runner.PROCESSES,
) -> None:
    """Show the last lines of the logs."""
    places, _ = here(os.environ)
    if chosen(runner, places, console) is Runner.DOCKER:
        compose.logs(places.root, component, follows=follow)
        return
    files = tail.choose_logs(places.logs, component)
    width = max(len(log.stem) for log in files)
    for log in files:
        _print_lines(tail.labelled(log, tail.last_lines(log), width))
    for log, lines in tail.follow_logs(files) if follow else ():
        _print_lines(tail.labelled(log, lines, width))


@app.command("check-config")
def check_config(
    file: Annotated[Path | None, typer.Argument(help="WATCHKEEPER_CONFIG, else the project's watchkeeper.yml.")] = None,
) -> None:
    """Check watchkeeper.yml and the environment; every error is listed."""
    if file is None and not os.environ.get("WATCHKEEPER_CONFIG"):
        places, settings = here(os.environ)
        file = settings.config_file(places.root)
    # It reads the price table, which no other command needs.
    from watchkeeper.prices.files import usable_tables
    from watchkeeper.prices.unlikely_prices import unlikely_prices

    checked = load_config(file, os.environ)
    unknown = unknown_names(checked.file, _seen_names())
    for warning in (*unlikely_prices(checked.file, usable_tables(checked.prices_file)[0].first), *unknown):
        console.print(f"warning: {warning}", markup=False, highlight=False, soft_wrap=True)
    console.print(f"{checked.file_path}: the configuration is valid.", highlight=False, soft_wrap=True)


def _seen_names() -> dict[str, Collection[str]]:
    """What the Prometheus of the project has seen, where the command runs in one."""
    with suppress(EngineError):
        return seen_names(f"http://127.0.0.1:{here(os.environ)[1].ports['prometheus']}")
    return {}


@app.command()
def token(tenant: Annotated[str, typer.Argument(help="For whom what is sent with it counts, as in `acme`.")]) -> None:
    """Make a token that lets a tenant send, and the line of watchkeeper.yml that lets it in."""
    made = make_token(tenant)
    console.print("The token, shown this once:", highlight=False)
    console.print(f"\n  {made.secret}\n", markup=False, highlight=False, soft_wrap=True)
    console.print("The line for watchkeeper.yml, below access: and its tokens:", highlight=False)
    console.print(f"\n    - {made.entry}\n", markup=False, highlight=False, soft_wrap=True)


@app.command()
def setup() -> None:
    """Prepare what the containers need: Alertmanager's file without what has no secret, Grafana's password."""
    for receiver in run_setup(os.environ):
        state = "on" if receiver.configured else f"off: {receiver.reason}"
        console.print(f"{receiver.receiver}/{receiver.integration}: {state}", highlight=False, soft_wrap=True)


@app.command("new-password", hidden=True)
def make_new_password() -> None:
    """Replace the password in WATCHKEEPER_GRAFANA_PASSWORD_FILE; `reset-password` runs it in a container."""
    new_password(Path(os.environ["WATCHKEEPER_GRAFANA_PASSWORD_FILE"]))


@app.command()
def engines() -> None:
    """Obtain the pinned engines and show where their programs lie; starts nothing."""
    places, _ = here(os.environ)
    with Progress(console) as progress:
        provided = obtain_all(places.root, environ=os.environ, progress=progress)
    for name, engine in provided.items():
        for path in engine.programs.values():
            console.print(f"{name} {engine.version} ({engine.origin}): {path}", highlight=False, soft_wrap=True)


def main() -> None:
    """Run the command; errors of the user and of the machine are sentences, not tracebacks."""
    try:
        app()
    except WatchkeeperError as problem:
        cure = "; start the stack with make up" if isinstance(problem, EngineAwayError) else ""
        Console(stderr=True).print(f"{problem}{cure}", markup=False, highlight=False, soft_wrap=True)
        sys.exit(2)


def _print_lines(lines: Iterable[str]) -> None:
    for line in lines:
        console.print(line, markup=False, highlight=False, soft_wrap=True)


if __name__ == "__main__":
    main()
