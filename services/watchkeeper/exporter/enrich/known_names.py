"""Label values that exist for sure: what watchkeeper.yml names, and the models of the price table."""

from watchkeeper.config.schema import ConfigFile
from watchkeeper.exporter.enrich import price_table


def known_names(file: ConfigFile) -> dict[str, set[str]]:
    """Return the names by label; patterns among them match no value and change nothing."""
    of_alerts = {service for threshold in file.alerts.values() for service in threshold.services}
    of_teams = {service for team in file.teams for rule in team.rules() for service in rule.get("service", ())}
    of_slos = {service for slo in file.slos for service in slo.services}
    of_contracts = {service for contract in file.contracts for service in contract.service}
    return {
        "service": of_alerts | of_teams | of_slos | of_contracts,
        "agent": {agent for contract in file.contracts for agent in contract.agent},
        "tool": {tool for contract in file.contracts for tool in contract.tool_names()},
        "team": {team.name for team in file.teams},
        "model": {price.model for price in file.prices} | price_table.model_names(),
    }
