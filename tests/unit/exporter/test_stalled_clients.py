"""Clients that send half of something, and then nothing: others go on, and the process ends when it is asked to."""

from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import httpx
import pytest
from tests.support.processes import DOCKERS_PATIENCE_SECONDS, ExporterProcess, exporter_process

CALL = {"type": "llm_call", "service": "shop", "model": "gpt-4o", "input_tokens": 1, "output_tokens": 1}
HEAD = b"POST /v1/events HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: 1000\r\n"
STALLED = {
    "a connection and no byte": b"",
    "half of a head": b"POST /v1/events HTTP/1.1\r\nhost:",
    "a head and no body": HEAD + b"\r\n",
    "a head and eight bytes": HEAD + b"\r\n[1,2,3,4",
    "a chunk that does not end": HEAD.replace(b"content-length: 1000", b"transfer-encoding: chunked")
    + b"\r\nff\r\n[1,2",
    "a reply that no one reads": b"GET /metrics HTTP/1.1\r\nhost: x\r\n\r\n" * 200,
}


@pytest.fixture
def process(tmp_path: Path) -> Iterator[ExporterProcess]:
    """An exporter in a process of its own."""
    with exporter_process(tmp_path) as running:
        yield running


def test_stalled_clients_do_not_keep_it(process: ExporterProcess, tmp_path: Path) -> None:
    """It ends well within Docker's ten seconds, and what was counted is there after the next start."""
    stalled = [process.connect(sent) for sent in STALLED.values()]
    assert httpx.post(f"{process.url}/v1/events", json=[CALL] * 7, timeout=10).json()["accepted"] == 7

    _, seconds = process.stop()

    assert seconds < DOCKERS_PATIENCE_SECONDS / 2
    assert "exporter_stopped" in process.lines
    for connection in stalled:
        connection.close()
    with exporter_process(tmp_path) as again:
        exposition = httpx.get(f"{again.url}/metrics", timeout=10).text
    assert [line.endswith(" 7") for line in exposition.splitlines() if line.startswith("llm_requests_total")] == [True]


def test_a_head_without_end_is_refused(process: ExporterProcess) -> None:
    """One header of a megabyte, a thousand headers, and a URL of a megabyte: 431, and the connection ends."""
    begin = b"POST /v1/events HTTP/1.1\r\nhost: x\r\n"
    heads = {
        "a long header": begin + b"x: " + b"y" * 2**20 + b"\r\n\r\n",
        "many headers": begin + b"x: y\r\n" * 1000 + b"\r\n",
        "many more headers": begin + b"x: y\r\n" * 100_000,
        "a long URL": b"GET /" + b"y" * 2**20 + b" HTTP/1.1\r\nhost: x\r\n\r\n",
    }

    answers = {name: answer_to(process, head) for name, head in heads.items()}

    assert {name: answer[:12] for name, answer in answers.items()} == dict.fromkeys(heads, b"HTTP/1.1 431")


def test_usual_heads_are_taken_on_one_connection(process: ExporterProcess) -> None:
    """The bounds are those of one head: a client may send request after request, also several at once."""
    head = b"GET /health HTTP/1.1\r\nhost: x\r\nx: " + b"y" * 40_000 + b"\r\n"

    answer = answer_to(process, (head + b"\r\n") * 5 + head + b"connection: close\r\n\r\n")

    assert answer.count(b"HTTP/1.1 200 OK") == 6


def answer_to(process: ExporterProcess, sent: bytes) -> bytes:
    """All that comes back until the connection ends."""
    with process.connect() as connection:
        with suppress(OSError):  # it does not take all of it
            connection.sendall(sent)
        received = b""
        with suppress(ConnectionResetError):
            while piece := connection.recv(65536):
                received += piece
        return received
