"""Label values that exist for sure: those in watchkeeper.yml, priced models, and alerts with a runbook."""

from collections.abc import Iterable

from watchkeeper.config.schema import ConfigFile

# The stack itself, which alerts without a service are about.
_OURSELVES = "watchkeeper"
_SEVERITIES = {"critical", "high", "medium", "low", "none"}


def known_names(file: ConfigFile, models: Iterable[str], alerts: Iterable[str] = ()) -> dict[str, set[str]]:
    """Return the names by label; patterns among them match no value and change nothing.

    ``models`` are those that have a price, ``alerts`` the names of alerts that have a runbook.
    """
    of_alerts = {service for threshold in file.alerts.values() for service in threshold.services}
    of_teams = {service for team in file.teams for rule in team.rules() for service in rule.get("service", ())}
    of_slos = {service for slo in file.slos for service in slo.services}
    of_contracts = {service for contract in file.contracts for service in contract.service}
    return {
        "service": {_OURSELVES} | of_alerts | of_teams | of_slos | of_contracts,
        "alertname": {*file.alerts, *alerts},
        "severity": _SEVERITIES,
        "agent": {agent for contract in file.contracts for agent in contract.agent},
        "tool": {tool for contract in file.contracts for tool in contract.tool_names()},
        "team": {team.name for team in file.teams},
        "model": {*(price.model for price in file.prices), *models},
    }
