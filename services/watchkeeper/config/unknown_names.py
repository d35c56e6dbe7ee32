"""Services and models that watchkeeper.yml names and no telemetry has: most often they are misspelt. Pure."""

from collections.abc import Collection, Iterator
from fnmatch import fnmatchcase

from watchkeeper.config.matching import BudgetMatch
from watchkeeper.config.near_names import did_you_mean
from watchkeeper.config.schema import ConfigFile

# The place of a name, its kind, and the name or pattern.
_Named = tuple[str, str, str]


def unknown_names(file: ConfigFile, known: dict[str, Collection[str]]) -> list[str]:
    """Return one sentence for each name that fits none of ``known``, by kind (``service``, ``model``).

    A kind that is empty or missing in ``known`` says nothing: where nothing was sent yet, nothing is misspelt.
    """
    return [
        f"watchkeeper.yml: {place}: no telemetry is of a {kind} {name!r}{did_you_mean(name, sorted(known[kind]))}"
        for place, kind, name in _named(file)
        if known.get(kind) and not any(fnmatchcase(one, name) for one in known[kind])
    ]


def _named(file: ConfigFile) -> Iterator[_Named]:
    for alert, threshold in file.alerts.items():
        for service in threshold.services:
            yield f"alerts.{alert}.services", "service", service
    for place, slo in enumerate(file.slos):
        for at, pattern in enumerate(slo.services):
            yield f"slos[{place}].services[{at}]", "service", pattern
    for place, budget in enumerate(file.budgets):
        yield from _matched(f"budgets[{place}]", budget.match)
    for place, ceiling in enumerate(file.ceilings):
        yield from _matched(f"ceilings[{place}]", ceiling.match)
    for place, quota in enumerate(file.quotas):
        yield from _matched(f"quotas[{place}]", quota.match)


def _matched(place: str, match: BudgetMatch) -> Iterator[_Named]:
    for kind in ("service", "model"):
        for at, pattern in enumerate(getattr(match, kind) or ()):
            yield f"{place}.match.{kind}[{at}]", kind, pattern
