"""The parts of an image reference such as ``prom/prometheus:v3.13.5@sha256:…``."""

import re
from dataclasses import dataclass

# Source: https://docs.docker.com/reference/cli/docker/image/tag/
_REFERENCE = re.compile(r"(?P<name>[\w.:/-]+?):(?P<tag>[\w][\w.-]*)(?:@(?P<digest>sha256:[0-9a-f]{64}))?")
# What follows a hyphen names the base system, as in 17.10-bookworm.
_VERSION = re.compile(r"v?(\d+(?:\.\d+)+)(?:-[a-z]\w*)?")

_DEFAULT_REGISTRY = "registry-1.docker.io"


@dataclass(frozen=True, slots=True, kw_only=True)
class ImageReference:
    """Name, tag and, where it is pinned to the byte, the digest of an image."""

    name: str
    tag: str
    digest: str = ""

    @property
    def version(self) -> str:
        """The release that the tag names, empty when it names none."""
        found = _VERSION.fullmatch(self.tag)
        return found[1] if found else ""

    @property
    def registry(self) -> str:
        """The host that is asked for it; Docker Hub when the name names none."""
        first, slash, _ = self.name.partition("/")
        return first if slash and ("." in first or ":" in first) else _DEFAULT_REGISTRY

    @property
    def repository(self) -> str:
        """Its path at the registry; official images lie below library/."""
        if self.registry != _DEFAULT_REGISTRY:
            return self.name.partition("/")[2]
        return self.name if "/" in self.name else f"library/{self.name}"

    def __str__(self) -> str:
        return f"{self.name}:{self.tag}" + (f"@{self.digest}" if self.digest else "")


def parse_reference(text: str) -> ImageReference | None:
    """The parts of a reference, or None when it has no tag or is none."""
    found = _REFERENCE.fullmatch(text)
    return ImageReference(name=found["name"], tag=found["tag"], digest=found["digest"] or "") if found else None
