"""The socket that a process listens on, and the server behind it."""

import gc
import socket

import uvicorn
from starlette.types import ASGIApp

from watchkeeper.errors import WatchkeeperError
from watchkeeper.serving.connections import Refuse, refuse_none, refusing

# Requests that are being answered may end; a client that stalls may not keep the process. Docker gives ten seconds.
_GRACE_SECONDS = 2


def listen(host: str, port: int) -> socket.socket:
    """Return a listening socket, also of IPv6.

    Raises: WatchkeeperError when the address cannot be listened on.
    """
    try:
        return socket.create_server((host, port), family=socket.AF_INET6 if ":" in host else socket.AF_INET)
    except OSError as error:
        raise WatchkeeperError(
            f"cannot listen on {host}:{port}: {error.strerror}; stop what uses the port or choose another with --port"
        ) from error


def run(app: ASGIApp, listener: socket.socket, refuse: Refuse = refuse_none) -> None:
    """Serve the application until the process is asked to stop; what ``refuse`` answers it does not see."""
    # What was made until now stays: looking for garbage in it stops ingest for 40 ms every now and then.
    gc.collect()
    gc.freeze()
    config = uvicorn.Config(
        app,
        http=refusing(refuse),
        ws="none",
        log_config=None,
        access_log=False,
        server_header=False,
        timeout_graceful_shutdown=_GRACE_SECONDS,
    )
    uvicorn.Server(config).run(sockets=[listener])
