"""How messages read, rendered by Alertmanager's own tool."""

import json
import re
from pathlib import Path
from typing import Any

import pytest
from tests.config.conftest import Run

CONFIG = "alertmanager/alertmanager.yml"
CAPTURED = Path(__file__).parent / "captured"
# Of what is over there is nothing left to do or to look at.
OF_WHAT_FIRES = {"watchkeeper.pagerduty.first_step", "watchkeeper.url.alert"}
DASHBOARD = "http://localhost:3000/d/llm-overview?var-service=support-bot"


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
    """Green, marked as resolved, with both times, and no value of before."""
    data = notification(file="resolved.json", severity="high")

    assert render("watchkeeper.slack.color", data) == "good"
    assert render("watchkeeper.slack.title", data) == "[RESOLVED] LLMHighErrorRate: support-bot"
    over = "• Resolved after 3m, 2026-11-21 03:21 UTC to 2026-11-21 03:24 UTC. (instance a:9464)"
    assert render("watchkeeper.slack.text", data).split("\n")[1] == over


def test_slack_shows_ten_alerts_and_says_that_there_are_more(render: Any) -> None:
    """A hundred alerts make one message that can be read."""
    data = notification(severity="high")
    data["alerts"] = data["alerts"] * 6

    text = render("watchkeeper.slack.text", data)

    assert text.count("•") == 10
    assert "… and more: 12 are firing." in text


def test_names_from_telemetry_call_no_one_in_slack(render: Any) -> None:
    """A service may call itself anything; <!channel> must stay text."""
    data = notification(severity="high", service="<!channel> & co")

    shown = render("watchkeeper.slack.title", data) + render("watchkeeper.slack.text", data)

    assert "<!channel>" not in shown
    assert "&lt;!channel&gt; &amp; co" in shown


def test_a_message_without_links_has_none_that_lead_nowhere(render: Any) -> None:
    """Someone else's alert may have neither dashboard nor runbook."""
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


def test_a_title_without_a_service_names_the_budget(render: Any) -> None:
    """Alerts about budgets have no service."""
    data = notification(severity="high", service="", budget="search-month")

    assert "LLMHighErrorRate: search-month (2 firing)" in render("watchkeeper.slack.title", data)
    assert "LLMHighErrorRate: search-month (2 firing)" in render("watchkeeper.headline", data)


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
    data = notification(file=file, severity="high")
    for alert in data["alerts"]:
        alert["annotations"] |= {"first_step": "Look.", "runbook_url": "http://localhost:4318/runbooks/X"}

    for name in set(re.findall(r'template "([\w.]+)"', (root / CONFIG).read_text(encoding="utf-8"))):
        said = render(name, data).strip()
        assert said or (name in OF_WHAT_FIRES and file == "resolved.json")
