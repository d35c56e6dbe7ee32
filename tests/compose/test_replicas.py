"""Three exporters beside each other, as docs/how-to/scale-out.md starts them."""

from collections.abc import Iterator
from dataclasses import replace

import httpx
import pytest
from tests.compose.bundle import ComposeBundle, make_bundle, running
from tests.compose.calls import expect_counted, expect_lines, send_calls
from tests.compose.commands import log, run
from tests.compose.images import Images
from tests.e2e.support.payloads import Payload, all_names, load
from tests.e2e.support.sums import expect_sums
from tests.e2e.support.waiting import eventually

REPLICAS = 3


@pytest.fixture(scope="module")
def scaled(images: Images, bundle: ComposeBundle, tmp_path_factory: pytest.TempPathFactory) -> Iterator[ComposeBundle]:
    """A bundle of its own with three exporters; the image is the one that the other bundle built."""
    assert bundle
    folder = tmp_path_factory.mktemp("replicas") / "project"
    scaled = make_bundle(folder, images, "watchkeeper-e2e-replicas", "docker-compose.replicas.yml", "any_ports.yml")
    (folder / ".env").write_text("WATCHKEEPER_USER_HASH_KEY=0123456789abcdef0123456789abcdef\n", encoding="utf-8")
    with running(scaled, "--scale", f"exporter={REPLICAS}"):
        yield scaled


@pytest.fixture(scope="module")
def spread(scaled: ComposeBundle) -> list[Payload]:
    """Every payload, each sent to the next replica."""
    payloads = [load(name) for name in all_names()]
    for place, payload in enumerate(payloads):
        _through(scaled, place % REPLICAS + 1).post_payload(payload)
    return payloads


def test_prometheus_finds_each_replica(scaled: ComposeBundle) -> None:
    """All of them are targets, by DNS."""
    eventually("three exporters are up", lambda: len(scaled.query('up{job="exporter"} == 1')) == REPLICAS)


def test_sums_over_replicas_equal_what_was_posted(scaled: ComposeBundle, spread: list[Payload]) -> None:
    """Calls, tokens and dollars are exact, whoever counted them."""
    expect_sums(scaled, spread)


def test_every_rule_understands_several_exporters(scaled: ComposeBundle, spread: list[Payload]) -> None:
    """Limits and totals come once from each replica; no rule joins one to many by error."""
    assert spread
    scaled.let_prometheus_scrape()

    rules = scaled.client.get(scaled.url("prometheus", "/api/v1/rules")).json()["data"]["groups"]

    wrong = [rule["name"] for group in rules for rule in group["rules"] if rule["health"] == "err"]
    assert wrong == []


@pytest.mark.parametrize("way", ["restart", "kill"])
def test_a_replica_that_starts_again_counts_on(scaled: ComposeBundle, way: str) -> None:
    """What was scraped stays, what comes after is added, and nothing is double."""
    service = f"replica-{way}"
    for place in range(1, REPLICAS + 1):
        send_calls(_through(scaled, place), service, 10 * place)
    expect_counted(scaled, service, 60)

    name = f"{scaled.name}-exporter-2"
    log.info("%s: %s", name, way)
    run(["docker", way, name])
    run(["docker", "start", name])
    eventually("three exporters are up", lambda: len(scaled.query('up{job="exporter"} == 1')) == REPLICAS, seconds=60)
    eventually("it answers", lambda: _is_answering(_through(scaled, 2)))
    send_calls(_through(scaled, 2), service, 7)

    expect_counted(scaled, service, 67)
    expect_lines(scaled, service, 67)


def _through(scaled: ComposeBundle, place: int) -> ComposeBundle:
    """The bundle as it is seen by the port of one replica, which changes with each start."""
    address = scaled.compose("port", "--index", str(place), "exporter", "4318")
    return replace(scaled, ports={**scaled.ports, "exporter": int(address.rpartition(":")[2])})


def _is_answering(replica: ComposeBundle) -> bool:
    try:
        return replica.client.get(replica.url("exporter", "/health")).is_success
    except httpx.TransportError:
        return False
