"""Obtaining the engines: the sources in order, the first that can provides."""

import shutil
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from watchkeeper.config.places import engine_cache
from watchkeeper.errors import EngineError
from watchkeeper.operator.standalone.cache_writer import CacheWriter
from watchkeeper.operator.standalone.catalogue import ENGINES, Engine
from watchkeeper.operator.standalone.from_images import FromImages
from watchkeeper.operator.standalone.from_modules import FromModules
from watchkeeper.operator.standalone.go_toolchain import private_folder
from watchkeeper.operator.standalone.pins import Pin, read_pins
from watchkeeper.operator.standalone.present import Cache, OnPath, Stopgap
from watchkeeper.operator.standalone.progress import Progress
from watchkeeper.operator.standalone.shared import Shared, share, shared_folder
from watchkeeper.operator.standalone.sources import Provided, Refused, Source


def obtain_all(
    root: Path,
    *,
    environ: Mapping[str, str],
    progress: Progress,
    on_some: Callable[[Mapping[str, Provided]], None] = lambda _: None,
) -> dict[str, Provided]:
    """All engines by name, as pinned in the project at ``root``; raises EngineError naming the fix.

    While some are missing, ``on_some`` is called with those that are there: before the first is fetched, and after each
    but the last. What this machine has is in the shared cache afterwards, where one is named.
    """
    pins = read_pins(root)
    folder, shared = engine_cache(environ), shared_folder(environ)
    writer = CacheWriter(folder=folder)
    at_hand: list[Source] = [Cache(folder=folder), OnPath()]
    to_fetch: list[Source] = [
        *([Shared(folder=shared, writer=writer)] if shared else []),
        FromImages(writer=writer, progress=progress),
        FromModules(writer=writer, progress=progress, environ=environ),
        Stopgap(),
    ]
    answers = {engine: first_that_provides(at_hand, engine, pins[engine.name]) for engine in ENGINES}
    provided = {engine.name: found for engine, found in answers.items() if isinstance(found, Provided)}
    for engine in (one for one in ENGINES if one.name not in provided):
        on_some(provided)
        provided[engine.name] = _fetch(engine, pins[engine.name], [*at_hand, *to_fetch], writer, progress)
    if any(engine.origin == FromModules.origin for engine in provided.values()):
        progress.step("removing what only the building needed")
        _remove(private_folder(folder))
    if shared:
        for engine in ENGINES:
            share(shared, engine, provided[engine.name], pins[engine.name], progress.note)
    return {engine.name: provided[engine.name] for engine in ENGINES}


def first_that_provides(sources: Sequence[Source], engine: Engine, pin: Pin) -> Provided | list[Refused]:
    """Ask one source after the other; all refusals when none provides."""
    refusals = []
    for source in sources:
        answer = source(engine, pin)
        if isinstance(answer, Provided):
            return answer
        refusals.append(answer)
    return refusals


def _fetch(engine: Engine, pin: Pin, sources: Sequence[Source], writer: CacheWriter, progress: Progress) -> Provided:
    def say_waiting() -> None:
        progress.step(f"{engine.title}: another process is obtaining it, waiting")

    # The lock is held while all sources are asked again: the other process may have filled the cache.
    with writer.locked(engine, on_wait=say_waiting):
        answer = first_that_provides(sources, engine, pin)
    if isinstance(answer, Provided):
        progress.note(answer.warning or f"{engine.title} {answer.version} is ready ({answer.origin}).")
        return answer
    raise EngineError(refusal_sentence(engine, pin, answer))


def refusal_sentence(engine: Engine, pin: Pin, refusals: Sequence[Refused]) -> str:
    """What was tried and the fix, for a person."""
    tried = "; ".join(refusal.reason for refusal in refusals)
    return (
        f"{engine.title} {pin.image_version} cannot be obtained: {tried}. "
        f"Put {engine.server.name} {pin.image_version} on PATH, start Docker, "
        "or allow access to PyPI and the Go module proxy (GOPROXY)."
    )


def _remove(tree: Path) -> None:
    """Remove a folder of which Go has made parts read-only."""
    for path in tree.rglob("*") if tree.is_dir() else ():
        if path.is_dir() and not path.is_symlink():
            path.chmod(0o755)
    shutil.rmtree(tree, ignore_errors=True)
