"""`watchkeeper upgrade`: from the versions that run to those that docker-compose.yml pins, with a backup between."""

from collections.abc import Callable, Mapping
from pathlib import Path

from rich.console import Console

from watchkeeper.config.places import Places
from watchkeeper.config.settings import Settings
from watchkeeper.errors import OperationError, WatchkeeperError
from watchkeeper.operator.operations.backup import Say, back_up
from watchkeeper.operator.operations.check_files import check_for_docker
from watchkeeper.operator.operations.reload import (
    Mismatches,
    agreed,
    check_with_engines,
    files_of_docker,
    files_of_processes,
)
from watchkeeper.operator.operations.stores import Stores
from watchkeeper.operator.operations.versions import (
    Images,
    changed_images,
    changes_since,
    refuse_downgrade,
    versions_that_wrote,
)
from watchkeeper.operator.standalone import compose
from watchkeeper.operator.standalone.bundle import Bundle
from watchkeeper.operator.standalone.choice import Runner

_OURS = "exporter"


def wrote_before(places: Places, way: Runner) -> dict[str, str]:
    """The images that wrote what is stored: as the last start kept them, else those of the containers."""
    kept = versions_that_wrote(places.work, way)
    if kept or way is not Runner.DOCKER:
        return kept
    return {str(row["Service"]): str(row["Image"]).partition("@")[0] for row in compose.containers(places.root)}


def print_plan(root: Path, wrote: Images, pinned: Images, say: Say) -> None:
    """Say what changes, by images and by the notes of each release between.

    Raises: OperationError when something pinned is older than what wrote the data.
    """
    refuse_downgrade(wrote, pinned)
    for line in changed_images(wrote, pinned) or ["No image changes."]:
        say(line)
    changelog = root / "CHANGELOG.md"
    notes = changes_since(changelog.read_text(encoding="utf-8"), wrote.get(_OURS, "")) if changelog.is_file() else ""
    if notes:
        say(f"\n{notes}\n")


def upgrade_processes(
    running: Bundle, console: Console, environ: Mapping[str, str], back_up_all: Callable[[], None]
) -> Mismatches:
    """Obtain and check with what still runs left alone, then back up and start; what differs from the files."""
    check_with_engines(running, console, environ)
    back_up_all()
    return agreed(files_of_processes(running.places, running.settings), running.settings)


def upgrade_docker(root: Path, settings: Settings, back_up_all: Callable[[], None]) -> Mismatches:
    """Pull, build and check with what still runs left alone, then back up and start; what differs from the files."""
    compose.fetch(root)
    check_for_docker(root)
    back_up_all()
    return agreed(files_of_docker(root), settings)


def back_up_and_start(stores: Stores, root: Path, target: Path, say: Say) -> None:
    """Stop the old versions, copy what they stored, and start the new ones.

    Raises: OperationError with the way back when the new ones do not start.
    """
    folder: Path | None = None
    try:
        with stores.all_stopped():
            folder = back_up(stores, root, target, say)
            say(f"Everything as before is in {folder}.")
    except WatchkeeperError as problem:
        if folder is None:
            raise
        raise OperationError(
            f"{problem}\nThe way back: check out the former version of this project, then make restore FROM={folder}"
        ) from problem
