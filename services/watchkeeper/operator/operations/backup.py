"""`watchkeeper backup` and `watchkeeper restore`: the data of all parts, into a folder and back.

Each part is stopped while it is copied, so that what is copied fits together; the others go on. No
engine needs an administrative interface for it, which whoever reaches its port could use to delete.
"""

from collections.abc import Callable
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

from watchkeeper.errors import OperationError
from watchkeeper.operator.operations.manifest import Manifest, StoredArchive, describe, read_manifest, write_manifest
from watchkeeper.operator.operations.stores import Stores
from watchkeeper.operator.operations.versions import newer_engines, pinned_images

Say = Callable[[str], None]


def back_up(stores: Stores, root: Path, target: Path, say: Say) -> Path:
    """Copy every store into a new folder below ``target`` and return it; only a whole one gets its name.

    Raises: OperationError when a store cannot be read or the folder cannot be written.
    """
    made_at = datetime.now(UTC)
    folder = target / made_at.strftime("%Y-%m-%dT%H%M%SZ")
    draft = folder.with_name(f"{folder.name}.partial")
    try:
        draft.mkdir(parents=True, mode=0o700)
        _read_all(stores, draft, say)
        write_manifest(draft, _manifest(root, draft, made_at))
        draft.rename(folder)
    except OSError as problem:
        raise OperationError(f"{folder}: the backup must be written there, but {problem}") from problem
    return folder


def _read_all(stores: Stores, draft: Path, say: Say) -> None:
    for name in stores.names():
        archive = draft / f"{name}.tar"
        with stores.held_still(name):
            stores.read(name, archive)
        archive.chmod(0o600)
        say(f"{name}: {archive.stat().st_size / 1e6:.1f} MB")


def _manifest(root: Path, draft: Path, made_at: datetime) -> Manifest:
    archives = tuple(describe(file) for file in sorted(draft.glob("*.tar")))
    stamp = made_at.isoformat(timespec="seconds")
    return Manifest(made_at=stamp, watchkeeper=version("watchkeeper"), images=pinned_images(root), archives=archives)


def restore(stores: Stores, root: Path, source: Path, say: Say) -> None:
    """Replace every store that the backup holds; nothing is touched unless the whole backup is good.

    Raises: OperationError when it is not whole, or was made by a newer release than the one that is pinned.
    """
    manifest = read_manifest(source)
    newer = newer_engines(manifest.images, pinned_images(root))
    if newer:
        raise OperationError(f"{source}: must not come from newer engines, got {', '.join(newer)}: upgrade first")
    known = _known_stores(stores, manifest.archives)
    for archive in manifest.archives:
        if archive.store not in known:
            say(f"{archive.store}: left out, nothing here stores that")
    with stores.all_stopped():
        for archive in manifest.archives:
            if archive.store in known:
                stores.replace(archive.store, source / archive.file_name)
                say(f"{archive.store}: as of {manifest.made_at}")


def _known_stores(stores: Stores, archives: tuple[StoredArchive, ...]) -> set[str]:
    known = set(stores.names())
    return {archive.store for archive in archives if archive.store in known}
