import json
from pathlib import Path

from tests.support.exporter import ExporterInTest, run_exporter

UGLY = "<script>alert('x')</script>"


def test_a_newcomer_sees_how_to_connect(exporter: ExporterInTest) -> None:
    """Before anything came, the page says so and what to do, with its own address."""
    page = exporter.client.get("/").text

    assert "Nothing yet." in page
    assert "OTEL_EXPORTER_OTLP_ENDPOINT=http://testserver" in page
    assert "Last calls" not in page


def test_what_arrived_is_shown(exporter: ExporterInTest) -> None:
    """Services with their facts, and the last calls with tokens and cost."""
    exporter.post_events(
        {"type": "llm_call", "service": "shop", "model": "gpt-4o-mini", "input_tokens": 1000, "output_tokens": 100},
        {"type": "llm_call", "service": "shop", "model": "house-1", "input_tokens": 7, "output_tokens": 1},
        {"type": "feedback", "service": "shop", "rating": "positive"},
    )

    page = exporter.client.get("/").text

    assert "Nothing yet." not in page
    assert "model calls: 2, feedback: 1" in page
    assert "0.00021<" in page
    assert "unknown model" in page


def test_hostile_names_are_text(exporter: ExporterInTest) -> None:
    """Whatever a sender calls its service and model, the page runs nothing of it."""
    exporter.post_events(
        {
            "type": "llm_call",
            "service": UGLY,
            "model": UGLY,
            "provider": UGLY,
            "trace_id": f'"{UGLY}',
            "error_type": UGLY,
        }
    )

    page = exporter.client.get("/").text

    assert "<script>" not in page
    assert 'title="trace "' not in page
    assert "&lt;script&gt;" in page


def test_a_hostile_address_is_text(exporter: ExporterInTest) -> None:
    """The page shows the address it was asked for, escaped."""
    page = exporter.client.get("/", headers={"host": 'x"><script>'}).text

    assert "<script>" not in page


def test_a_service_without_a_name_is_unknown(exporter: ExporterInTest) -> None:
    """No one's telemetry is shown as what it is."""
    exporter.post_events({"type": "feedback", "rating": "positive"})

    assert "<td>unknown</td>" in exporter.client.get("/").text


def test_receivers_that_are_off_are_reported(tmp_path: Path) -> None:
    """Receivers that are not configured are on the first page, and shown as a metric."""
    file = tmp_path / "receivers.json"
    file.write_text(
        json.dumps(
            [
                {"receiver": "critical", "integration": "slack", "configured": False, "reason": "no file"},
                {"receiver": "high", "integration": "slack", "configured": False, "reason": "no file"},
                {"receiver": "digest", "integration": "email", "configured": True, "reason": ""},
            ]
        )
    )
    with run_exporter({"WATCHKEEPER_RECEIVERS": str(file)}) as exporter:
        page = exporter.client.get("/").text

        assert "<li>critical, high by slack: no file</li>" in page
        assert "digest" not in page
        assert exporter.value("watchkeeper_receiver_configured", receiver="critical", integration="slack") == 0
        assert exporter.value("watchkeeper_receiver_configured", receiver="digest", integration="email") == 1


def test_a_broken_list_of_receivers_does_not_break_the_page(tmp_path: Path) -> None:
    """Half a file, or none yet, is no reason to fail."""
    file = tmp_path / "receivers.json"
    with run_exporter({"WATCHKEEPER_RECEIVERS": str(file)}) as exporter:
        without = exporter.client.get("/")
        file.write_text('[{"receiver": "cri')
        half = exporter.client.get("/")

    assert [without.status_code, half.status_code] == [200, 200]


def test_grafana_is_linked() -> None:
    """The way to the graphs is on the page when Grafana's address is known."""
    with run_exporter({"GRAFANA_URL": "http://localhost:3000/"}) as exporter:
        assert '<a href="http://localhost:3000">Grafana</a>' in exporter.client.get("/").text
