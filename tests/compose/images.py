"""The images of the bundle: the official one where it is on the machine, else a stand-in laid out like it."""

import os
import re
import shutil
from dataclasses import dataclass
from pathlib import Path

import yaml
from rich.console import Console
from tests.compose.commands import log, run, succeeds
from tests.support.sid import cache_folder
from tests.support.tools import MMDEBSTRAP, need

from watchkeeper.operator.standalone.obtain import obtain_all
from watchkeeper.operator.standalone.progress import Progress

PROJECT = Path(__file__).resolve().parents[2]
STAND_INS = Path(__file__).parent / "stand_ins"
CERTIFICATES = Path("/etc/ssl/certs/ca-certificates.crt")
NO_STAND_IN = "grafana"


@dataclass(frozen=True, slots=True, kw_only=True)
class Images:
    """What each service runs, by the names of x-images; ``python`` is the base of the exporter's image."""

    by_name: dict[str, str]

    @property
    def environ(self) -> dict[str, str]:
        """The variables that the override file reads."""
        return {f"TEST_{name.upper()}_IMAGE": image for name, image in self.by_name.items()}

    @property
    def has_grafana(self) -> bool:
        """Whether Grafana can run: only its official image can."""
        return NO_STAND_IN in self.by_name


def provide_images() -> Images:
    """Find or build an image for every engine of the bundle, and the base of the exporter's."""
    wanted = _pinned()
    by_name = {"exporter": "watchkeeper-e2e/exporter:test"}
    for name, official in wanted.items():
        if succeeds(["docker", "image", "inspect", official]):
            log.info("%s: the official image %s", name, official)
            by_name[name] = official
    missing = wanted.keys() - by_name.keys() - {NO_STAND_IN}
    if missing:
        by_name |= _build_stand_ins(missing, wanted)
    if NO_STAND_IN not in by_name:
        log.info("grafana: left out, its image %s is not here and it cannot be built", wanted[NO_STAND_IN])
    return Images(by_name=by_name)


def _pinned() -> dict[str, str]:
    compose = yaml.safe_load((PROJECT / "docker-compose.yml").read_text(encoding="utf-8"))
    engines = ("prometheus", "alertmanager", "loki", "promtail", NO_STAND_IN)
    dockerfile = (PROJECT / "services" / "Dockerfile").read_text(encoding="utf-8")
    base = re.search(r"^ARG PYTHON_IMAGE=(\S+)$", dockerfile, re.MULTILINE)
    assert base, "services/Dockerfile must name its base as ARG PYTHON_IMAGE"
    return {name: compose["x-images"][name] for name in engines} | {"python": base[1]}


def _build_stand_ins(missing: set[str], wanted: dict[str, str]) -> dict[str, str]:
    debian = _build("debian", _debian_folder(), "trixie")
    busybox = _build("busybox", STAND_INS, "trixie", DEBIAN=debian)
    built = {}
    for name in sorted(missing):
        folder = STAND_INS if name == "python" else _programs_folder(name)
        tag = wanted[name].partition("@")[0].rpartition(":")[2]
        built[name] = _build(name, folder, tag, DEBIAN=debian, BUSYBOX=busybox)
    return built


def _build(name: str, context: Path, tag: str, **arguments: str) -> str:
    image = f"watchkeeper-stand-in/{name}:{tag}"
    dockerfile = STAND_INS / f"{name}.Dockerfile"
    used = {key: value for key, value in arguments.items() if f"ARG {key}\n" in dockerfile.read_text(encoding="utf-8")}
    options = [option for key, value in used.items() for option in ("--build-arg", f"{key}={value}")]
    run(["docker", "build", "--quiet", "--tag", image, "--file", str(dockerfile), *options, str(context)])
    log.info("%s: stand-in %s", name, image)
    return image


def _debian_folder() -> Path:
    """A folder with Debian as one archive and this machine's certificates."""
    folder = cache_folder() / "debian"
    folder.mkdir(exist_ok=True)
    archive = folder / "debian.tar"
    if not archive.is_file():
        mmdebstrap = need(MMDEBSTRAP)["mmdebstrap"]
        log.info("making a base of Debian trixie")
        partial = folder / "partial.tar"
        run([mmdebstrap, "--quiet", "--variant=minbase", "--include=ca-certificates", "trixie", str(partial)])
        partial.rename(archive)
    shutil.copyfile(CERTIFICATES, folder / CERTIFICATES.name)
    return folder


def _programs_folder(engine: str) -> Path:
    """A folder with an engine's programs under their plain names."""
    with Progress(Console(stderr=True)) as progress:
        provided = obtain_all(PROJECT, environ=os.environ, progress=progress)[engine]
    folder = cache_folder() / "programs" / f"{engine}-{provided.version}"
    folder.mkdir(parents=True, exist_ok=True)
    for name, path in provided.programs.items():
        if not (folder / name).is_file():
            shutil.copyfile(path, folder / name)
            (folder / name).chmod(0o755)
    return folder
