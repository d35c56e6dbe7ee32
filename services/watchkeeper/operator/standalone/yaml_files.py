"""Reading YAML files that people edit: what is none is refused with its name and line."""

from collections.abc import Iterable
from pathlib import Path
from typing import Any

import yaml

from watchkeeper.config import fast_yaml, invalid_yaml
from watchkeeper.errors import ConfigError


def read_yaml(file: Path) -> Any:
    """The content of a YAML file.

    Raises: ConfigError when it is not YAML, OSError when it cannot be read.
    """
    try:
        return fast_yaml.load(file.read_text(encoding="utf-8"))
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise ConfigError([f"{file}: {invalid_yaml.describe(error)}"]) from error


def check_yaml(files: Iterable[Path]) -> None:
    """Read all files, so that every error is reported at once.

    Raises: ConfigError with one line for each file that is not YAML.
    """
    problems: list[str] = []
    for file in files:
        try:
            read_yaml(file)
        except ConfigError as error:
            problems.extend(error.problems)
    if problems:
        raise ConfigError(problems)
