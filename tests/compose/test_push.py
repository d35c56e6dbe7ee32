"""The bundle without Promtail, as docs/how-to/replace-promtail.md starts it: the exporter brings its lines itself."""

from collections.abc import Iterator

import pytest
from tests.compose.bundle import ComposeBundle, make_bundle, running
from tests.compose.calls import expect_counted, expect_lines, send_calls
from tests.compose.images import Images
from tests.e2e.support.payloads import all_names, load
from tests.e2e.support.waiting import eventually

NOT_MISSED = 'ALERTS{alertname=~"WatchkeeperTargetMissing|TargetDown"}'


@pytest.fixture(scope="module")
def pushing(images: Images, bundle: ComposeBundle, tmp_path_factory: pytest.TempPathFactory) -> Iterator[ComposeBundle]:
    """A bundle of its own without Promtail."""
    assert bundle
    folder = tmp_path_factory.mktemp("push") / "project"
    pushing = make_bundle(folder, images, "watchkeeper-e2e-push", "docker-compose.push.yml")
    with running(pushing):
        yield pushing


def test_promtail_does_not_run(pushing: ComposeBundle) -> None:
    """Nothing reads Docker's files."""
    assert pushing.container("promtail") == ""


def test_every_call_is_a_line_found_as_before(pushing: ComposeBundle) -> None:
    """The same labels and metadata as Promtail gives: by event and by trace id."""
    payload = next(payload for payload in map(load, all_names()) if payload.trace_ids)
    pushing.post_payload(payload)

    traces = "|".join(sorted(payload.trace_ids))
    query = f'{{event="llm_call_completed"}} | trace_id=~"{traces}"'

    assert eventually("a line per call", lambda: len(pushing.lines(query)) == len(payload.calls))


def test_lines_wait_while_loki_is_away(pushing: ComposeBundle) -> None:
    """They wait in the exporter's memory; every line arrives, once."""
    service = "push-away"
    pushing.stop("loki")
    send_calls(pushing, service, 20)
    expect_counted(pushing, service, 20)

    pushing.start("loki")

    expect_lines(pushing, service, 20)


def test_a_clean_restart_of_the_exporter_loses_no_line(pushing: ComposeBundle) -> None:
    """What waits is pushed before it ends."""
    service = "push-restart"
    send_calls(pushing, service, 20)

    pushing.restart("exporter")

    expect_lines(pushing, service, 20)


def test_no_one_is_notified_that_promtail_is_missing(pushing: ComposeBundle) -> None:
    """No job asks for it, and no alert waits for it."""
    pushing.let_prometheus_scrape()

    missed = [labels for labels, _ in pushing.query(NOT_MISSED) if labels.get("job") == "promtail"]

    assert missed == []
    assert pushing.query('up{job="promtail"}') == []


def test_reload_asks_no_promtail(pushing: ComposeBundle) -> None:
    """`make up` and `make reload` hold what runs against the disk, and Promtail is no part of it."""
    pushing.make_up()

    reported = pushing.operate("reload", "--with", "docker")

    assert "Loki: up to date" in reported
    assert "Promtail" not in reported
