"""Disks that fill up: what is still taken, and that all goes on once there is space."""

from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from tests.compose.bundle import ComposeBundle, make_bundle, running
from tests.compose.calls import count_in_loki, count_in_prometheus, expect_counted, expect_lines, send_calls
from tests.compose.commands import log, run, succeeds
from tests.compose.images import Images
from tests.e2e.support.waiting import eventually


@pytest.fixture(scope="module")
def small(images: Images, bundle: ComposeBundle, tmp_path_factory: pytest.TempPathFactory) -> Iterator[ComposeBundle]:
    """A bundle of its own whose volumes hold 256 MB at most."""
    assert bundle
    small = make_bundle(
        tmp_path_factory.mktemp("small") / "project", images, "watchkeeper-e2e-small", "small_disks.yml"
    )
    with running(small):
        yield small


def test_prometheus_counts_right_after_its_disk_was_full(small: ComposeBundle) -> None:
    """While nothing can be stored the exporter counts on; with space again the sum is right, also after a restart."""
    service = "disk-prometheus"
    send_calls(small, service, 3)
    expect_counted(small, service, 3)

    with full(small, "prometheus-data"):
        send_calls(small, service, 5)
        failed = "prometheus_tsdb_wal_writes_failed_total"
        eventually("Prometheus cannot write", lambda: _own_metric(small, "prometheus", failed) > 0)
        assert count_in_prometheus(small, service) == 3
        assert small.inspect("prometheus", "{{.State.Running}} {{.RestartCount}}") == "true 0"

    expect_counted(small, service, 8)


def test_loki_refuses_lines_while_its_disk_is_full(small: ComposeBundle) -> None:
    """What came before it noticed is in memory, the rest waits in Docker's files; every line is there afterwards."""
    service = "disk-loki"
    send_calls(small, service, 3)
    expect_lines(small, service, 3)
    sent: list[float] = []

    def send_and_look() -> float:
        send_calls(small, service, 1)
        sent.append(1)
        return _refused_pushes(small)

    with full(small, "loki-data"):
        eventually("Loki refuses lines", send_and_look, seconds=80)
        assert count_in_loki(small, service) >= 3

    log.info("%d calls were sent meanwhile", len(sent))
    expect_lines(small, service, 3 + len(sent))


def test_exporter_begins_anew_when_it_cannot_save_its_counters(small: ComposeBundle) -> None:
    """A clean stop with a full disk: it says so, starts at zero with a new created time, and sums stay right."""
    service = "disk-exporter"
    send_calls(small, service, 3)
    expect_counted(small, service, 3)

    with full(small, "exporter-state"):
        small.restart("exporter")
        send_calls(small, service, 4)

    expect_counted(small, service, 7)
    expect_lines(small, service, 7)
    assert eventually("it said so", lambda: small.lines('{service="watchkeeper", event="counters_unsaved"}'))


@contextmanager
def full(bundle: ComposeBundle, volume: str) -> Iterator[None]:
    """Fill a volume to its last byte, and make space again."""
    mounted = ["--user=0", f"--volume={bundle.name}_{volume}:/data"]
    image = bundle.images.by_name["prometheus"]
    # A volume in memory is gone as soon as no one holds it, and a restart lets go of it.
    holder = run(["docker", "run", "--detach", *mounted, "--entrypoint=/bin/sleep", image, "600"]).strip()
    try:
        for size in ("1M", "1"):
            log.info("%s is filled, by %s", volume, size)
            written = ["dd", "if=/dev/zero", f"of=/data/ballast{size}", f"bs={size}"]
            assert not succeeds(["docker", "exec", holder, *written], seconds=120)
        yield
    finally:
        run(["docker", "exec", holder, "rm", "/data/ballast1M", "/data/ballast1"])
        log.info("%s has space again", volume)
        run(["docker", "rm", "--force", holder])


def _own_metric(bundle: ComposeBundle, component: str, name: str) -> float:
    """Read a metric where its engine shows it: what cannot be stored cannot be asked for."""
    text = bundle.client.get(bundle.url(component, "/metrics")).text
    return sum(float(line.split()[-1]) for line in text.splitlines() if line.startswith(name))


def _refused_pushes(bundle: ComposeBundle) -> float:
    """How many pushes Loki answered with an error, which Promtail tries again."""
    text = bundle.client.get(bundle.url("loki", "/metrics")).text
    pushes = (line for line in text.splitlines() if line.startswith("loki_request_duration_seconds_count{"))
    return sum(float(line.split()[-1]) for line in pushes if "api_v1_push" in line and 'status_code="500"' in line)
