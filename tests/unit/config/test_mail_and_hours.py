"""The mail server and the quiet hours of watchkeeper.yml, on plain trees."""

from typing import Any

import pytest

from watchkeeper.config.mail_and_hours import with_mail_server, with_quiet_hours
from watchkeeper.config.notify import Email, QuietHours
from watchkeeper.config.receivers import prune

PLACEHOLDER = {
    "smtp_smarthost": "smtp.example.com:587",
    "smtp_from": "watchkeeper@example.com",
    "smtp_auth_username": "watchkeeper@example.com",
    "smtp_auth_password_file": "/run/secrets/watchkeeper/smtp_password",
}
RECEIVERS = [
    {"name": name, "email_configs": [{"to": "llm-alerts@example.com"}]} for name in ("critical", "digest", "only-email")
]
CONFIG: dict[str, Any] = {"global": PLACEHOLDER, "receivers": RECEIVERS}


def email(**changes: Any) -> Email:
    """Return a mail server, some of it changed."""
    return Email.model_validate({"smarthost": "mail.x.y:25", "from": "a@x.y", "to": "b@x.y", **changes})


def mailing(config: dict[str, Any]) -> list[str]:
    """Return the receivers that send mail."""
    return [entry["name"] for entry in config["receivers"] if entry.get("email_configs")]


def test_the_mail_server_is_put_in() -> None:
    """Server, sender and user are shared, the password stays a file, the address is at each integration."""
    config = with_mail_server(CONFIG, email(username="u"))

    assert config["global"] == {
        "smtp_smarthost": "mail.x.y:25",
        "smtp_from": "a@x.y",
        "smtp_auth_username": "u",
        "smtp_auth_password_file": "/run/secrets/watchkeeper/smtp_password",
        "smtp_require_tls": True,
    }
    assert config["receivers"][-1]["email_configs"] == [{"to": "b@x.y"}]


def test_without_a_user_no_password_is_asked_for() -> None:
    """A relay that lets everyone in needs no file."""
    pruned = prune(with_mail_server(CONFIG, email()), {PLACEHOLDER["smtp_auth_password_file"]: "no such file"})

    assert all(status.configured for status in pruned.statuses)


@pytest.mark.parametrize(
    ("severities", "names"),
    [
        pytest.param(["low"], ["digest", "only-email"], id="low alone is the digest"),
        pytest.param(["critical"], ["critical", "only-email"], id="critical at once and no digest"),
        pytest.param(["critical", "low"], ["critical", "digest", "only-email"], id="both"),
    ],
)
def test_only_the_chosen_severities_are_mailed(severities: list[str], names: list[str]) -> None:
    """What is of no severity, the way past a failing channel, always is."""
    assert mailing(with_mail_server(CONFIG, email(severities=severities))) == names


def test_without_a_mail_server_mail_is_off_and_says_why() -> None:
    """No one is at example.com; the digest reports it, not each severity."""
    pruned = prune(with_mail_server(CONFIG, None), {})

    reported = [(status.receiver, status.configured, status.reason) for status in pruned.statuses]
    reason = "no mail server: watchkeeper.yml has no notify.email"
    assert reported == [("digest", False, reason), ("only-email", False, reason)]
    assert mailing(pruned.config) == []


def test_a_mail_server_written_into_the_file_itself_counts() -> None:
    """Who edits alertmanager.yml by hand keeps what it says."""
    config = {**CONFIG, "global": {**PLACEHOLDER, "smtp_smarthost": "mail.x.y:25"}}

    assert mailing(prune(with_mail_server(config, None), {}).config) == ["critical", "digest", "only-email"]


def quiet(**changes: Any) -> list[dict[str, Any]]:
    """Return the intervals that quiet hours give for low severity."""
    hours = QuietHours.model_validate({"from": "20:00", "to": "08:00", **changes})
    names = ("quiet-hours-medium", "quiet-hours-low")
    config = {"time_intervals": [{"name": name, "time_intervals": []} for name in names]}
    return [entry["time_intervals"] for entry in with_quiet_hours(config, hours)["time_intervals"]]


def times(*pairs: tuple[str, str]) -> list[dict[str, str]]:
    """Return times as Alertmanager has them."""
    return [{"start_time": start, "end_time": end} for start, end in pairs]


@pytest.mark.parametrize(
    ("hours", "expected"),
    [
        pytest.param({}, [("00:00", "08:00"), ("20:00", "24:00")], id="over midnight are two"),
        pytest.param({"from": "12:00", "to": "13:30"}, [("12:00", "13:30")], id="within a day are one"),
        pytest.param({"to": "00:00"}, [("20:00", "24:00")], id="until midnight are one"),
        pytest.param({"from": 1320, "to": 480}, [("00:00", "08:00"), ("22:00", "24:00")], id="as YAML reads 22:00"),
    ],
)
def test_quiet_hours_are_times_of_a_day(hours: dict[str, Any], expected: list[tuple[str, str]]) -> None:
    """Alertmanager knows no time that goes over midnight."""
    assert quiet(**hours, severities=["low"]) == [[], [{"times": times(*expected), "location": "UTC"}]]


def test_days_off_are_quiet_as_a_whole() -> None:
    """In the same time zone, for both severities unless reported otherwise."""
    medium, low = quiet(timezone="Europe/Berlin", days_off=["sunday"])

    assert medium == low
    assert low[1] == {"weekdays": ["sunday"], "location": "Europe/Berlin"}
