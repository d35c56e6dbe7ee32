"""Receivers that deliver to the exporter's inbox, by the same templates as to Slack and PagerDuty."""

from collections.abc import Iterable, Mapping
from typing import Any

from watchkeeper.config.receiver_status import INBOX, ReceiverStatus, has_active_receiver
from watchkeeper.config.receivers import FILE_SUFFIX, SEVERITY_OF

# Where the exporter takes alerts, and beside it what the two services would get.
_ALERTS = "/v1/alerts"
_PATHS = {"slack_configs": ("api_url", "/v1/inbox/slack"), "pagerduty_configs": ("url", "/v1/inbox/pagerduty")}
# Alertmanager sends nothing without a key; this one opens nothing.
_KEY = {"pagerduty_configs": {"routing_key": "inbox"}}

Tree = dict[str, Any]


def is_wanted(asked: str, statuses: Iterable[ReceiverStatus]) -> bool:
    """Whether there is to be an inbox: ``asked`` is WATCHKEEPER_INBOX (1, 0 or empty); else where no one is reached."""
    return asked == "1" or (asked != "0" and not has_active_receiver(statuses))


def with_inbox(runnable: Mapping[str, Any], shipped: Mapping[str, Any]) -> tuple[Tree, tuple[ReceiverStatus, ...]]:
    """Add to each receiver of people what it would send to Slack and PagerDuty, to the exporter's inbox.

    ``shipped`` has the integrations that ``runnable`` lacks for the want of a secret. A file without a receiver that
    delivers to the exporter has no inbox.
    """
    exporter = _exporter_url(shipped)
    if not exporter:
        return dict(runnable), ()
    entries = {receiver["name"]: _to_inbox(receiver, exporter) for receiver in shipped.get("receivers") or ()}
    receivers = [
        _merged(receiver, entries.get(receiver["name"], {})) if _is_for_people(receiver["name"]) else receiver
        for receiver in runnable.get("receivers") or ()
    ]
    status = ReceiverStatus(receiver=INBOX, integration=INBOX, configured=True)
    return {**runnable, "receivers": receivers}, (status,)


def _is_for_people(receiver: str) -> bool:
    return receiver in SEVERITY_OF or receiver.startswith("only-")


def _exporter_url(config: Mapping[str, Any]) -> str:
    hooks = (hook for receiver in config.get("receivers") or () for hook in receiver.get("webhook_configs") or ())
    urls = (str(hook.get("url", "")) for hook in hooks)
    return next((url.removesuffix(_ALERTS) for url in urls if url.endswith(_ALERTS)), "")


def _to_inbox(receiver: Mapping[str, Any], exporter: str) -> dict[str, list[Tree]]:
    found = {}
    for kind, (address, path) in _PATHS.items():
        found[kind] = [
            {name: value for name, value in entry.items() if not name.endswith(FILE_SUFFIX)}
            | {address: f"{exporter}{path}"}
            | _KEY.get(kind, {})
            for entry in (receiver.get(kind) or ())[:1]
        ]
    return found


def _merged(receiver: Mapping[str, Any], more: Mapping[str, list[Tree]]) -> Tree:
    return {**receiver, **{kind: [*(receiver.get(kind) or ()), *entries] for kind, entries in more.items() if entries}}
