"""Which receivers of alertmanager.yml can work: integrations without their secret or server are left out.

Alertmanager refuses or hammers when a secret is empty, so the stack could not start without one.
`prune` decides on plain YAML trees and touches no file; `watchkeeper.config.setup` reads and writes.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from watchkeeper.config.integrations import is_unused
from watchkeeper.config.receiver_status import ReceiverStatus

# Which severity each receiver of people gets; a low alert is in its channel and in the daily digest.
SEVERITY_OF: Mapping[str, str] = {
    "critical": "critical",
    "high": "high",
    "medium": "medium",
    "low": "low",
    "digest": "low",
}

CONFIGS_SUFFIX = "_configs"
IN_CONTAINERS = "/run/secrets/watchkeeper/"
FILE_SUFFIX = "_file"

# An integration that names no secret of its own inherits this one from `global`;
# the prefixes are its own keys that replace the inherited one.
# Source: https://prometheus.io/docs/alerting/latest/configuration/
INHERITED_SECRETS: Mapping[str, tuple[str, tuple[str, ...]]] = {
    "email_configs": ("smtp_auth_password_file", ("auth_password", "auth_secret")),
    "opsgenie_configs": ("opsgenie_api_key_file", ("api_key",)),
    "slack_configs": ("slack_api_url_file", ("api_url", "app_token")),
    "victorops_configs": ("victorops_api_key_file", ("api_key",)),
}

# alertmanager.yml names a mail server that cannot exist: no one may have a name below these.
# Source: RFC 2606
RESERVED_HOST = re.compile(r"(.*\.)?(example(\.(com|net|org))?|invalid):[0-9]+")


@dataclass(frozen=True, slots=True, kw_only=True)
class PrunedConfig:
    """The Alertmanager configuration that can run, and what became of every integration."""

    config: dict[str, Any]
    statuses: tuple[ReceiverStatus, ...]


def secret_files(config: Mapping[str, Any]) -> dict[str, str]:
    """Return every secret file the receivers need, their share of `global` included, and the key that names it."""
    return {
        path: name
        for receiver in config.get("receivers") or ()
        for key, entry in _integrations(receiver)
        for path, name in _files_of(key, entry, config).items()
    }


def prune(config: Mapping[str, Any], problems: Mapping[str, str]) -> PrunedConfig:
    """Leave out each integration one of whose secret files has a problem, and mail without a mail server.

    What is optional and not in use has no status either.
    `problems` maps a secret file to why it cannot be used; files it does not name are fine.
    Receivers and routes stay as they are, so routing never depends on which secrets exist.
    """
    receivers: list[dict[str, Any]] = []
    statuses: list[ReceiverStatus] = []
    for receiver in config.get("receivers") or ():
        kept = {key: value for key, value in receiver.items() if not key.endswith(CONFIGS_SUFFIX)}
        for key, entry in _integrations(receiver):
            files = _files_of(key, entry, config)
            if files and is_unused(key, files, problems):
                continue
            reason = _missing_server(key, entry, config) or _reason(files, problems)
            statuses.append(_status(receiver, key, reason))
            if not reason:
                kept.setdefault(key, []).append(entry)
        receivers.append(kept)
    return PrunedConfig(config={**config, "receivers": receivers}, statuses=tuple(statuses))


def has_mail_server(config: Mapping[str, Any]) -> bool:
    """Say whether the shared mail server is a real one: alertmanager.yml ships with one that cannot exist."""
    return not RESERVED_HOST.fullmatch(str((config.get("global") or {}).get("smtp_smarthost") or ""))


def _integrations(receiver: Mapping[str, Any]) -> Iterator[tuple[str, Mapping[str, Any]]]:
    for key, entries in receiver.items():
        if key.endswith(CONFIGS_SUFFIX):
            for entry in entries or ():
                yield key, entry


def _files_of(key: str, entry: Mapping[str, Any], config: Mapping[str, Any]) -> dict[str, str]:
    own = dict(_nested_files(entry))
    inherited, replaced_by = INHERITED_SECRETS.get(key, ("", ()))
    shared = (config.get("global") or {}).get(inherited)
    if not shared or any(name.startswith(replaced_by) for name in entry):
        return own
    return {**own, str(shared): inherited}


def _nested_files(node: object) -> Iterator[tuple[str, str]]:
    if isinstance(node, Mapping):
        for key, value in node.items():
            if str(key).endswith(FILE_SUFFIX) and isinstance(value, str):
                yield value, str(key)
            else:
                yield from _nested_files(value)
    elif isinstance(node, list):
        for item in node:
            yield from _nested_files(item)


def _missing_server(key: str, entry: Mapping[str, Any], config: Mapping[str, Any]) -> str:
    if key != "email_configs" or "smarthost" in entry or has_mail_server(config):
        return ""
    return "no mail server: watchkeeper.yml has no notify.email"


def _reason(files: Iterable[str], problems: Mapping[str, str]) -> str:
    return "; ".join(f"{_on_the_host(path)}: {problems[path]}" for path in files if problems.get(path))


def _on_the_host(path: str) -> str:
    """The file where its user finds it: containers see the project's folder `secrets` elsewhere."""
    return path.replace(IN_CONTAINERS, "secrets/", 1)


def _status(receiver: Mapping[str, Any], key: str, reason: str) -> ReceiverStatus:
    return ReceiverStatus(
        receiver=str(receiver.get("name", "")),
        integration=key.removesuffix(CONFIGS_SUFFIX),
        configured=not reason,
        reason=reason,
    )
