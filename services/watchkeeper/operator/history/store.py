"""A Prometheus of its own for a simulated past: remote write takes days of samples in, range queries ask for them.

It needs numpy, which comes with the extra `demo`: with a value of Python's for each of a hundred million samples it
would take hours.
"""

import struct
import subprocess
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cramjam
import httpx
import msgspec
import numpy as np
import numpy.typing as npt

from watchkeeper.config import fast_yaml
from watchkeeper.errors import EngineError
from watchkeeper.operator.drills.remote_write import HEADERS
from watchkeeper.operator.history.engine_note import note_engine

# A Monday, at midnight UTC.
START = 1_754_265_600
STEP = 60
# A week of so many series, minute by minute, is below the 32 MiB that Prometheus takes.
_BATCH = 100
_READY_SECONDS, _POLL_SECONDS = 60.0, 0.05
Array = npt.NDArray[Any]
Labels = dict[str, str]


class _Found(msgspec.Struct):
    metric: Labels
    values: list[tuple[float, str]]


class _Timings(msgspec.Struct):
    seconds: float = msgspec.field(name="evalTotalTime")


class _Stats(msgspec.Struct):
    timings: _Timings


class _Data(msgspec.Struct):
    result: list[_Found]
    stats: _Stats


class _Answer(msgspec.Struct):
    status: str
    data: _Data | None = None
    error: str = ""


_answer = msgspec.json.Decoder(_Answer)


@dataclass(frozen=True, slots=True)
class Store:
    """A running Prometheus; steps of so many seconds are counted from a start. They are minutes if nothing is said."""

    url: str
    client: httpx.Client
    pid: int
    start: int = START
    step: int = STEP

    def write(self, series: Iterable[tuple[Labels, Array, Array]]) -> None:
        """Add samples: labels, minutes and values of each series, all later than what it has."""
        encoded = [time_series(labels, self.start + minutes * self.step, values) for labels, minutes, values in series]
        for first in range(0, len(encoded), _BATCH):
            body = bytes(cramjam.snappy.compress_raw(b"".join(encoded[first : first + _BATCH])))
            answer = self.client.post(f"{self.url}/api/v1/write", content=body, headers=HEADERS)
            if answer.is_error:
                raise EngineError(f"Prometheus refused samples: {answer.text}")

    def ask(self, expression: str, first: int, last: int) -> list[tuple[Labels, Array, Array]]:
        """Labels, minutes and values of each series of an expression, minute by minute."""
        return [(found.metric, *self._columns(found.values)) for found in self._asked(expression, first, last).result]

    def seconds(self, expression: str, minute: int) -> float:
        """How long Prometheus says that it evaluated an expression at a minute, without encoding the answer."""
        return self._asked(expression, minute, minute).stats.timings.seconds

    def _asked(self, expression: str, first: int, last: int) -> _Data:
        span = {"start": self.start + first * self.step, "end": self.start + last * self.step, "step": self.step}
        asked = {"query": expression, **span, "stats": "1"}
        answer = _answer.decode(self.client.post(f"{self.url}/api/v1/query_range", data=asked).content)
        if answer.data is None:
            raise EngineError(f"{answer.error}\n{expression}")
        return answer.data

    def _columns(self, values: list[tuple[float, str]]) -> tuple[Array, Array]:
        steps = np.array([(at - self.start) // self.step for at, _ in values], dtype=int)
        return steps, np.array([float(value) for _, value in values])


def time_series(labels: Labels, at: Array, values: Array) -> bytes:
    """A TimeSeries of a WriteRequest, by hand: with a message for each of a hundred million samples it takes hours.

    ``at`` are Unix seconds.
    """
    times = at.astype(np.int64) * 1000
    samples = np.empty((values.size, 18), dtype=np.uint8)
    # Field 2 of 16 bytes: field 1, a double; field 2, a varint, which takes six bytes from 2004 to 2109.
    samples[:, :3] = (0x12, 16, 0x09)
    samples[:, 3:11] = values.astype("<f8").view(np.uint8).reshape(-1, 8)
    samples[:, 11] = 0x10
    for place in range(6):
        samples[:, 12 + place] = (times >> (7 * place)) & 0x7F | (0x80 if place < 5 else 0)  # noqa: PLR2004
    reported = b"".join(
        _field(0x0A, _field(0x0A, name.encode()) + _field(0x12, labels[name].encode())) for name in sorted(labels)
    )
    return _field(0x0A, reported + samples.tobytes())


def _field(tag: int, content: bytes) -> bytes:
    length, size = len(content), b""
    while length >= 0x80:  # noqa: PLR2004 a varint has seven bits in each byte
        size, length = size + struct.pack("B", length & 0x7F | 0x80), length >> 7
    return struct.pack("B", tag) + size + struct.pack("B", length) + content


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where it runs: the project whose features it has, the folder that it writes into, the address it listens on.

    Half of ``days`` can come in any order of series.
    """

    root: Path
    folder: Path
    address: str
    days: int = 30


@contextmanager
def running(
    program: Path, place: Place, config: str = "global: {}\n", *, start: int = START, step: int = STEP
) -> Iterator[Store]:
    """Run a Prometheus until the block ends.

    Its head takes months in any order of series; ``snapshot`` of its API makes blocks of them.
    """
    compose = fast_yaml.load((place.root / "docker-compose.yml").read_text(encoding="utf-8"))
    features = [flag for flag in compose["services"]["prometheus"]["command"] if flag.startswith("--enable-feature")]
    folder, address = place.folder, place.address
    (folder / "prometheus.yml").write_text(config)
    command = [
        str(program),
        f"--config.file={folder / 'prometheus.yml'}",
        f"--storage.tsdb.path={folder / 'data'}",
        f"--web.listen-address={address}",
        "--web.enable-remote-write-receiver",
        "--web.enable-admin-api",
        "--storage.tsdb.retention.time=100y",
        f"--storage.tsdb.min-block-duration={place.days}d",
        f"--storage.tsdb.max-block-duration={place.days}d",
        "--query.max-samples=500000000",
        *features,
    ]
    with (
        (folder / "log").open("w") as log,
        subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=log) as process,  # noqa: S603 the pinned engine
        httpx.Client(timeout=600, trust_env=False) as client,
    ):
        try:
            note_engine(folder, process.pid)
            _wait_until_ready(client, address, folder / "log")
            yield Store(f"http://{address}", client, process.pid, start, step)
        finally:
            process.kill()


def _wait_until_ready(client: httpx.Client, address: str, log: Path) -> None:
    deadline = time.monotonic() + _READY_SECONDS
    while not _is_ready(client, address):
        if time.monotonic() > deadline:
            raise EngineError(f"Prometheus at {address} is not ready after {_READY_SECONDS:.0f} s: {log.read_text()}")
        time.sleep(_POLL_SECONDS)


def _is_ready(client: httpx.Client, address: str) -> bool:
    try:
        return client.get(f"http://{address}/-/ready").is_success
    except httpx.HTTPError:
        return False
