"""An empty environment: no .env, no secret, nothing stored. Everything is healthy and counts exactly."""

import json
from collections import Counter

import pytest
from tests.compose.bundle import COMPONENTS, ComposeBundle
from tests.e2e.support.payloads import Payload
from tests.e2e.support.sums import expect_sums
from tests.e2e.support.waiting import eventually

ENGINES = [name for name in COMPONENTS if name != "grafana"]


# Grafana's share is checked where its official image is.
@pytest.mark.parametrize("service", ENGINES)
def test_it_is_healthy_and_hardened(bundle: ComposeBundle, service: str) -> None:
    """What the file asks for is active: read-only, no capability, no new privileges, limits."""
    template = (
        "{{.State.Health.Status}} {{.HostConfig.ReadonlyRootfs}} {{.HostConfig.CapDrop}} {{.HostConfig.SecurityOpt}} "
        "{{if .HostConfig.Memory}}memory{{end}} {{if .HostConfig.NanoCpus}}cpus{{end}} "
        "{{if .HostConfig.PidsLimit}}pids{{end}}"
    )

    assert bundle.inspect(service, template) == "healthy true [ALL] [no-new-privileges:true] memory cpus pids"


def test_setup_ended_well(bundle: ComposeBundle) -> None:
    """The one-shot service ran, and did not run in a circle."""
    assert bundle.inspect("setup", "{{.State.ExitCode}} {{.RestartCount}}") == "0 0"


def test_up_again_changes_nothing(bundle: ComposeBundle) -> None:
    """Whoever types it twice restarts nothing."""
    before = {service: bundle.inspect(service, "{{.State.StartedAt}}") for service in ENGINES}

    bundle.up()

    assert {service: bundle.inspect(service, "{{.State.StartedAt}}") for service in ENGINES} == before


def test_prometheus_sees_every_target(bundle: ComposeBundle) -> None:
    """All jobs of the bundle answer their scrapes."""
    jobs = {"exporter", "analyzer", "prometheus", "alertmanager", "loki", "promtail"}

    assert eventually("all are up", lambda: {found["job"] for found, _ in bundle.query("up == 1")} >= jobs)


def test_sums_equal_what_was_posted(bundle: ComposeBundle, posted: list[Payload]) -> None:
    """Calls, tokens and dollars per model, exactly."""
    expect_sums(bundle, posted)


def test_every_call_is_a_line_read_from_docker_without_its_socket(bundle: ComposeBundle, posted: list[Payload]) -> None:
    """Promtail reads what Docker wrote; Loki has as many lines as there were calls, by trace id."""
    wanted = Counter(call["model"] for payload in posted for call in payload.calls)
    traces = "|".join(sorted({trace for payload in posted for trace in payload.trace_ids}))
    query = f'{{event="llm_call_completed"}} | trace_id=~"{traces}"'

    found = eventually("a line per call", lambda: _models(bundle, query, sum(wanted.values())))

    assert found == wanted
    assert "docker.sock" not in bundle.inspect("promtail", "{{json .Mounts}}")


def test_lines_of_loki_and_promtail_are_not_read(bundle: ComposeBundle, posted: list[Payload]) -> None:
    """Their own lines would each make the next one; their containers did not opt in."""
    assert posted

    assert bundle.lines('{service=~"loki|promtail|watchkeeper-loki|watchkeeper-promtail", event=""}') == []


def test_receivers_without_a_secret_are_left_out_and_reported(bundle: ComposeBundle) -> None:
    """Alertmanager runs with the exporter's inbox in their places, and a metric says that no one is notified there."""
    reported = {found["integration"] for found, _ in bundle.query("watchkeeper_receiver_configured == 0")}
    config = bundle.client.get(bundle.url("alertmanager", "/api/v2/status")).json()["config"]["original"]

    assert {"slack", "pagerduty"} <= reported
    assert "/v1/inbox/pagerduty" in config
    assert "api_url_file" not in config
    assert "routing_key_file" not in config


def _models(bundle: ComposeBundle, query: str, count: int) -> Counter[str]:
    lines = bundle.lines(query)
    return Counter(json.loads(line["line"])["model"] for line in lines) if len(lines) >= count else Counter()
