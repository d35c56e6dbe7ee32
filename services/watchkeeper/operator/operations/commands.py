"""The commands of an operator: each is a few calls into the files beside this one."""

import os
from pathlib import Path
from typing import Annotated

import httpx
import typer
from rich.console import Console

from watchkeeper.config.places import Places
from watchkeeper.config.project import here
from watchkeeper.config.settings import Settings
from watchkeeper.errors import OperationError
from watchkeeper.operator.doctor.examine import examine_docker, examine_processes
from watchkeeper.operator.doctor.finding import Grade
from watchkeeper.operator.doctor.secret_files import wanted_names
from watchkeeper.operator.operations.backup import back_up
from watchkeeper.operator.operations.backup import restore as restore_backup
from watchkeeper.operator.operations.grafana_password import reset_password as reset_grafana
from watchkeeper.operator.operations.pin import pin_images
from watchkeeper.operator.operations.process_stores import ProcessStores
from watchkeeper.operator.operations.registry import Registry
from watchkeeper.operator.operations.reload import Mismatches, reload_docker, reload_processes
from watchkeeper.operator.operations.secret_access import give_access
from watchkeeper.operator.operations.series import By, read_scrape, series_table
from watchkeeper.operator.operations.stores import Stores
from watchkeeper.operator.operations.upgrade import (
    back_up_and_start,
    print_plan,
    upgrade_docker,
    upgrade_processes,
    wrote_before,
)
from watchkeeper.operator.operations.versions import pinned_images, remember_versions
from watchkeeper.operator.operations.volume_stores import VolumeStores
from watchkeeper.operator.standalone import bundle, compose
from watchkeeper.operator.standalone.bundle import Bundle
from watchkeeper.operator.standalone.choice import Runner, With, chosen
from watchkeeper.operator.standalone.welcome import show_receivers

console = Console()

# A registry on a slow line; a token and a manifest are a few kilobytes.
_REGISTRY_SECONDS = 20.0
# A scrape of very many series.
_ANSWER_SECONDS = 30.0


def pin() -> None:
    """Write the digest of every image into docker-compose.yml; exit code 1 when one could not be had."""
    places, _ = here(os.environ)
    with httpx.Client(timeout=_REGISTRY_SECONDS, follow_redirects=True) as client:
        pinned = pin_images(places.root, Registry(client).digest_of)
    for item in pinned:
        _say(f"{item.image.name}:{item.image.tag}  {item.digest or item.reason}")
    left = [item for item in pinned if not item.digest]
    if left:
        _say(f"{len(left)} of {len(pinned)} images stay as they were; everything else works without their digests.")
        raise typer.Exit(1)


def reload(runner: With = Runner.PROCESSES) -> None:
    """Check the configuration, apply it, and see that the running configuration is that of the files."""
    places, settings = here(os.environ)
    is_docker = chosen(runner, places, console) is Runner.DOCKER
    if is_docker:
        found = reload_docker(places.root, settings)
        statuses = compose.receivers(places.root)
    else:
        found = reload_processes(Bundle(places=places, settings=settings), console, os.environ)
        statuses = bundle.receivers(places)
    show_receivers(console, statuses, settings, has_grafana=is_docker)
    _print_differences(found)


def backup(
    to: Annotated[Path, typer.Option(help="Folder that gets a new folder for each backup.")] = Path("backups"),
    runner: With = Runner.PROCESSES,
) -> None:
    """Copy the data of all parts into a new folder; each is stopped only while it is copied."""
    places, settings = here(os.environ)
    folder = back_up(_stores(places, settings, chosen(runner, places, console)), places.root, to, _say)
    _say(f"The backup is {folder}; it holds keys and passwords, so only its owner may read it.")


def restore(
    source: Annotated[Path, typer.Argument(help="The folder of a backup.")],
    runner: With = Runner.PROCESSES,
) -> None:
    """Put the data of a backup in the place of what is there, and start the stack."""
    places, settings = here(os.environ)
    way = chosen(runner, places, console)
    restore_backup(_stores(places, settings, way), places.root, source, _say)
    remember_versions(places.work, way, pinned_images(places.root))


