"""What became of secrets since the receivers were configured: they are applied at a start, and files change later."""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import yaml

from watchkeeper.config import fast_yaml
from watchkeeper.config.invalid_yaml import describe
from watchkeeper.config.load import load_file
from watchkeeper.config.receiver_status import ReceiverStatus
from watchkeeper.config.receivers import IN_CONTAINERS, prune, secret_files
from watchkeeper.config.setup import NOT_READABLE, secret_problem, with_settings
from watchkeeper.errors import ConfigError

Statuses = tuple[ReceiverStatus, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Since:
    """Receivers by what happened: ``came`` could be used and is not yet, ``broke`` is used and cannot work."""

    came: Statuses
    broke: Statuses
    off: Statuses


def since(applied: Iterable[ReceiverStatus], now: Statuses) -> Since:
    """Compare what runs with what the files say now; where ``now`` has no word of a receiver, it is as applied."""
    running = {_key(status): status for status in applied}
    here = {**running, **{_key(status): status for status in now}}
    used = {key for key, status in running.items() if status.configured}
    return Since(
        came=tuple(status for key, status in here.items() if status.configured and key not in used),
        broke=tuple(status for key, status in here.items() if not status.configured and key in used),
        off=tuple(status for key, status in here.items() if not status.configured and key not in used),
    )


def found_now(root: Path, config_file: Path, secrets: Path) -> Statuses:
    """Each receiver as the next start would find it; those whose secret this user may not read are left out.

    Raises: ConfigError when a file has errors, OSError when alertmanager.yml cannot be read.
    """
    text = (root / "alertmanager" / "alertmanager.yml").read_text(encoding="utf-8")
    try:
        shipped = fast_yaml.load(text.replace(IN_CONTAINERS, f"{secrets}/"))
    except yaml.YAMLError as problem:
        raise ConfigError([f"alertmanager/alertmanager.yml: {describe(problem)}"]) from problem
    config = with_settings(shipped, load_file(config_file), secrets)
    problems = {name: secret_problem(Path(name), key) for name, key in secret_files(config).items()}
    return tuple(status for status in prune(config, problems).statuses if NOT_READABLE not in status.reason)


def _key(status: ReceiverStatus) -> tuple[str, str]:
    return status.receiver, status.integration
