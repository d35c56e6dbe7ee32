"""What watchkeeper.yml says of who may send telemetry, and how much of it."""

import re
from pathlib import Path
from typing import Annotated

from pydantic import AfterValidator, Field, ValidationInfo, field_validator
from pydantic_core import PydanticCustomError

from watchkeeper.config.section import Limit, Quantity, Section


def _sha256(text: str) -> str:
    """A hash, not the token itself: no one who may read the file shall be able to send."""
    if not re.fullmatch(r"[0-9a-fA-F]{64}", text):
        raise PydanticCustomError("sha256", "not a hash")
    return text.lower()


TenantName = Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$")]


class Token(Section):
    """A token and the tenant it stands for; ``watchkeeper token <tenant>`` makes one and prints its hash.

    A tenant may have several, so that a new one can be handed out before the old one goes.
    """

    tenant: TenantName
    sha256: Annotated[str, AfterValidator(_sha256)]


class TenantLimits(Section):
    """What a tenant may use; without a number only the limits for all hold.

    A tenant that was silent may send the requests of one second at once.
    """

    requests_per_second: Limit | None = None
    concurrent_requests: Quantity | None = None
    body_bytes: Quantity | None = None


class Access(Section):
    """Who may send: with a token in the list no one sends without one, with none everyone may.

    ``limits`` hold for each tenant by itself, ``tenants`` has what is different for some. ``own_token_file`` holds the
    token that Watchkeeper's own canaries and judges send with; it is relative to watchkeeper.yml.
    """

    tokens: tuple[Token, ...] = ()
    own_token_file: Path | None = None
    limits: TenantLimits = TenantLimits()
    tenants: dict[TenantName, TenantLimits] = Field(default_factory=dict)

    @field_validator("tokens", mode="after")
    @classmethod
    def _one_tenant_each(cls, given: tuple[Token, ...]) -> tuple[Token, ...]:
        """A token of two tenants would be the last one's, silently."""
        hashes = [token.sha256 for token in given]
        for digest in hashes:
            if hashes.count(digest) > 1:
                raise PydanticCustomError("unique", "unique", {"name": f"{digest[:12]}…"})
        return given

    @field_validator("tenants", mode="after")
    @classmethod
    def _with_a_token(cls, given: dict[str, TenantLimits], info: ValidationInfo) -> dict[str, TenantLimits]:
        """Limits of a tenant without a token would limit nothing, silently."""
        known = {token.tenant for token in info.data.get("tokens", ())}
        if "tokens" in info.data and given.keys() - known:
            raise PydanticCustomError("tenants", "no token", {"known": ", ".join(sorted(known)) or "none"})
        return given

    def limits_of(self, tenant: str) -> TenantLimits:
        """The limits for all tenants with the tenant's own over them."""
        own = self.tenants.get(tenant, TenantLimits())
        return self.limits.model_copy(update=own.model_dump(exclude_unset=True))
