"""The bills of providers that the estimate is compared with, as they are in watchkeeper.yml."""

from fnmatch import fnmatchcase
from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field

from watchkeeper.config.endpoints import HttpUrl
from watchkeeper.config.section import Name, Quantity, Section

BillingProvider = Literal["openai", "anthropic", "openrouter"]


class ProviderBill(Section):
    """What a provider bills one organization; ``key_file`` holds its admin or management key, alone.

    It is compared with what calls cost whose provider is one of ``providers`` (with * and ?; without it ``provider``),
    but for those of ``other_accounts``: services (with * and ?) that someone else pays for, as a subscription does.
    A day is final ``final_after_hours`` after its end in UTC. The path is relative to watchkeeper.yml; ``url`` is for a
    proxy.
    """

    provider: BillingProvider
    key_file: Path
    url: HttpUrl | None = None
    providers: tuple[Name, ...] = ()
    other_accounts: tuple[Name, ...] = ()
    final_after_hours: Annotated[Quantity, Field(le=240)] = 48

    def covers(self, service: str, provider: str) -> bool:
        """Whether calls of a service to a provider are in this bill."""
        is_theirs = any(fnmatchcase(provider, pattern) for pattern in self.providers or (self.provider,))
        return is_theirs and not any(fnmatchcase(service, pattern) for pattern in self.other_accounts)
