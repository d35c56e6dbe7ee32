"""watchkeeper.yml and the environment, as one frozen Config."""

from watchkeeper.config.budgets import Budget
from watchkeeper.config.ceilings import Ceiling
from watchkeeper.config.load import Config, load_config
from watchkeeper.config.matching import BudgetMatch
from watchkeeper.config.prices import Price
from watchkeeper.config.schema import ConfigFile, Limits, Team, Threshold
from watchkeeper.config.slos import Slo

__all__ = [
    "Budget",
    "BudgetMatch",
    "Ceiling",
    "Config",
    "ConfigFile",
    "Limits",
    "Price",
    "Slo",
    "Team",
    "Threshold",
    "load_config",
]
