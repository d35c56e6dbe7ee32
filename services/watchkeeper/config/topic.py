"""The topic of SNS that watchkeeper.yml names, put into Alertmanager's tree.

Pure. Alertmanager itself has no key for AWS's credentials file, whose place is in its environment; so a key of our own
stands in the tree while it is decided which secrets can be used, and is taken out before the file is written.
"""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from watchkeeper.config.integrations import AWS_CREDENTIALS, AWS_CREDENTIALS_KEY
from watchkeeper.config.notify import Sns

Tree = dict[str, Any]

_KEY = "sns_configs"


def with_topic(config: Mapping[str, Any], sns: Sns | None, secrets: Path) -> Tree:
    """Put the topic and its region in; leave SNS out where there is none. ``secrets`` is the folder of secrets."""
    if sns is None:
        return _changed(config, lambda _: None)
    settings: Tree = {"topic_arn": sns.topic_arn, AWS_CREDENTIALS_KEY: str(secrets / AWS_CREDENTIALS)}
    region = sns.topic_arn.split(":")[3]
    return _changed(
        config, lambda entry: {**entry, "sigv4": {**(entry.get("sigv4") or {}), "region": region}} | settings
    )


def without_credentials(config: Mapping[str, Any]) -> Tree:
    """Take out what only `watchkeeper setup` reads."""
    return _changed(config, lambda entry: {key: value for key, value in entry.items() if key != AWS_CREDENTIALS_KEY})


def _changed(config: Mapping[str, Any], change: Callable[[Mapping[str, Any]], Tree | None]) -> Tree:
    """The tree with each entry of SNS changed, or left out for None."""
    receivers = []
    for receiver in config.get("receivers") or ():
        entries = [new for entry in receiver.get(_KEY) or () if (new := change(entry)) is not None]
        kept = {key: value for key, value in receiver.items() if key != _KEY}
        receivers.append({**kept, _KEY: entries} if entries else kept)
    return {**config, "receivers": receivers} if receivers else dict(config)
