"""Who is told of what, and how the messages read, by Alertmanager's own tool."""

import json
import re
from pathlib import Path
from typing import Any

import pytest
from tests.config.conftest import Run

from watchkeeper.config.setup import run_setup

CONFIG = "alertmanager/alertmanager.yml"
CAPTURED = Path(__file__).parent / "captured"
DASHBOARD = "http://localhost:3000/d/llm-overview?var-service=support-bot"


def test_amtool_accepts_the_complete_file(run: Run) -> None:
    """The file as shipped, with all of its integrations."""
    checked = run("amtool", "check-config", CONFIG)

    assert checked.returncode == 0, checked.stderr


def test_amtool_accepts_what_is_left_without_any_secret(root: Path, run: Run, tmp_path: Path) -> None:
    """With no secret at all only the webhook to the exporter is left, and it boots."""
    run_setup({"WATCHKEEPER_ALERTMANAGER_DIR": str(root / "alertmanager"), "WATCHKEEPER_RUNTIME_DIR": str(tmp_path)})

    checked = run("amtool", "check-config", str(tmp_path / "alertmanager/alertmanager.yml"))
    left = [status for status in json.loads((tmp_path / "receivers.json").read_text()) if status["configured"]]
    assert checked.returncode == 0, checked.stderr
    assert [status["receiver"] for status in left] == ["exporter"]


def test_every_secret_stands_in_a_file_of_its_own(root: Path) -> None:
    """The file itself can be shown to anybody; the README of the folder names each secret."""
    text = (root / CONFIG).read_text(encoding="utf-8")
    named = set(re.findall(r"/run/secrets/watchkeeper/(\w+)", text))

    assert not re.search(r"(?<!_file): *['\"]?(https://hooks\.|xox|[0-9a-f]{32})", text)
    assert named == set(re.findall(r"^\| `(\w+)`", (root / "secrets/README.md").read_text(), re.MULTILINE))


@pytest.mark.parametrize(
    ("labels", "receivers"),
    [
        pytest.param("alertname=LLMErrorRateHigh severity=critical service=a", "exporter,critical", id="critical"),
        pytest.param("alertname=LLMErrorRateHigh severity=high service=a", "exporter,high", id="high"),
        pytest.param("alertname=LLMLatencyHigh severity=medium service=a", "exporter,medium", id="medium"),
        pytest.param("alertname=LLMUnpricedModel severity=low", "exporter,low,digest", id="low, mailed once a day"),
        pytest.param("alertname=Watchdog severity=none", "exporter,heartbeat", id="the watchdog"),
        pytest.param("alertname=LokiWatchdog severity=none", "exporter,null", id="the watchdog of Loki's rules"),
        pytest.param("alertname=Other severity=none", "exporter,null", id="what is for nobody"),
        pytest.param("alertname=Homemade", "exporter,medium", id="an alert without a severity is not lost"),
        pytest.param("alertname=Homemade severity=warning", "exporter,medium", id="nor one with a foreign severity"),
    ],
)
def test_every_alert_finds_its_receivers(labels: str, receivers: str, run: Run) -> None:
    """Each receiver is there once: twice would be two messages."""
    routed = run(
        "amtool",
        "config",
        "routes",
        "test",
        f"--config.file={CONFIG}",
        f"--verify.receivers={receivers}",
        *labels.split(),
    )

    assert routed.returncode == 0, routed.stdout + routed.stderr


def notification(**changes: Any) -> dict[str, Any]:
    """Return a notification as Alertmanager sends it, its alerts and common labels changed."""
    captured: dict[str, Any] = json.loads((CAPTURED / changes.pop("file", "firing.json")).read_text())
    for alert in captured["alerts"]:
        alert["annotations"]["dashboard_url"] = DASHBOARD
        alert["labels"].update(changes)
    captured["commonLabels"].update(changes)
    captured["commonLabels"] = {key: value for key, value in captured["commonLabels"].items() if value}
    return captured


@pytest.fixture
def render(run: Run, tmp_path: Path) -> Any:
    """Render one of our templates for a notification."""

    def render_template(template: str, data: dict[str, Any]) -> str:
        file = tmp_path / "notification.json"
        file.write_text(json.dumps(data))
        rendered = run(
            "amtool",
            "template",
            "render",
            "--template.glob=alertmanager/templates/*.tmpl",
            f'--template.text={{{{ template "{template}" . }}}}',
            f"--template.data={file}",
        )
        assert rendered.returncode == 0, rendered.stderr
        return rendered.stdout

    return render_template


