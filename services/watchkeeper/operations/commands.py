"""The commands of an operator: each is a few calls into the files beside this one."""

import os

import httpx
import typer
from rich.console import Console

from watchkeeper.operations.pin import pin_images
from watchkeeper.operations.registry import Registry
from watchkeeper.operations.reload import reload_docker, reload_processes
from watchkeeper.standalone.bundle import Bundle
from watchkeeper.standalone.choice import Runner, With, chosen, here

console = Console()

# A registry on a slow line; a token and a manifest are a few kilobytes.
_REGISTRY_SECONDS = 20.0


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
    """Check the configuration, bring it into force, and see that what runs is what lies on disk."""
    places, settings = here(os.environ)
    if chosen(runner, places, console) is Runner.DOCKER:
        found = reload_docker(places.root, settings)
    else:
        found = reload_processes(Bundle(places=places, settings=settings), console, os.environ)
    for title, differences in found.items():
        _say(f"{title}: " + ("; ".join(differences) or "runs with what lies on disk"))
    if any(found.values()):
        raise typer.Exit(1)


ALL = (pin, reload)


def _say(sentence: str) -> None:
    console.print(sentence, markup=False, highlight=False, soft_wrap=True)
