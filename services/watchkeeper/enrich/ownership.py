"""Whose call it is: the team from the telemetry or from watchkeeper.yml, and names for what was not told."""

from collections.abc import Sequence
from fnmatch import fnmatchcase
from functools import lru_cache

import msgspec

from watchkeeper.config.section import UNASSIGNED
from watchkeeper.model import Context

UNKNOWN = "unknown"
DEFAULT_TENANT = "default"


class Ownership:
    """Gives every context a service, a team and a tenant; ``teams`` are (team, service patterns), first match wins."""

    def __init__(self, teams: Sequence[tuple[str, Sequence[str]]] = ()) -> None:
        self._teams = tuple((team, tuple(patterns)) for team, patterns in teams)
        self._team_of = lru_cache(maxsize=4096)(self._find_team)

    def complete(self, context: Context) -> Context:
        """Return the context with its gaps filled; what the telemetry says itself is kept."""
        service = context.service or UNKNOWN
        team = context.team or self._team_of(service)
        return msgspec.structs.replace(context, service=service, team=team, tenant=context.tenant or DEFAULT_TENANT)

    def _find_team(self, service: str) -> str:
        owners = (team for team, patterns in self._teams if any(fnmatchcase(service, p) for p in patterns))
        return next(owners, UNASSIGNED)
