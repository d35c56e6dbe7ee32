"""What the inbox takes, keeps and shows: by its routes, with the messages that Alertmanager's templates make."""

import json
from pathlib import Path
from typing import Any

import pytest
from tests.support.exporter import ExporterInTest, run_exporter

MESSAGES = Path(__file__).parents[3] / "golden/messages"
FILES = sorted(file for file in MESSAGES.rglob("*.json") if file.stem in {"slack", "pagerduty"})
UGLY = "<script>alert('x')</script>"
SLACK, PAGERDUTY = "/v1/inbox/slack", "/v1/inbox/pagerduty"


def slack(title: str, *, color: str = "danger", text: str = "") -> dict[str, Any]:
    """A message as Alertmanager sends it."""
    return {"attachments": [{"title": title, "color": color, "text": text}]}


def deliver(exporter: ExporterInTest, path: str, body: object) -> int:
    """Send as Alertmanager does; the status of the answer."""
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    return exporter.client.post(path, content=content, headers={"content-type": "application/json"}).status_code


@pytest.mark.parametrize("file", FILES, ids=lambda file: f"{file.parent.name}-{file.stem}")
def test_every_message_of_the_templates_is_shown(exporter: ExporterInTest, file: Path) -> None:
    """Taken as the service would take it; the page is text and links, whatever is in the message."""
    assert deliver(exporter, f"/v1/inbox/{file.stem}", file.read_bytes()) in {200, 202}

    page = exporter.client.get("/inbox").text
    assert page.count("<article") == 1
    assert "<script" not in page
    assert ('href="http://localhost:4318/runbooks/' in page) is ("4318/runbooks/" in file.read_text())


def test_an_empty_inbox_says_how_to_fill_it(exporter: ExporterInTest) -> None:
    """And how to have it beside a channel that is configured."""
    page = exporter.client.get("/inbox").text

    assert "make alert-test" in page
    assert "WATCHKEEPER_INBOX=1 make up" in page


def test_a_message_of_the_templates_ends_the_one_with_another_number(exporter: ExporterInTest) -> None:
    """The title has the number, which the end has not; the group of both is the same."""
    for name in ("critical", "resolved"):
        deliver(exporter, SLACK, (MESSAGES / name / "slack.json").read_bytes())

    newest, oldest = exporter.client.get("/inbox").text.split("<article")[1:]
    assert "search-api, 31.4%</h2>" in oldest
    assert "search-api</h2>" in newest
    assert '<span class="good">resolved' in oldest


def test_the_newest_comes_first_and_what_is_over_is_marked(exporter: ExporterInTest) -> None:
    """A resolved message marks those of the same alert and service before it, and no others."""
    deliver(exporter, SLACK, slack("[CRITICAL] LLMErrorRateHigh: shop"))
    deliver(exporter, SLACK, slack("[HIGH] LLMCostSpike: shop", color="#e8710a"))
    deliver(exporter, SLACK, slack("[RESOLVED] LLMErrorRateHigh: shop", color="good"))

    articles = exporter.client.get("/inbox").text.split("<article")[1:]
    assert [text.split("<h2>")[1].split("</h2>")[0] for text in articles] == [
        "[RESOLVED] LLMErrorRateHigh: shop",
        "[HIGH] LLMCostSpike: shop",
        "[CRITICAL] LLMErrorRateHigh: shop",
    ]
    assert ['· <span class="good">resolved' in text for text in articles] == [False, False, True]


def test_an_incident_of_pagerduty_ends_by_its_key(exporter: ExporterInTest) -> None:
    """As PagerDuty itself closes it."""
    for action in ("trigger", "resolve"):
        event = {"dedup_key": "k", "event_action": action, "payload": {"summary": action, "severity": "critical"}}
        assert deliver(exporter, PAGERDUTY, event) == 202

    articles = exporter.client.get("/inbox").text.split("<article")[1:]
    assert [text.split('class="')[1].split('"')[0] for text in articles] == ["resolved", "critical"]
    assert "resolved 2" in articles[1]


def test_slacks_signs_become_bold_text_and_links(exporter: ExporterInTest) -> None:
    """Entities are read once; what is no address of the web is text."""
    links = "<http://x/?a=1&amp;b=2|Runbook> <javascript:alert(1)|Bad>"
    text = f"_Why:_ more_calls_of_it *Service:* a &amp;lt; b {links} {UGLY}"
    deliver(exporter, SLACK, slack("t", text=text))

    page = exporter.client.get("/inbox").text
    assert "<em>Why:</em> more_calls_of_it <strong>Service:</strong> a &amp;lt; b " in page
    assert '<a href="http://x/?a=1&amp;b=2">Runbook</a>' in page
    assert "javascript" not in page.replace("&lt;javascript", "")
    assert "<script" not in page


@pytest.mark.parametrize("path", [SLACK, PAGERDUTY])
@pytest.mark.parametrize(
    "body",
    [b"", b"x", b"[]", b"{", b'{"attachments": [1]}', b'{"dedup_key": 1, "event_action": 2}', b"\xff\xfe"],
    ids=["nothing", "no JSON", "a list", "half", "a number", "numbers", "no text"],
)
def test_what_is_no_message_is_refused_and_counted(exporter: ExporterInTest, path: str, body: bytes) -> None:
    """A clear error, a counter, and nothing on the page."""
    status = deliver(exporter, path, body)

    assert status == 400
    assert exporter.value("watchkeeper_ingest_requests_total", route=path, outcome="undecodable") == 1
    assert "<article" not in exporter.client.get("/inbox").text


def test_it_is_bounded_in_number_and_length(exporter: ExporterInTest) -> None:
    """The oldest go; a title or text of any length is cut."""
    deliver(
        exporter, SLACK, {"attachments": [{"title": f"n{n}-" + "x" * 5000, "text": "y" * 50_000} for n in range(250)]}
    )

    page = exporter.client.get("/inbox").text
    assert page.count("<article") == 200
    assert "n49-" not in page
    assert len(page) < 200 * 10_000


def test_a_restart_shows_it_again_and_damage_does_not_stop_a_start(tmp_path: Path) -> None:
    """It is a file of the state folder."""
    environ = {"WATCHKEEPER_STATE_DIR": str(tmp_path)}
    with run_exporter(environ=environ) as exporter:
        deliver(exporter, SLACK, slack("[HIGH] LLMCostSpike: shop"))
    with run_exporter(environ=environ) as exporter:
        again = exporter.client.get("/inbox").text
    (tmp_path / "inbox.json").write_bytes(b"\x00[{")
    with run_exporter(environ=environ) as exporter:
        damaged = exporter.client.get("/inbox").text

    assert "LLMCostSpike" in again
    assert "No notifications yet" in damaged
    assert (tmp_path / "inbox.json.damaged").read_bytes() == b"\x00[{"
