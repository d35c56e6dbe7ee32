"""The secret that Alertmanager shows the exporter with every alert: made once, in a file that both read.

Pure, beside reading the file at the exporter's start; `setup` makes it.
"""

import hashlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

# In the folder of receivers.json.
FILE = "alerts_token"
# Where the exporter takes what Alertmanager sends, by the kind of integration and the key of its address.
_TAKEN = {
    "webhook_configs": ("url", ("/v1/alerts",)),
    "slack_configs": ("api_url", ("/v1/inbox/slack",)),
    "pagerduty_configs": ("url", ("/v1/inbox/pagerduty",)),
}

Tree = dict[str, Any]


def with_alerts_token(config: Mapping[str, Any], file: Path) -> Tree:
    """Let what delivers to the exporter show what is in the file, unless it has a login of its own."""
    receivers = [_with_token(receiver, file) for receiver in config.get("receivers") or ()]
    return {**config, "receivers": receivers} if receivers else dict(config)


def digest_of(file: Path) -> str:
    """The SHA-256 of the secret in a file, in hex. Raises: OSError, or ValueError when it is empty."""
    return hashlib.sha256(secret_in(file)).hexdigest()


def secret_in(file: Path) -> bytes:
    """The secret in a file, without space around it. Raises: OSError, or ValueError when it is empty."""
    secret = file.read_bytes().strip()
    if not secret:
        raise ValueError(f"{file} is empty")
    return secret


def _with_token(receiver: Mapping[str, Any], file: Path) -> Tree:
    changed = dict(receiver)
    for kind, (address, paths) in _TAKEN.items():
        if receiver.get(kind):
            changed[kind] = [
                {**entry, "http_config": {"authorization": {"credentials_file": str(file)}}}
                if str(entry.get(address, "")).endswith(paths) and "http_config" not in entry
                else entry
                for entry in receiver[kind]
            ]
    return changed
