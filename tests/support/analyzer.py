"""An analyzer that listens on a port of this machine; its schedule runs nothing."""

import io
import socket
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import uvicorn

from watchkeeper.analyzer.app import build_app
from watchkeeper.config import load_config

_START_SECONDS = 60.0


@contextmanager
def serving_analyzer(file: Path, environ: Mapping[str, str] | None = None) -> Iterator[int]:
    """Serve one with this watchkeeper.yml and yield its port; it ends with the block."""
    listener = socket.create_server(("127.0.0.1", 0))
    application = build_app(load_config(file, environ or {}), io.BytesIO(), lambda _parts: ())
    server = uvicorn.Server(uvicorn.Config(application, log_config=None))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
    thread.start()
    deadline = time.monotonic() + _START_SECONDS
    while not server.started and time.monotonic() < deadline:
        time.sleep(0.01)
    assert server.started, "it did not start in time"
    yield listener.getsockname()[1]
    server.should_exit = True
    thread.join()
