"""The socket that the exporter listens on."""

import socket

from watchkeeper.errors import WatchkeeperError


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
