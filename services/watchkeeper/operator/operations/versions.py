"""Which versions wrote what is stored, which are pinned now, and what changed between the two."""

import json
import re
from collections.abc import Iterator, Mapping
from contextlib import suppress
from pathlib import Path

from watchkeeper.config import fast_yaml
from watchkeeper.errors import OperationError
from watchkeeper.operator.standalone.image_reference import parse_reference

# Name and tag of each image, by its key in x-images.
Images = Mapping[str, str]

_STAMP = "versions.json"
_SECTION = re.compile(r"^## \[(?P<version>[^\]]+)\].*$", re.MULTILINE)


def pinned_images(root: Path) -> dict[str, str]:
    """The images that docker-compose.yml names, without digests; local processes follow the same versions."""
    images = fast_yaml.load((root / "docker-compose.yml").read_text(encoding="utf-8")).get("x-images") or {}
    return {name: str(image).partition("@")[0] for name, image in images.items()}


def newer_engines(theirs: Images, ours: Images) -> list[str]:
    """Images of theirs whose release is above ours; engines read older data, not newer."""
    return [image for name, image in theirs.items() if name in ours and _release(image) > _release(ours[name])]


def changed_images(old: Images, new: Images) -> list[str]:
    """A line for each image whose version is another one, such as ``loki: 3.7.8 -> 3.7.9``."""
    tags = {
        name: (old[name].rpartition(":")[2], image.rpartition(":")[2]) for name, image in new.items() if name in old
    }
    return [f"{name}: {before} -> {after}" for name, (before, after) in tags.items() if before != after]


def changes_since(changelog: str, version: str) -> str:
    """The sections of CHANGELOG.md that are about releases after ``version``, newest first."""
    return "\n\n".join(_sections_after(changelog, _numbers(version)))


def remember_versions(work: Path, way: str, images: Images) -> None:
    """Keep the versions that write from now on; ``way`` is how the stack runs, as each way has its own data."""
    work.mkdir(parents=True, exist_ok=True)
    draft = work / f"{_STAMP}.new"
    draft.write_text(json.dumps({**_read_stamp(work), way: dict(images)}, indent=2) + "\n", encoding="utf-8")
    draft.replace(work / _STAMP)


def versions_that_wrote(work: Path, way: str) -> dict[str, str]:
    """What `remember_versions` kept last; empty when nothing was."""
    return _read_stamp(work).get(way, {})


def refuse_downgrade(wrote: Images, pinned: Images) -> None:
    """Raise OperationError when what is stored was written by a newer release than a pinned one."""
    newer = newer_engines(wrote, pinned)
    if newer:
        raise OperationError(
            f"docker-compose.yml: must not name older engines than those that wrote the data, {', '.join(newer)}: "
            "check out the newer version again, or put a backup of this one in its place with make restore"
        )


def _read_stamp(work: Path) -> dict[str, dict[str, str]]:
    with suppress(OSError, ValueError):
        stamp: dict[str, dict[str, str]] = json.loads((work / _STAMP).read_text(encoding="utf-8"))
        return stamp
    return {}


def _sections_after(changelog: str, version: tuple[int, ...]) -> Iterator[str]:
    headings = list(_SECTION.finditer(changelog))
    ends = [heading.start() for heading in headings[1:]] + [len(changelog)]
    for heading, end in zip(headings, ends, strict=True):
        if _numbers(heading["version"]) > version:
            yield changelog[heading.start() : end].strip()


def _numbers(version: str) -> tuple[int, ...]:
    """Nothing for a name such as Unreleased, which is no release to upgrade to."""
    return tuple(int(part) for part in re.findall(r"\d+", version)[:3])


def _release(image: str) -> tuple[int, ...]:
    """Major and minor release; a patch never changes what is stored."""
    reference = parse_reference(image)
    numbers: list[int] = []
    with suppress(ValueError):
        numbers = [int(part) for part in (reference.version if reference else "").split(".")[:2]]
    return tuple(numbers)
