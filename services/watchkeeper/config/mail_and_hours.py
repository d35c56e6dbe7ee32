"""The mail server and the quiet hours of watchkeeper.yml, put into Alertmanager's tree.

Pure: trees in, trees out; what watchkeeper.yml leaves open stays as alertmanager.yml has it.
"""

from collections.abc import Collection, Mapping
from typing import Any

from watchkeeper.config.notify import Email, QuietHours
from watchkeeper.config.receivers import SEVERITY_OF, has_mail_server

Tree = dict[str, Any]

# What alertmanager.yml calls the quiet hours of a severity.
QUIET_HOURS = "quiet-hours-{severity}"

MAIL = "email_configs"

# Without a mail server of watchkeeper.yml, what is left out is reported for one receiver and not of each.
DIGEST_ONLY = ("low",)

# Source: Alertmanager's time_intervals, in which a day ends at 24:00.
_END_OF_DAY = "24:00"


def with_mail_server(config: Mapping[str, Any], email: Email | None) -> Tree:
    """Put the mail server and the address in, and leave mail out where its severity is not to be mailed."""
    if email is None:
        return dict(config) if has_mail_server(config) else _mailing_only(config, DIGEST_ONLY)
    settings = {
        "smtp_smarthost": email.smarthost,
        "smtp_from": email.sender,
        "smtp_auth_username": email.username,
        "smtp_require_tls": email.require_tls,
    }
    shared = {**(config.get("global") or {}), **settings}
    if not email.username:
        shared.pop("smtp_auth_password_file", None)
    mailing = _mailing_only(config, email.severities)
    receivers = [_addressed(entry, email.to) for entry in mailing.get("receivers") or ()]
    return {**mailing, "global": shared, "receivers": receivers}


def with_quiet_hours(config: Mapping[str, Any], quiet: QuietHours | None) -> Tree:
    """Fill the quiet hours of each severity that has them."""
    if quiet is None:
        return dict(config)
    quiet_names = {QUIET_HOURS.format(severity=severity) for severity in quiet.severities}
    intervals = [
        {**entry, "time_intervals": _intervals(quiet)} if entry["name"] in quiet_names else entry
        for entry in config.get("time_intervals") or ()
    ]
    return {**config, "time_intervals": intervals}


def _mailing_only(config: Mapping[str, Any], severities: Collection[str]) -> Tree:
    """Leave mail out of the receivers of all other severities; those of no severity keep theirs."""
    unmailed = {name for name, severity in SEVERITY_OF.items() if severity not in severities}
    receivers = [
        {key: value for key, value in entry.items() if key != MAIL} if entry.get("name") in unmailed else entry
        for entry in config.get("receivers") or ()
    ]
    return {**config, "receivers": receivers}


def _addressed(receiver: Mapping[str, Any], to: str) -> Tree:
    if MAIL not in receiver:
        return dict(receiver)
    return {**receiver, MAIL: [{**entry, "to": to} for entry in receiver[MAIL]]}


def _intervals(quiet: QuietHours) -> list[Tree]:
    if quiet.start < quiet.end:
        times = [{"start_time": quiet.start, "end_time": quiet.end}]
    else:
        times = [
            {"start_time": start, "end_time": end}
            for start, end in (("00:00", quiet.end), (quiet.start, _END_OF_DAY))
            if start != end
        ]
    nights: Tree = {"times": times, "location": quiet.timezone}
    days: Tree = {"weekdays": list(quiet.days_off), "location": quiet.timezone}
    return [nights, days] if quiet.days_off else [nights]