def test_slack_reads_what_where_since_when_and_what_to_do(render: Any) -> None:
    """Summary, every alert with its time, severity and service, and four links."""
    text = render("watchkeeper.slack.text", notification(severity="high"))

    lines = re.sub(r"for \d[^)]*\)", "for …)", text).split("\n")
    assert lines[0] == "*LLM error rate above 5 % for support-bot*"
    assert lines[1:3] == ["• Error rate is 12.4 % over 5 m (since 2026-11-21 03:21 UTC, for …)"] * 2
    assert "*Severity:* high" in lines[3]
    assert "*Service:* support-bot" in lines[3]
    assert re.findall(r"\|(\w+)>", lines[4]) == ["Dashboard", "Logs", "Runbook", "Silence"]
    assert f"<{DASHBOARD}|Dashboard>" in lines[4]
    assert "<http://localhost:3000/explore?" in lines[4]
    assert "/#/silences/new?filter=%7Balertname%3D%22LLMHighErrorRate%22" in lines[4]


def test_slack_reads_when_it_is_over(render: Any) -> None:
    """Green, marked as resolved, with both times."""
    data = notification(file="resolved.json", severity="high")

    assert render("watchkeeper.slack.color", data) == "good"
    assert render("watchkeeper.slack.title", data) == "[RESOLVED] LLMHighErrorRate: support-bot"
    over = "• Over: Error rate is 12.4 % over 5 m (2026-11-21 03:21 UTC to 2026-11-21 03:24 UTC, 3m)"
    assert render("watchkeeper.slack.text", data).split("\n")[1] == over


def test_slack_shows_ten_alerts_and_says_that_there_are_more(render: Any) -> None:
    """A hundred alerts make one message that can be read."""
    data = notification(severity="high")
    data["alerts"] = data["alerts"] * 6

    text = render("watchkeeper.slack.text", data)

    assert text.count("•") == 10
    assert "… and more: 12 are firing." in text


def test_names_from_telemetry_call_nobody_in_slack(render: Any) -> None:
    """A service may call itself anything; <!channel> must stay text."""
    data = notification(severity="high", service="<!channel> & co")

    shown = render("watchkeeper.slack.title", data) + render("watchkeeper.slack.text", data)

    assert "<!channel>" not in shown
    assert "&lt;!channel&gt; &amp; co" in shown


def test_a_message_without_links_has_none_that_lead_nowhere(render: Any) -> None:
    """Somebody else's alert may have neither dashboard nor runbook."""
    data = notification(severity="high")
    for alert in data["alerts"]:
        alert["annotations"] = {}

    text = render("watchkeeper.slack.text", data)

    assert re.findall(r"\|(\w+)>", text) == ["Silence"]
    assert "• LLMHighErrorRate (since" in text


@pytest.mark.parametrize(
    ("ours", "theirs"),
    [("critical", "critical"), ("high", "error"), ("medium", "warning"), ("low", "info"), ("", "error")],
)
def test_pagerduty_gets_one_of_its_four_severities(ours: str, theirs: str, render: Any) -> None:
    """Every other word would be refused."""
    assert render("watchkeeper.pagerduty.severity", notification(severity=ours)) == theirs


def test_pagerduty_reads_what_and_where_in_one_line(render: Any) -> None:
    """The summary is all that a phone shows."""
    summary = render("watchkeeper.pagerduty.summary", notification(severity="critical"))

    assert summary == "[CRITICAL] LLMHighErrorRate: support-bot (2 firing): LLM error rate above 5 % for support-bot"


def test_the_mail_lists_every_alert(render: Any) -> None:
    """Plain text: name, what it means, live values, links."""
    data = notification(severity="low")

    assert render("watchkeeper.digest.subject", data) == "Watchkeeper: 2 low alerts of the day"
    text = render("watchkeeper.digest.text", data)
    assert text.count("LLMHighErrorRate (support-bot)") == 2
    assert f"Dashboard: {DASHBOARD}" in text


@pytest.mark.parametrize("file", ["firing.json", "resolved.json"])
def test_every_template_that_is_used_exists(file: str, root: Path, render: Any) -> None:
    """A misspelt name would only show at the first notification."""
    for name in set(re.findall(r'template "([\w.]+)"', (root / CONFIG).read_text(encoding="utf-8"))):
        assert render(name, notification(file=file, severity="high")).strip()
