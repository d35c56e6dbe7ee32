"""A Loki of its own for the lines of a simulated past: it takes lines of any age, and leaves files like any other's.

The one that runs refuses lines older than a week, and goes on doing so: nothing about it is changed.
"""

import os
import subprocess
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx

from watchkeeper.engines.push import PUSH_PATH, push_request
from watchkeeper.errors import EngineError
from watchkeeper.operator.history.engine_note import note_engine

_READY_SECONDS, _POLL_SECONDS, _STOP_SECONDS = 60.0, 0.1, 120.0
_HOST = "127.0.0.1"
# A megabyte or two a push, as Promtail does it.
_LINES_A_PUSH = 2_000
# What the shipped file limits for the sake of those who share a Loki; no one shares this one.
_UNLIMITED = (
    "-validation.reject-old-samples=false",
    "-distributor.ingestion-rate-limit-mb=1000",
    "-distributor.ingestion-burst-size-mb=1000",
    "-ingester.per-stream-rate-limit=1GB",
    "-ingester.per-stream-rate-limit-burst=1GB",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class LokiPlace:
    """The project whose file it runs with, the folder that it writes into, and its ports for HTTP and gRPC."""

    root: Path
    folder: Path
    ports: tuple[int, int]

    @property
    def chunks(self) -> Path:
        """Where its files are once it has ended."""
        return self.folder / "chunks"


@dataclass(frozen=True, slots=True)
class LineStore:
    """A running Loki."""

    url: str
    client: httpx.Client

    def push(self, lines: Sequence[bytes]) -> None:
        """Add lines of the exporter, in the order of their time."""
        for first in range(0, len(lines), _LINES_A_PUSH):
            body = push_request(lines[first : first + _LINES_A_PUSH])
            self._post(PUSH_PATH, content=body, headers={"Content-Type": "application/json"})

    def flush(self) -> None:
        """Close what is in memory, so that no file holds more than the lines since the last time."""
        self._post("/flush")

    def close(self) -> None:
        """Write everything into files and end."""
        self._post("/ingester/shutdown", params={"flush": "true", "terminate": "true"})

    def _post(self, path: str, **given: object) -> None:
        answer = self.client.post(f"{self.url}{path}", **given)  # type: ignore[arg-type]
        if answer.is_error:
            raise EngineError(f"Loki refused {path}: {answer.text[:500]}")


@contextmanager
def taking_lines(program: Path, place: LokiPlace) -> Iterator[LineStore]:
    """Run a Loki until the block ends; then its files are whole.

    Raises: EngineError when it does not start, or refuses something.
    """
    (place.folder / "rules").mkdir(parents=True)
    http, grpc = place.ports
    own = {
        "LISTEN_ADDRESS": _HOST,
        "LOKI_HTTP_PORT": str(http),
        "LOKI_GRPC_PORT": str(grpc),
        "LOKI_DATA": str(place.folder),
        # No rules: nothing of the past may fire.
        "LOKI_RULES": str(place.folder / "rules"),
    }
    file = place.root / "loki" / "loki.yml"
    command = [str(program), f"-config.file={file}", "-config.expand-env=true", *_UNLIMITED]
    with (
        (place.folder / "log").open("w") as log,
        subprocess.Popen(command, stdout=log, stderr=log, env={**os.environ, **own}) as process,  # noqa: S603 the pinned engine
        httpx.Client(timeout=_STOP_SECONDS, trust_env=False) as client,
    ):
        try:
            note_engine(place.folder, process.pid)
            store = LineStore(f"http://{_HOST}:{http}", client)
            _wait_until_ready(store, process, place.folder / "log")
            yield store
            store.close()
            process.wait(_STOP_SECONDS)
        finally:
            process.kill()


def _wait_until_ready(store: LineStore, process: "subprocess.Popen[bytes]", log: Path) -> None:
    deadline = time.monotonic() + _READY_SECONDS
    while not _is_ready(store):
        if process.poll() is not None or time.monotonic() > deadline:
            raise EngineError(f"Loki at {store.url} is not ready: {log.read_text()[-500:]}")
        time.sleep(_POLL_SECONDS)


def _is_ready(store: LineStore) -> bool:
    """Whether it takes lines, which it does ten seconds before it says that it is ready."""
    try:
        ring = store.client.get(f"{store.url}/ring", headers={"Accept": "application/json"})
    except httpx.HTTPError:
        return False
    return ring.is_success and '"ACTIVE"' in ring.text


def files_of(chunks: Path) -> list[str]:
    """The names of a Loki's lines below its folder of chunks, and then those of their index."""
    found = (sorted(chunks.glob(pattern)) for pattern in ("fake/*/*", "index/index_*/*"))
    return [str(path.relative_to(chunks)) for paths in found for path in paths]
