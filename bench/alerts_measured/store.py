"""A Prometheus of its own for simulated weeks: remote write takes days of samples in, range queries ask for them."""

import struct
import subprocess
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import cramjam
import httpx
import msgspec
import numpy as np
import yaml
from tests.support.alertmanager import free_address, until

from alerts_measured.shapes import Array
from watchkeeper.operator.drills.remote_write import HEADERS

ROOT = Path(__file__).parents[2]
# A Monday, at midnight UTC.
START = 1_754_265_600
STEP = 60
_BATCH = 400
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
    """A running Prometheus; minutes are counted from the first Monday."""

    url: str
    client: httpx.Client
    pid: int

    def write(self, series: Iterable[tuple[Labels, Array, Array]]) -> None:
        """Add samples: labels, minutes and values of each series, all later than what it has."""
        encoded = [time_series(labels, START + minutes * STEP, values) for labels, minutes, values in series]
        for first in range(0, len(encoded), _BATCH):
            body = bytes(cramjam.snappy.compress_raw(b"".join(encoded[first : first + _BATCH])))
            answer = self.client.post(f"{self.url}/api/v1/write", content=body, headers=HEADERS)
            if answer.is_error:
                raise SystemExit(f"Prometheus refused samples: {answer.text}")

    def ask(self, expression: str, first: int, last: int) -> list[tuple[Labels, Array, Array]]:
        """Labels, minutes and values of each series of an expression, minute by minute."""
        return [(found.metric, *_columns(found.values)) for found in self._asked(expression, first, last).result]

    def seconds(self, expression: str, minute: int) -> float:
        """How long Prometheus says that it evaluated an expression at a minute, without encoding the answer."""
        return self._asked(expression, minute, minute).stats.timings.seconds

    def _asked(self, expression: str, first: int, last: int) -> _Data:
        span = {"start": START + first * STEP, "end": START + last * STEP, "step": STEP}
        asked = {"query": expression, **span, "stats": "1"}
        answer = _answer.decode(self.client.post(f"{self.url}/api/v1/query_range", data=asked).content)
        if answer.data is None:
            raise SystemExit(f"{answer.error}\n{expression}")
        return answer.data


def _columns(values: list[tuple[float, str]]) -> tuple[Array, Array]:
    minutes = np.array([(time - START) // STEP for time, _ in values], dtype=int)
    return minutes, np.array([float(value) for _, value in values])


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


@contextmanager
def running(program: Path, folder: Path, config: str = "global: {}\n", days: int = 30) -> Iterator[Store]:
    """Run a Prometheus with the shipped features until the block ends; half of ``days`` come in any order of series."""
    compose = yaml.safe_load((ROOT / "docker-compose.yml").read_text(encoding="utf-8"))
    features = [flag for flag in compose["services"]["prometheus"]["command"] if flag.startswith("--enable-feature")]
    (folder / "prometheus.yml").write_text(config)
    address = free_address()
    command = [
        str(program),
        f"--config.file={folder / 'prometheus.yml'}",
        f"--storage.tsdb.path={folder / 'data'}",
        f"--web.listen-address={address}",
        "--web.enable-remote-write-receiver",
        "--storage.tsdb.retention.time=100y",
        f"--storage.tsdb.min-block-duration={days}d",
        f"--storage.tsdb.max-block-duration={days}d",
        "--query.max-samples=500000000",
        *features,
    ]
    with (
        (folder / "log").open("w") as log,
        subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=log) as process,
        httpx.Client(timeout=600, trust_env=False) as client,
    ):
        try:
            until(lambda: _is_ready(client, address))
            yield Store(f"http://{address}", client, process.pid)
        finally:
            process.kill()


def _is_ready(client: httpx.Client, address: str) -> bool:
    try:
        return client.get(f"http://{address}/-/ready").is_success
    except httpx.HTTPError:
        return False
