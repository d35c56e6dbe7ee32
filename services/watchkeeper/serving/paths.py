"""One spelling of a path: clients put an endpoint that ends with a slash before a path that begins with one."""

import re

from starlette.types import ASGIApp, Receive, Scope, Send

_SLASHES = re.compile(r"/{2,}")


class OneSlash:
    """ASGI middleware: doubled and trailing slashes of a path that is sent to are as if they were not there.

    Pages, which are read, may have a slash at their end.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        path = scope.get("path", "")
        if scope.get("method") == "POST" and ("//" in path or (path.endswith("/") and path != "/")):
            scope["path"] = _SLASHES.sub("/", path).rstrip("/") or "/"
            scope["raw_path"] = scope["path"].encode()
        await self._app(scope, receive, send)
