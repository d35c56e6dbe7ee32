"""The pages about alerts: what fires, what helps to act on it, and silences."""

import base64
import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from tests.support.engine_answers import EngineAnswers, engine_answers
from tests.support.exporter import ExporterInTest, run_exporter

FINGERPRINT = "0123456789abcdef"
PAGE = f"/alerts/{FINGERPRINT}"
FORM = {"author": "Ann", "comment": "deploying", "hours": "4"}
UGLY = "<script>alert('x')</script>"
TRACE = "0af7651916cd43dd8448eb211c80319c"


def alert(**changes: Any) -> dict[str, Any]:
    """An alert as Alertmanager reports it."""
    began = datetime.now(UTC) - timedelta(hours=2, minutes=5)
    whole = {
        "fingerprint": FINGERPRINT,
        "labels": {"alertname": "LLMErrorRateHigh", "service": "shop", "severity": "high", "team": "web"},
        "annotations": {"summary": "Error rate above threshold.", "description": "12% of the calls of shop failed."},
        "startsAt": began.isoformat(),
        "endsAt": (began + timedelta(hours=3)).isoformat(),
        "status": {"state": "active", "silencedBy": [], "inhibitedBy": []},
    }
    return whole | changes


@pytest.fixture
def engines() -> Iterator[EngineAnswers]:
    """One alert fires."""
    with engine_answers() as answers:
        answers.alerts = [alert()]
        yield answers


def environ(engines: EngineAnswers) -> dict[str, str]:
    """How the exporter reaches them."""
    return {f"WATCHKEEPER_{name}_URL": engines.url for name in ("PROMETHEUS", "ALERTMANAGER", "LOKI")}


@pytest.fixture
def asking(engines: EngineAnswers) -> Iterator[ExporterInTest]:
    """An exporter that asks them."""
    with run_exporter(environ(engines)) as exporter:
        yield exporter


def svg(page: str) -> str:
    """The first graph of a page."""
    (found, *_) = re.findall(r'src="data:image/svg\+xml;base64,([^"]+)"', page)
    return base64.b64decode(found).decode()


def test_the_list_has_the_worst_first_and_apart_what_is_quiet(engines: EngineAnswers, asking: ExporterInTest) -> None:
    """Drills and what only shows that the stack works are no one's."""
    named = [
        alert(labels={"alertname": "Later", "severity": "medium"}),
        alert(labels={"alertname": "Worst", "severity": "critical"}),
        alert(labels={"alertname": "Muted", "severity": "high"}, status={"silencedBy": ["s1"], "inhibitedBy": []}),
        alert(labels={"alertname": "Follows", "severity": "high"}, status={"silencedBy": [], "inhibitedBy": ["x"]}),
        alert(labels={"alertname": "Watchdog", "severity": "none"}),
        alert(labels={"alertname": "Drilled", "severity": "high", "drill": "true"}),
    ]
    engines.alerts = named

    page = asking.client.get("/alerts").text

    assert re.findall(r"<a href=\"/alerts/\w+\">(\w+)", page) == ["Worst", "Later", "Muted", "Follows"]
    assert page.index("Later") < page.index("Silenced or inhibited") < page.index("Muted")
    assert "for 2 h 5 min" in page


def test_nothing_fires(engines: EngineAnswers, asking: ExporterInTest) -> None:
    """It is said, not left empty."""
    engines.alerts = []

    assert "Nothing fires" in asking.client.get("/alerts").text


def test_the_page_has_what_helps_to_act(engines: EngineAnswers, asking: ExporterInTest) -> None:
    """Text, since when, runbook, graph with the limit, lines, example traces, labels."""
    failed = {"event": "llm_call_completed", "level": "error", "status": "error", "error_type": "rate_limit"}
    engines.lines = [
        {"event": "llm_call_completed", "level": "info", "trace_id": "f" * 32, "duration_seconds": 1.23456},
        {**failed, "trace_id": TRACE},
        {**failed, "trace_id": TRACE},
    ]

    page = asking.client.get(PAGE).text

    assert "12% of the calls of shop failed." in page
    assert "for 2 h 5 min" in page
    assert 'href="/runbooks/LLMErrorRateHigh"' in page
    assert "Now 0.12, highest 0.12 in three hours, limit 0.05" in page
    assert "llm_call_completed error status=error error_type=rate_limit" in page
    assert "duration_seconds=1.23<" in page
    assert re.findall('<a href="/traces/(.*?)"><code>(.*?)</code>', page) == [(TRACE, TRACE), ("f" * 32, "f" * 32)]
    assert "<th>team</th><td>web</td>" in page
    assert '{service="shop"}' in engines.queries


def test_the_page_begins_with_the_number_and_the_first_step(engines: EngineAnswers, asking: ExporterInTest) -> None:
    """As the message does; a number that no one could read is written out."""
    texts = {
        "description": "+Inf% of it",
        "value": "1.2e+05%",
        "changes": "of prompts.",
        "first_step": "Look.",
    }
    engines.alerts = [alert(annotations=texts)]

    page = asking.client.get(PAGE).text

    assert ", more than 10000%</h1>" in page
    assert "<p>not measurable of it</p>" in page
    assert "Changed lately: of prompts." in page
    assert "<strong>First:</strong> Look. Then " in page


def test_the_graph_has_both_lines_and_no_script(asking: ExporterInTest) -> None:
    """It is a picture: nothing of it runs."""
    drawn = svg(asking.client.get(PAGE).text)

    assert "color-0" in drawn
    assert "color-1" in drawn
    assert "<script" not in drawn
    assert "http://" not in drawn.replace("http://www.w3.org/", "")


