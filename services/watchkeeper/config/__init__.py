"""watchkeeper.yml and the environment, as one frozen Config."""

from watchkeeper.config.load import Config, load_config
from watchkeeper.config.schema import ConfigFile, Limits, Price, Team, Threshold

__all__ = ["Config", "ConfigFile", "Limits", "Price", "Team", "Threshold", "load_config"]
