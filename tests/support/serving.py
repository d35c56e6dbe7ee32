"""An application that is served by a thread of the tests."""

import gc
import socket
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Thread
from typing import Any

import uvicorn


@contextmanager
def served(app: Any, listening: socket.socket) -> Iterator[None]:
    """Serve an ASGI application at a socket that listens, until the block ends."""
    server = uvicorn.Server(uvicorn.Config(app, log_config=None, loop="asyncio", timeout_graceful_shutdown=1))
    thread = Thread(target=server.run, args=([listening],))
    thread.start()
    try:
        yield
    finally:
        server.should_exit = True
        thread.join()
        # Connections that were cut off then are no one's: they must not be found in the middle of another test.
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", ResourceWarning)
            gc.collect()