def doctor(
    runner: With = Runner.PROCESSES,
    *,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="Show only what is not fine.")] = False,
) -> None:
    """Diagnose problems of the stack and suggest fixes; exit code 1 when something is wrong."""
    places, settings = here(os.environ)
    if chosen(runner, places, console) is Runner.DOCKER:
        findings = examine_docker(places.root, settings)
    else:
        findings = examine_processes(Bundle(places=places, settings=settings))
    grades = []
    for finding in findings:
        grades.append(finding.grade)
        if finding.grade is Grade.FINE and quiet:
            continue
        _say(f"{finding.grade:<8} {finding.about}: {finding.message}")
        if finding.fix:
            _say(f"{'':<8} {finding.fix}")
    if Grade.WRONG in grades:
        raise typer.Exit(1)


def secrets() -> None:
    """Let the containers, and no one else, read the files in secrets; show which of them there are."""
    places, _ = here(os.environ)
    for sentence in give_access(places.root, is_root=os.geteuid() == 0):
        _say(sentence)
    for name in wanted_names(places.root, places.root / "watchkeeper.yml"):
        file = places.root / "secrets" / name
        _say(f"{name}: {'there' if file.is_file() and file.stat().st_size else 'not set'}")


def reset_password(runner: With = Runner.PROCESSES) -> None:
    """Give Grafana's user admin a new password, and show it this once."""
    places, _ = here(os.environ)
    if chosen(runner, places, console) is not Runner.DOCKER:
        raise OperationError("Grafana must run here for that, got local processes, which are without it.")
    _say(f"Grafana's user admin has the password {reset_grafana(places.root)} from now on.")


def upgrade(
    to: Annotated[Path, typer.Option(help="Folder that gets the backup.")] = Path("backups"),
    runner: With = Runner.PROCESSES,
) -> None:
    """Report what changes, check, back up, and start the versions that are pinned; stored data is never downgraded."""
    places, settings = here(os.environ)
    way = chosen(runner, places, console)
    wrote, pinned = wrote_before(places, way), pinned_images(places.root)
    if not wrote:
        _say("Nothing was started here before: make up starts the pinned versions.")
        return
    print_plan(places.root, wrote, pinned, _say)

    def change() -> None:
        back_up_and_start(_stores(places, settings, way), places.root, to, _say)

    if way is Runner.DOCKER:
        found = upgrade_docker(places.root, settings, change)
    else:
        found = upgrade_processes(Bundle(places=places, settings=settings), console, os.environ, change)
    remember_versions(places.work, way, pinned)
    _print_differences(found)


def series(
    by: Annotated[By, typer.Option(help="What to count by: service, label or metric.")] = By.SERVICE,
) -> None:
    """Show who takes the samples of a scrape: the exporter's samples by service, label or metric."""
    url = here(os.environ)[1].url("exporter")
    try:
        answer = httpx.get(f"{url}/metrics", timeout=_ANSWER_SECONDS, trust_env=False).raise_for_status()
    except httpx.HTTPError as problem:
        raise OperationError(
            f"The exporter must answer at {url} for that, but {problem}: start it with make up"
        ) from problem
    console.print(series_table(read_scrape(answer.text), by))


ALL = (pin, reload, backup, restore, doctor, secrets, reset_password, upgrade, series)


def _stores(places: Places, settings: Settings, way: Runner) -> Stores:
    if way is Runner.DOCKER:
        return VolumeStores(places.root, settings)
    return ProcessStores(Bundle(places=places, settings=settings), console, os.environ)


def _print_differences(found: Mismatches) -> None:
    for title, differences in found.items():
        _say(f"{title}: " + ("; ".join(differences) or "up to date"))
    if any(found.values()):
        raise typer.Exit(1)


def _say(sentence: str) -> None:
    console.print(sentence, markup=False, highlight=False, soft_wrap=True)
