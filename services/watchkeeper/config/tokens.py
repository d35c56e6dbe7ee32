"""New tokens: random, shown once, and kept by their hash alone."""

import hashlib
import secrets

import msgspec
from pydantic import ValidationError

from watchkeeper.config.access import Token
from watchkeeper.config.problems import explain
from watchkeeper.errors import ConfigError

_RANDOM_BYTES = 32  # as many as the hash has: there is nothing to guess, and no salt or slow hash is needed
_PREFIX = "wk_"  # shows people and scanners of leaked keys what it is


class NewToken(msgspec.Struct, frozen=True):
    """A token and its entry for ``access.tokens`` of watchkeeper.yml."""

    secret: str
    entry: str


def make_token(tenant: str) -> NewToken:
    """Return a token for a tenant.

    Raises: ConfigError when the tenant's name could not be in watchkeeper.yml.
    """
    secret = _PREFIX + secrets.token_urlsafe(_RANDOM_BYTES)
    digest = hashlib.sha256(secret.encode()).hexdigest()
    try:
        checked = Token(tenant=tenant, sha256=digest)
    except ValidationError as error:
        raise ConfigError(explain("watchkeeper token", error, Token)) from error
    return NewToken(secret, f'{{tenant: "{checked.tenant}", sha256: "{checked.sha256}"}}')
