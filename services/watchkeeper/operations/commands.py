"""The commands of an operator: each is a few calls into the files beside this one."""

import os

import httpx
import typer
from rich.console import Console

from watchkeeper.operations.pin import pin_images
from watchkeeper.operations.registry import Registry
from watchkeeper.standalone.choice import here

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


ALL = (pin,)


def _say(sentence: str) -> None:
    console.print(sentence, markup=False, highlight=False, soft_wrap=True)
