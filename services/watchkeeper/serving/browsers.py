"""What browsers may do: a page of someone else may neither send to a process nor read from it.

A browser sends a page's requests to any address that the machine of its user reaches. Requests of other sites are
refused by what browsers say of them, and names that are not ours are refused as hosts, because a page may point its own
name at our address (DNS rebinding). Pages may not be framed, and load nothing.
Source: web.dev/articles/fetch-metadata (resource isolation policy); owasp.org, REST Security Cheat Sheet.
"""

from collections.abc import Iterable
from ipaddress import ip_address

from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

_FORBIDDEN = 403
_FOREIGN = frozenset({b"cross-site", b"same-site"})
_READING = frozenset({"GET", "HEAD"})
# Names that no one on the internet can have (RFC 6761, RFC 6762, RFC 8375 and ICANN's reserved .internal).
_PRIVATE = (".localhost", ".local", ".internal", ".svc", ".home.arpa", ".test")

# ``styles`` is what may be a style: the hash of the one that our pages have.
POLICY = (
    "default-src 'none'; style-src {styles}; img-src data:; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
)


def is_known_host(host: str, own: Iterable[str] = ()) -> bool:
    """Whether a Host header names an address, a name inside of a private network, or one of our own."""
    name = _without_port(host.strip().lower()).rstrip(".")
    return "." not in name or name.endswith(_PRIVATE) or _is_address(name) or name in own


def _without_port(host: str) -> str:
    if host.startswith("["):
        return host[1:].partition("]")[0]
    return host.rpartition(":")[0] if host.count(":") == 1 else host


def _is_address(name: str) -> bool:
    try:
        ip_address(name)
    except ValueError:
        return False
    return True


class RefuseForeign:
    """ASGI middleware; ``hosts`` are the names by which we are reached, ``styles`` goes into the policy of pages."""

    def __init__(self, app: ASGIApp, hosts: Iterable[str] = (), styles: str = "'none'") -> None:
        self._app = app
        self._hosts = frozenset(host.lower() for host in hosts)
        self._known = {b""}
        self._page_headers = [
            (b"content-security-policy", POLICY.format(styles=styles).encode()),
            (b"x-content-type-options", b"nosniff"),
            (b"x-frame-options", b"DENY"),
            (b"referrer-policy", b"no-referrer"),
            (b"cross-origin-resource-policy", b"same-origin"),
        ]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request, or refuse it."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        if problem := self._problem(scope):
            refused = JSONResponse({"error": problem}, _FORBIDDEN, headers={"Connection": "close"})
            await refused(scope, receive, send)
            return
        await self._app(scope, receive, self._with_headers(send) if scope["method"] == "GET" else send)

    def _problem(self, scope: Scope) -> str:
        headers = dict(scope["headers"])
        host = headers.get(b"host", b"")
        if host not in self._known:
            if not is_known_host(host.decode("latin-1"), self._hosts):
                got = host[:80].decode("latin-1")
                return f"host: must be an address or a name that limits.hosts in watchkeeper.yml has, got {got!r}"
            if len(self._known) < 1000:  # noqa: PLR2004  # ports and names differ; a sender can make up many
                self._known.add(host)
        return "a page of another site may not send or read here" if _is_foreign(scope["method"], headers) else ""

    def _with_headers(self, send: Send) -> Send:
        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                message.setdefault("headers", []).extend(self._page_headers)
            await send(message)

        return send_with_headers


def _is_foreign(method: str, headers: dict[bytes, bytes]) -> bool:
    """Whether a page of another site asks; following a link to one of our pages is no such request."""
    site = headers.get(b"sec-fetch-site")
    if site in _FOREIGN:
        is_link = headers.get(b"sec-fetch-mode") == b"navigate" and headers.get(b"sec-fetch-dest") == b"document"
        return not (is_link and method in _READING)
    origin = headers.get(b"origin")
    if origin is None or site == b"same-origin":
        return False
    return origin.partition(b"://")[2] != headers.get(b"host", b"")
