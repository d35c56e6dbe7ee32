"""Engines copied out of their pinned container images, where a Docker engine answers."""

from dataclasses import dataclass
from pathlib import Path

from watchkeeper.operator.standalone.cache_writer import CacheWriter
from watchkeeper.operator.standalone.catalogue import Engine, Program
from watchkeeper.operator.standalone.commands import ask
from watchkeeper.operator.standalone.pins import Pin
from watchkeeper.operator.standalone.progress import Progress
from watchkeeper.operator.standalone.sources import Provided, Refused, version_of

_ANSWER_SECONDS = 15.0
_COPY_SECONDS = 120.0
# An image of 100 MB on a slow line.
_PULL_SECONDS = 900.0


@dataclass(frozen=True, slots=True, kw_only=True)
class FromImages:
    """docker pull, create, cp: nothing is run, the program is only taken out."""

    writer: CacheWriter
    progress: Progress
    docker: str = "docker"

    def __call__(self, engine: Engine, pin: Pin) -> Provided | Refused:
        """Copy all programs, or say why not."""
        answer = ask([self.docker, "info", "--format", "{{.ServerVersion}}"], timeout_seconds=_ANSWER_SECONDS)
        if answer.code != 0 or not answer.output.strip():
            return Refused(reason="no Docker engine answers")
        with self.writer.draft(engine, pin.image_version) as draft:
            for program in engine.programs:
                refusal = self._copy(program, self._image(program, pin), draft)
                refusal = refusal or _unlike(draft / program.name, pin)
                if refusal is not None:
                    (draft / program.name).unlink(missing_ok=True)
                    return refusal
        programs = {program.name: self.writer.place(engine, pin.image_version, program) for program in engine.programs}
        return Provided(version=pin.image_version, programs=programs, origin="image")

    @staticmethod
    def _image(program: Program, pin: Pin) -> str:
        return f"{program.image}:{pin.image.tag}" if program.image else str(pin.image)

    def _copy(self, program: Program, image: str, draft: Path) -> Refused | None:
        refusal = self._pull(program, image)
        if refusal is not None:
            return refusal
        created = ask([self.docker, "create", image], timeout_seconds=_COPY_SECONDS)
        container = created.output.strip()
        if created.code != 0 or not container:
            return Refused(reason=f"docker create {image} said: {created.message}")
        target = draft / program.name
        copied = ask(
            [self.docker, "cp", f"{container}:{program.image_path}", str(target)], timeout_seconds=_COPY_SECONDS
        )
        ask([self.docker, "rm", container], timeout_seconds=_COPY_SECONDS)
        if copied.code != 0:
            return Refused(reason=f"docker cp of {program.image_path} out of {image} said: {copied.message}")
        return None

    def _pull(self, program: Program, image: str) -> Refused | None:
        if ask([self.docker, "image", "inspect", image], timeout_seconds=_ANSWER_SECONDS).code == 0:
            return None
        self.progress.step(f"{program.name}: pulling {image}")
        pulled = ask([self.docker, "pull", "--quiet", image], timeout_seconds=_PULL_SECONDS)
        return None if pulled.code == 0 else Refused(reason=f"docker pull {image} said: {pulled.message}")


def _unlike(program: Path, pin: Pin) -> Refused | None:
    """A program made for another system does not run; one of another release is not what is pinned."""
    version = version_of(program)
    if version == pin.image_version:
        return None
    answer = f"says it is {version}" if version else "does not run on this machine or reports no version"
    return Refused(reason=f"{program.name} out of {pin.image} {answer}")
