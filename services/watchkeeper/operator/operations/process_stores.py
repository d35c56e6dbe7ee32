"""The data of the local processes: folders below .watchkeeper/data."""

import shutil
import tarfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from rich.console import Console

from watchkeeper.errors import OperationError
from watchkeeper.operator.operations.stores import in_order
from watchkeeper.operator.standalone import bundle
from watchkeeper.operator.standalone.records import Records
from watchkeeper.operator.standalone.supervise import stop

# Python before 3.11.4 knows no filter; the archive is the bundle's own, and its hash has been compared by now.
_UNPACKING: dict[str, Any] = {"filter": "data"} if hasattr(tarfile, "data_filter") else {}


class ProcessStores:
    """Reads and replaces folders; what stood still for it is started again by the bundle itself."""

    def __init__(self, running: bundle.Bundle, console: Console, environ: Mapping[str, str]) -> None:
        self._bundle = running
        self._console = console
        self._environ = environ

    def names(self) -> Sequence[str]:
        """All parts of the bundle; each keeps data."""
        return in_order([component.name for component in self._bundle.components()])

    @contextmanager
    def held_still(self, name: str) -> Iterator[None]:
        """Stop one process, and start it again if it ran."""
        record = Records(folder=self._bundle.places.run).read(name)
        if record is None or not record.is_running:
            yield
            return
        component = next(part for part in self._bundle.components() if part.name == name)
        stop(component, self._bundle.places)
        try:
            yield
        finally:
            bundle.up(self._bundle, self._console, self._environ)

    def read(self, name: str, archive: Path) -> None:
        """Write the content of a folder into a new tar file."""
        self._folder(name).mkdir(parents=True, exist_ok=True)
        with archive.open("xb") as file, tarfile.open(fileobj=file, mode="w|") as tar:
            tar.add(self._folder(name), arcname=".")

    @contextmanager
    def all_stopped(self) -> Iterator[None]:
        """Stop all processes, and start all afterwards."""
        bundle.down(self._bundle)
        self._bundle.places.make()
        yield
        bundle.up(self._bundle, self._console, self._environ)

    def replace(self, name: str, archive: Path) -> None:
        """Unpack beside the folder and swap: trouble half-way leaves what was there."""
        folder = self._folder(name)
        fresh, old = folder.with_name(f"{name}.restored"), folder.with_name(f"{name}.replaced")
        shutil.rmtree(fresh, ignore_errors=True)
        shutil.rmtree(old, ignore_errors=True)
        try:
            with tarfile.open(archive, mode="r|") as tar:
                tar.extractall(fresh, **_UNPACKING)  # noqa: S202  # data alone, where Python can
        except (tarfile.TarError, OSError) as problem:
            raise OperationError(f"{archive}: must be unpacked into {fresh}, but {problem}") from problem
        if folder.exists():
            folder.rename(old)
        fresh.rename(folder)
        shutil.rmtree(old, ignore_errors=True)

    def _folder(self, name: str) -> Path:
        return self._bundle.places.data / name
