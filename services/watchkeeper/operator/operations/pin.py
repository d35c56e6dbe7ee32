"""`watchkeeper pin`: writes the digest of every image behind its version in docker-compose.yml.

A tag can be moved to other bytes, a digest cannot. Versions stay as they are.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from watchkeeper.config import fast_yaml
from watchkeeper.errors import OperationError
from watchkeeper.operator.standalone.image_reference import ImageReference, parse_reference

DigestOf = Callable[[ImageReference], str]

_FILE = "docker-compose.yml"


@dataclass(frozen=True, slots=True, kw_only=True)
class Pinned:
    """What became of one image: its digest now, or why there is none."""

    image: ImageReference
    digest: str = ""
    reason: str = ""


def pin_images(root: Path, digest_of: DigestOf) -> list[Pinned]:
    """Ask forevery digest and write those that were found; an image that is built here has none.

    Raises: OperationError when docker-compose.yml names no images.
    """
    file = root / _FILE
    text = file.read_text(encoding="utf-8")
    found = [_ask(image, digest_of) for image in pulled_images(text)]
    file.write_text(with_digests(text, found), encoding="utf-8")
    return found


def pulled_images(text: str) -> list[ImageReference]:
    """The images of x-images that come from a registry."""
    tree = fast_yaml.load(text)
    images = tree.get("x-images") if isinstance(tree, dict) else None
    if not isinstance(images, dict):
        raise OperationError(f"{_FILE}: x-images must name the images, got {images!r}")
    built = {service.get("image") for service in (tree.get("services") or {}).values() if "build" in service}
    references = [parse_reference(str(image)) for image in images.values() if image not in built]
    return [reference for reference in references if reference is not None]


def with_digests(text: str, pinned: list[Pinned]) -> str:
    """The text of docker-compose.yml with each digest behind its version; nothing else changes."""
    for item in (item for item in pinned if item.digest):
        line = rf"(?m)(?<=\s){re.escape(f'{item.image.name}:{item.image.tag}')}(?:@sha256:[0-9a-f]{{64}})?$"
        text = re.sub(line, f"{item.image.name}:{item.image.tag}@{item.digest}", text)
    return text


def _ask(image: ImageReference, digest_of: DigestOf) -> Pinned:
    try:
        return Pinned(image=image, digest=digest_of(image))
    except OperationError as problem:
        return Pinned(image=image, reason=str(problem))
