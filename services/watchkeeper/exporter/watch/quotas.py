"""What users, teams and tenants used of their quotas, and what users of coding agents cost in a day."""

from collections.abc import Collection, Sequence

import msgspec

from watchkeeper.config.quotas import WINDOW_SECONDS, Quota
from watchkeeper.exporter.watch.budgets import matcher, payer_of
from watchkeeper.exporter.watch.rolling import Rolling, RollingSums
from watchkeeper.model import Context, LlmCall, is_drill

# At most 8 KB each.
_HOLDERS = 2048
# Holders and teams are values of labels.
_LONGEST = 128
# Beside the names of quotas, which have no space in them.
_DAY = "a day"

# By quota and holder.
Saved = dict[str, dict[str, Rolling]]
_encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder(Saved).decode


class QuotaBook:
    """Adds up calls by quota and holder. With ``is_by_tenant`` the same user of two tenants is two."""

    def __init__(self, quotas: Sequence[Quota], *, is_by_tenant: bool, capacity: int = _HOLDERS) -> None:
        self.quotas = {quota.name: quota for quota in quotas}
        self._sums = {quota.name: RollingSums(WINDOW_SECONDS[quota.window], capacity) for quota in quotas}
        self._sums[_DAY] = RollingSums(WINDOW_SECONDS["24h"], capacity)
        self._is_by_tenant = is_by_tenant
        self._of_each = capacity
        self._quotas_of = matcher(self.quotas.values(), lambda quota: quota.match)

    def __len__(self) -> int:
        return sum(len(sums.holders) for sums in self._sums.values())

    @property
    def capacity(self) -> int:
        """How many holders are remembered at most."""
        return self._of_each * len(self._sums)

    @property
    def forgotten(self) -> int:
        """How many holders had to go for others."""
        return sum(sums.forgotten for sums in self._sums.values())

    def count(self, call: LlmCall, now: float) -> None:
        """Count a call that came ``now`` (Unix seconds) in the quotas that it matches."""
        context, usd = call.context, _usd(call)
        for quota in self._quotas_of(payer_of(context)):
            amount = usd if quota.unit == "usd" else float((call.usage.input or 0) + (call.usage.output or 0))
            if amount and (holder := self._holder(quota.per, context)):
                self._sums[quota.name].add(holder, context.team[:_LONGEST], amount, now)

    def count_user(self, call: LlmCall, now: float) -> None:
        """Count a coding agent's call for its user."""
        context, usd = call.context, _usd(call)
        if usd and context.user_hash and not is_drill(context.service):
            self._sums[_DAY].add(self._holder("user", context), context.team[:_LONGEST], usd, now)

    def used(self, quota: str, now: float) -> list[tuple[str, str, float]]:
        """Every holder of a quota with its team and what it used, the most first."""
        return self._ranked(self._sums[quota], now)

    def cost_of_users(self, now: float) -> list[tuple[str, str, float]]:
        """Every user of coding agents with its team and the US dollars of the last day, the most expensive first."""
        return self._ranked(self._sums[_DAY], now)

    def saved(self) -> bytes:
        """All of it, to be kept over a restart; nothing where there is nothing."""
        return _encode({name: sums.holders for name, sums in self._sums.items()}) if len(self) else b""

    def resume(self, saved: bytes) -> None:
        """Go on from what was saved. Raises: msgspec.DecodeError where it cannot be read."""
        known = _decode(saved) if saved else {}
        for name, sums in self._sums.items():
            sums.holders.clear()
            sums.holders.update(known.get(name, {}))

    def forget(self, users: Collection[str]) -> int:
        """Take away what these users used, as they are held here; how many sums that was."""
        of_users = [name for name in self._sums if name == _DAY or self.quotas[name].per == "user"]
        return sum(self._sums[name].holders.pop(user, None) is not None for name in of_users for user in users)

    @staticmethod
    def _ranked(sums: RollingSums, now: float) -> list[tuple[str, str, float]]:
        used = sorted(sums.used(now).items(), key=lambda one: (-one[1], one[0]))
        return [(holder, sums.holders[holder].team, amount) for holder, amount in used]

    def _holder(self, per: str, context: Context) -> str:
        name = {"user": context.user_hash, "team": context.team, "tenant": context.tenant}[per]
        is_of_tenant = name and self._is_by_tenant and per != "tenant"
        return holder_of(context.tenant if is_of_tenant else "", name)


def holder_of(tenant: str, name: str) -> str:
    """How a user or a team of a tenant is held; without a ``tenant`` by the name alone."""
    return (f"{tenant}/{name}" if tenant else name)[:_LONGEST]


def _usd(call: LlmCall) -> float:
    return 0.0 if call.cost is None else float(call.cost.usd)
