"""Whose call it is: the team from the telemetry or from watchkeeper.yml, and names for what was not reported."""

from collections.abc import Mapping, Sequence
from fnmatch import fnmatchcase
from functools import lru_cache
from operator import attrgetter

import msgspec

from watchkeeper.config.section import UNASSIGNED
from watchkeeper.model import Context

UNKNOWN = "unknown"
DEFAULT_TENANT = "default"
# What rules call a user is the id as it was reported.
_FIELDS = {"user": "user_id"}

Rule = Mapping[str, Sequence[str]]


class Ownership:
    """Gives every context a service, a team and a tenant.

    ``teams`` are (team, rules), first match wins; a rule has patterns by label, of which one must match for each label.
    """

    def __init__(self, teams: Sequence[tuple[str, Sequence[Rule]]] = ()) -> None:
        self._teams = tuple((team, tuple(rules)) for team, rules in teams)
        # two labels at least, so that what is read is a tuple
        labels = {"service", "tenant", *(label for _, rules in self._teams for rule in rules for label in rule)}
        self._labels = sorted(labels)
        self._read = attrgetter(*(_FIELDS.get(label, label) for label in self._labels))
        self._team_of = lru_cache(maxsize=4096)(self._find_team)

    def complete(self, context: Context) -> Context:
        """Return the context with its gaps filled; what the telemetry says itself is kept."""
        return msgspec.structs.replace(
            context,
            service=context.service or UNKNOWN,
            tenant=context.tenant or DEFAULT_TENANT,
            team=context.team or self._team_of(self._read(context)),
        )

    def _find_team(self, values: tuple[str, ...]) -> str:
        fields = {"service": UNKNOWN, "tenant": DEFAULT_TENANT}
        fields |= {
            label: value for label, value in zip(self._labels, values, strict=True) if value or label not in fields
        }
        owners = (team for team, rules in self._teams if any(_fits(rule, fields) for rule in rules))
        return next(owners, UNASSIGNED)


def _fits(rule: Rule, fields: Mapping[str, str]) -> bool:
    return all(any(fnmatchcase(fields[label], pattern) for pattern in patterns) for label, patterns in rule.items())
