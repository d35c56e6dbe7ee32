"""Who may send, for which tenant and how much: the decision, and the little that is remembered for it."""

import base64
import binascii
import hashlib
import hmac
import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager

import msgspec

from watchkeeper.config.access import TenantLimits

# Keys of a hundred characters are long; a header beyond this is no key and is not looked at.
_MAX_HEADER = 4096
_CHALLENGE = {"WWW-Authenticate": 'Bearer realm="watchkeeper", Basic realm="watchkeeper"'}
_HOW = "must be Bearer with the token of a tenant, or Basic with the token as password"


class AccessRefused(Exception):  # noqa: N818  # a decision about the sender, not a failure of ours
    """The request is not taken; ``status`` is the HTTP answer, ``reason`` the label, ``headers`` go into the reply."""

    def __init__(self, status: int, reason: str, detail: str, headers: Mapping[str, str]) -> None:
        self.status = status
        self.reason = reason
        self.headers = headers
        super().__init__(detail)


class Grant(msgspec.Struct, frozen=True):
    """A request that may be read: for whom (empty: no one in particular), and how large its body may be."""

    tenant: str = ""
    body_bytes: int | None = None


class Access:
    """Admits requests by the tokens of tenants; without any token everyone is admitted.

    ``tokens`` are (tenant, SHA-256 of the token in hex), ``limits_of`` gives the limits of a tenant,
    ``clock`` monotonic seconds. Memory: one fence for each tenant that has a token.
    """

    def __init__(
        self,
        tokens: Sequence[tuple[str, str]],
        limits_of: Callable[[str], TenantLimits],
        clock: Callable[[], float],
    ) -> None:
        self._tokens = tuple(tokens)
        self._clock = clock
        self._fences = {tenant: _Fence(limits_of(tenant), clock()) for tenant, _ in tokens}

    @classmethod
    def open(cls) -> "Access":
        """Access for everyone."""
        return cls((), lambda _tenant: TenantLimits(), lambda: 0.0)

    @property
    def tenants(self) -> tuple[str, ...]:
        """Who has a token; no one where everyone is admitted."""
        return tuple(self._fences)

    @contextmanager
    def enter(self, authorization: str) -> Iterator[Grant]:
        """Admit one request by its Authorization header; it counts as concurrent until the block ends.

        Raises: AccessRefused with 401 (who?) or 429 (too much).
        """
        if not self._tokens:
            yield Grant()
            return
        tenant = find_tenant(self._tokens, authorization)
        fence = self._fences[tenant]
        fence.enter(self._clock())
        try:
            yield Grant(tenant, fence.limits.body_bytes)
        finally:
            fence.leave()


class _Fence:
    """The requests of one tenant: how many are being answered, and a bucket that holds one second's worth."""

    def __init__(self, limits: TenantLimits, now: float) -> None:
        self.limits = limits
        self._running = 0
        self._capacity = max(limits.requests_per_second or 0.0, 1.0)
        self._left = self._capacity
        self._filled_at = now

    def enter(self, now: float) -> None:
        """Take a place, or refuse."""
        if self.limits.concurrent_requests is not None and self._running >= self.limits.concurrent_requests:
            raise _too_many("too_many_at_once", f"at most {self.limits.concurrent_requests} requests at once", 1)
        if self.limits.requests_per_second is not None:
            self._draw(now, self.limits.requests_per_second)
        self._running += 1

    def leave(self) -> None:
        """Give the place back."""
        self._running -= 1

    def _draw(self, now: float, per_second: float) -> None:
        self._left = min(self._capacity, self._left + max(now - self._filled_at, 0.0) * per_second)
        self._filled_at = now
        if self._left < 1:
            wait_seconds = (1 - self._left) / per_second
            raise _too_many("rate_limited", f"at most {per_second:g} requests a second", math.ceil(wait_seconds))
        self._left -= 1


def find_tenant(tokens: Sequence[tuple[str, str]], authorization: str) -> str:
    """Return the tenant whose token the header holds; every token is compared, in constant time.

    Raises: AccessRefused with 401 and a reason: no_credentials, bad_credentials or unknown_token.
    """
    if not authorization:
        raise _unauthorized("no_credentials", f"authorization: {_HOW}, got none")
    found = ""
    for candidate in _candidates(authorization):
        digest = hashlib.sha256(candidate).hexdigest()
        for tenant, expected in tokens:
            if hmac.compare_digest(digest, expected):
                found = tenant
    if not found:
        raise _unauthorized("unknown_token", "authorization: must hold a token that watchkeeper.yml knows")
    return found


def _candidates(authorization: str) -> tuple[bytes, ...]:
    """What may be the token: all of Bearer; of Basic the password, and user and password as they stand."""
    scheme, _, rest = authorization.partition(" ")
    try:
        credentials = rest.strip().encode("latin-1")  # what the server made text of, back to what was sent
        if len(authorization) > _MAX_HEADER or not credentials:
            raise _unauthorized("bad_credentials", f"authorization: {_HOW}")
        if scheme.lower() == "bearer":
            return (credentials,)
        if scheme.lower() == "basic":
            pair = base64.b64decode(credentials, validate=True)
            return (pair.partition(b":")[2], pair)
    except (UnicodeEncodeError, binascii.Error) as error:
        raise _unauthorized("bad_credentials", f"authorization: {_HOW}") from error
    raise _unauthorized("bad_credentials", f"authorization: {_HOW}")


def _unauthorized(reason: str, detail: str) -> AccessRefused:
    return AccessRefused(401, reason, detail, _CHALLENGE)


def _too_many(reason: str, detail: str, seconds: int) -> AccessRefused:
    return AccessRefused(429, reason, f"this tenant may send {detail}", {"Retry-After": str(max(seconds, 1))})