def test_a_dashboard_is_linked_where_there_is_a_grafana(engines: EngineAnswers) -> None:
    """Without one the link would lead to nothing."""
    url = "http://grafana.test/d/llm-errors"
    engines.alerts = [alert(annotations={"summary": "s", "dashboard_url": url})]

    with (
        run_exporter(environ(engines)) as without,
        run_exporter({**environ(engines), "GRAFANA_URL": "http://grafana.test"}) as beside,
    ):
        assert url not in without.client.get(PAGE).text
        assert url in beside.client.get(PAGE).text


def test_hostile_text_is_text(engines: EngineAnswers, asking: ExporterInTest) -> None:
    """Names of services, and lines, come from telemetry."""
    engines.alerts = [
        alert(
            labels={"alertname": "A", "service": f'{UGLY}"}} or {{a="b', UGLY: UGLY},
            annotations={"description": UGLY, "explanation": UGLY, "dashboard_url": "javascript:alert(1)"},
        )
    ]
    engines.lines = [{"event": UGLY, "trace_id": f'"{UGLY}'}]

    for path in ("/", "/alerts", PAGE):
        page = asking.client.get(path).text

        assert "<script" not in page
        assert "javascript:" not in page
        assert "&lt;script&gt;" in page
    assert '{service="<script>alert(\'x\')</script>\\"} or {a=\\"b"}' in engines.queries


@pytest.mark.parametrize(
    ("broken", "said"),
    [
        ("/api/v1/rules", "Prometheus at"),
        ("/api/v1/query_range", "Prometheus at"),
        ("/loki/api/v1/query_range", "Loki at"),
    ],
)
def test_an_engine_that_refuses_costs_its_part(
    engines: EngineAnswers, asking: ExporterInTest, broken: str, said: str
) -> None:
    """The alert is shown, and who did not answer."""
    engines.broken = {broken}

    page = asking.client.get(PAGE).text

    assert "12% of the calls of shop failed." in page
    assert said in page


def test_without_alertmanager_the_page_says_so(engines: EngineAnswers, asking: ExporterInTest) -> None:
    """And where none is named."""
    engines.broken = {"/api/v2/alerts"}

    answers = [asking.client.get(path) for path in ("/alerts", PAGE)]
    with run_exporter() as alone:
        answers.append(alone.client.get("/alerts"))

    assert {answer.status_code for answer in answers} == {503}
    assert "alertmanager: answers 503" in answers[0].text
    assert "No Alertmanager is named" in answers[2].text


@pytest.mark.parametrize("name", ["fedcba9876543210", "..%2f..", "0", "0123456789ABCDEF"])
def test_an_alert_that_is_over_is_not_found(asking: ExporterInTest, name: str) -> None:
    """As links in old messages."""
    assert asking.client.get(f"/alerts/{name}").status_code == 404


def test_a_silence(engines: EngineAnswers, asking: ExporterInTest) -> None:
    """For so many hours, by whom and why; for the escalation of the alert too, which has another severity."""
    answer = asking.client.post(f"{PAGE}/silence", data=FORM, follow_redirects=False)

    (posted,) = engines.posted
    assert (answer.status_code, answer.headers["location"]) == (303, PAGE)
    assert {(one["name"], one["value"]) for one in posted["matchers"]} == {
        ("alertname", "LLMErrorRateHigh"),
        ("service", "shop"),
        ("team", "web"),
    }
    assert (posted["createdBy"], posted["comment"]) == ("Ann", "deploying")
    length = datetime.fromisoformat(posted["endsAt"]) - datetime.fromisoformat(posted["startsAt"])
    assert abs(length - timedelta(hours=4)) < timedelta(minutes=1)


def test_a_silence_is_shown(engines: EngineAnswers, asking: ExporterInTest) -> None:
    """Until when, by whom and why."""
    engines.alerts = [alert(status={"silencedBy": ["s1"], "inhibitedBy": []})]
    engines.silences = [
        {"id": "s1", "endsAt": "2026-11-29T22:00:00Z", "createdBy": "Ann", "comment": "deploying", "matchers": []}
    ]

    assert "Silenced until 2026-11-29 22:00 UTC by Ann: deploying" in asking.client.get(PAGE).text


@pytest.mark.parametrize(
    ("change", "status"),
    [
        ({"author": ""}, 422),
        ({"comment": " "}, 422),
        ({"hours": "9999"}, 422),
        ({"author": "a" * 300}, 422),
        ({"comment": "a" * 5000}, 413),
    ],
)
def test_a_silence_that_is_not_whole_is_refused(
    engines: EngineAnswers, asking: ExporterInTest, change: dict[str, str], status: int
) -> None:
    """Nothing is silenced then."""
    assert asking.client.post(f"{PAGE}/silence", data=FORM | change).status_code == status
    assert engines.posted == []


@pytest.mark.parametrize(
    "headers", [{"origin": "https://evil.example"}, {"sec-fetch-site": "cross-site"}], ids=["origin", "fetch metadata"]
)
def test_no_page_of_another_site_silences(
    engines: EngineAnswers, asking: ExporterInTest, headers: dict[str, str]
) -> None:
    """As it can send nothing else."""
    assert asking.client.post(f"{PAGE}/silence", data=FORM, headers=headers).status_code == 403
    assert engines.posted == []


def test_where_tenants_have_tokens_no_one_silences_here(engines: EngineAnswers, tmp_path: Path) -> None:
    """An application of one tenant reaches the exporter too."""
    file = tmp_path / "watchkeeper.yml"
    file.write_text(f"access: {{tokens: [{{tenant: a, sha256: {'a' * 64}}}]}}")

    with run_exporter(environ(engines), file) as exporter:
        assert exporter.client.post(f"{PAGE}/silence", data=FORM).status_code == 403
        assert "<form" not in exporter.client.get(PAGE).text
    assert engines.posted == []
