"""Where things lie: the project, what the running bundle writes, and the cache of engines."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from watchkeeper.errors import EngineError

_MARKS = ("docker-compose.yml", "prometheus/prometheus.yml")


@dataclass(frozen=True, slots=True, kw_only=True)
class Places:
    """The project folder with the shipped config files, and the folder the bundle writes into."""

    root: Path
    work: Path
    secrets: Path

    @property
    def config(self) -> Path:
        """Rendered config files."""
        return self.work / "config"

    @property
    def data(self) -> Path:
        """What the engines store."""
        return self.work / "data"

    @property
    def logs(self) -> Path:
        """One log file per process."""
        return self.work / "logs"

    @property
    def run(self) -> Path:
        """Records of the started processes."""
        return self.work / "run"

    def make(self) -> None:
        """Create the folders the bundle writes into."""
        for folder in (self.config, self.data, self.logs, self.run):
            folder.mkdir(parents=True, exist_ok=True)


def find_places(environ: Mapping[str, str], start: Path) -> Places:
    """WATCHKEEPER_ROOT, or the first folder from ``start`` upwards that holds the project, or the package's own."""
    named = environ.get("WATCHKEEPER_ROOT")
    above_package = Path(__file__).resolve().parents[3]
    candidates = [Path(named).resolve()] if named else [start, *start.parents, above_package]
    for root in candidates:
        if all((root / mark).is_file() for mark in _MARKS):
            work = Path(environ.get("WATCHKEEPER_WORK") or root / ".watchkeeper")
            secrets = Path(environ.get("WATCHKEEPER_SECRETS") or root / "secrets")
            return Places(root=root, work=work.absolute(), secrets=secrets.absolute())
    raise EngineError(
        f"No Watchkeeper project at {candidates[0]} or above it: "
        "run the command inside the project's folder or name it in WATCHKEEPER_ROOT."
    )


def fetched_prices(root: Path) -> Path:
    """The price tables that `make prices` fetched, for containers and processes alike."""
    return root / "prices" / "tables.json"


def engine_cache(environ: Mapping[str, str]) -> Path:
    """WATCHKEEPER_CACHE, or ``watchkeeper`` in XDG_CACHE_HOME or ~/.cache; engines lie below it by version."""
    if environ.get("WATCHKEEPER_CACHE"):
        return Path(environ["WATCHKEEPER_CACHE"]).absolute() / "engines"
    if environ.get("XDG_CACHE_HOME"):
        return Path(environ["XDG_CACHE_HOME"]).absolute() / "watchkeeper" / "engines"
    if environ.get("HOME"):
        return Path(environ["HOME"]).absolute() / ".cache" / "watchkeeper" / "engines"
    raise EngineError("There is no place for the engines: set HOME, XDG_CACHE_HOME or WATCHKEEPER_CACHE to a folder.")
