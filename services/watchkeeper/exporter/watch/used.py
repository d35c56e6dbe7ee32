"""What was used of ceilings and quotas: their books, which go on over a restart and a crash."""

from collections.abc import Iterator, Mapping, Sequence

import msgspec

from watchkeeper.config.ceilings import Per
from watchkeeper.config.forget_requests import ForgetUsed
from watchkeeper.config.schema import ConfigFile
from watchkeeper.exporter.watch.ceilings import CeilingBook
from watchkeeper.exporter.watch.keys import key_of
from watchkeeper.exporter.watch.quotas import QuotaBook, holder_of


class Used:
    """The books; ``by_name`` are the names under which they are kept, and known as memories."""

    def __init__(self, file: ConfigFile) -> None:
        is_by_tenant = bool(file.access.tokens)
        # Without tokens a tenant is only what calls say, and sums are of all of them together.
        self._tenants = sorted({token.tenant for token in file.access.tokens}) if is_by_tenant else [""]
        self.ceilings = CeilingBook(file.ceilings, is_by_tenant=is_by_tenant)
        self.quotas = QuotaBook(file.quotas, is_by_tenant=is_by_tenant)
        self.by_name: Mapping[str, CeilingBook | QuotaBook] = {"ceilings": self.ceilings, "quotas": self.quotas}

    def forget(self, request: ForgetUsed) -> int:
        """Take away what these users, sessions and runs used; how many sums that was."""
        tenants = [request.tenant] if request.tenant and self._tenants != [""] else self._tenants
        keys = {per: {key_of(tenant, id_) for tenant in tenants for id_ in ids} for per, ids in _ids(request).items()}
        holders = {holder_of(tenant, user) for tenant in tenants for user in request.users}
        return sum(self.ceilings.forget(per, found) for per, found in keys.items()) + self.quotas.forget(holders)

    def saved(self) -> dict[str, bytes]:
        """All of it, to be saved with the counters."""
        return {name: book.saved() for name, book in self.by_name.items()}

    def resume(self, saved: Mapping[str, bytes]) -> Iterator[str]:
        """Go on with what was saved; yield what cannot be read, which is zero."""
        for name, book in self.by_name.items():
            try:
                book.resume(saved.get(name, b""))
            except msgspec.DecodeError as error:
                yield f"what was used of {name} cannot be read: {error}"


def _ids(request: ForgetUsed) -> Mapping[Per, Sequence[str]]:
    return {"user": request.users, "session": request.sessions, "run": request.traces}
