"""Which version of each engine is wanted: docker-compose.yml names the image, the go.mod beside names the module."""

import re
from dataclasses import dataclass
from pathlib import Path

import yaml

from watchkeeper.config import fast_yaml
from watchkeeper.errors import EngineError
from watchkeeper.operator.standalone.catalogue import ENGINES, Engine
from watchkeeper.operator.standalone.image_reference import ImageReference, parse_reference

MODULES_FOLDER = Path(__file__).parent / "engines"

# Prometheus 3.x is published as module v0.3xx: release 3.13.5 is v0.313.5.
_MINORS_PER_MAJOR = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Pin:
    """One engine's image reference and the release that a build from source gives.

    They differ where a release was published as an image only (docs/decisions says which).
    """

    image: ImageReference
    built_version: str

    @property
    def image_version(self) -> str:
        """The release that the image's tag names."""
        return self.image.version

    @property
    def accepted_versions(self) -> tuple[str, ...]:
        """Releases that count as pinned: the image's and the one a build gives."""
        return tuple(dict.fromkeys((self.image_version, self.built_version)))


def read_pins(root: Path, modules: Path = MODULES_FOLDER) -> dict[str, Pin]:
    """Pins by engine name; raises EngineError when an engine has no image or no module version."""
    images = _read_images(root / "docker-compose.yml")
    return {
        engine.name: Pin(
            image=_image_of(engine, images),
            built_version=_module_version(engine, modules / engine.name / "go.mod"),
        )
        for engine in ENGINES
    }


def go_line(module_file: Path) -> str:
    """The lowest Go release that builds this module file, as in ``1.26.5``."""
    found = re.search(r"^go (\d+(?:\.\d+)+)$", module_file.read_text(encoding="utf-8"), re.MULTILINE)
    if found is None:
        raise EngineError(f"{module_file}: go must be a release such as 1.26.0, got none")
    return found[1]


def _read_images(compose_file: Path) -> dict[str, str]:
    try:
        tree = fast_yaml.load(compose_file.read_text(encoding="utf-8"))
    except (OSError, yaml.YAMLError) as problem:
        raise EngineError(f"{compose_file}: x-images must name the image of each engine, but {problem}") from problem
    images = tree.get("x-images") if isinstance(tree, dict) else None
    if not isinstance(images, dict):
        raise EngineError(f"{compose_file}: x-images must name the image of each engine, got {images!r}")
    return {str(name): str(image) for name, image in images.items()}


def _image_of(engine: Engine, images: dict[str, str]) -> ImageReference:
    image = images.get(engine.name, "")
    reference = parse_reference(image)
    if reference is None or not reference.version:
        raise EngineError(f"docker-compose.yml: x-images.{engine.name} must name a version as :v1.2.3, got {image!r}")
    return reference


def _module_version(engine: Engine, module_file: Path) -> str:
    pattern = rf"^\s*(?:require )?{re.escape(engine.module)} v(\d+)\.(\d+)\.(\d+)\b"
    found = re.search(pattern, module_file.read_text(encoding="utf-8"), re.MULTILINE)
    if found is None:
        raise EngineError(f"{module_file}: require must name {engine.module}, got no such line")
    major, minor, patch = (int(part) for part in found.groups())
    if major == 0 and minor > _MINORS_PER_MAJOR:
        major, minor = divmod(minor, _MINORS_PER_MAJOR)
    return f"{major}.{minor}.{patch}"
