"""Doctor and upgrade on the real engines, run as local processes."""

import json
import socket

from tests.stack.box import Box, hanging


def test_the_doctor_finds_who_stands_in_the_way(box: Box) -> None:
    """Before the first start a taken port is reported, with its holder and the variable that moves it."""
    with socket.create_server(("127.0.0.1", int(box.ports["LOKI_PORT"]))):
        examined = box.run("doctor")

    assert examined.returncode == 1
    assert f"wrong    Ports: {box.ports['LOKI_PORT']} is taken by" in examined.stdout
    assert "Set LOKI_PORT in .env to a port that is free" in examined.stdout


def test_an_upgrade_and_its_doctor(box: Box) -> None:
    """Backed up between stop and start; then all is well, until a process hangs."""
    assert box.run("upgrade").stdout.startswith("Nothing was started here before")
    assert box.run("up").returncode == 0
    before = box.pids

    upgraded = box.run("upgrade", "--to", "kept")
    examined = box.run("doctor")
    with hanging(box.pids["promtail"]):
        found = box.run("doctor", "-q")

    assert upgraded.returncode == 0, upgraded.stderr
    assert upgraded.stdout.count("up to date") == 6
    assert len(list((box.project / "kept").iterdir())) == 1
    assert set(before.values()).isdisjoint(box.pids.values())
    assert examined.returncode == 0, examined.stdout
    assert "Promtail: running, not ready" in found.stdout
    assert "fine     Retention: Prometheus keeps 30d or 20GiB" in examined.stdout
    assert "fine     Retention: Loki keeps 31d" in examined.stdout


def test_an_older_release_is_not_started_on_newer_data(box: Box) -> None:
    """Both up and upgrade refuse, before anything starts."""
    (box.project / ".watchkeeper").mkdir()
    stamp = {"processes": {"loki": "grafana/loki:99.0.0"}}
    (box.project / ".watchkeeper" / "versions.json").write_text(json.dumps(stamp))

    for command in ("up", "upgrade"):
        refused = box.run(command)

        assert refused.returncode == 2
        assert "must not name older engines than those that wrote the data, grafana/loki:99.0.0" in refused.stderr
    assert box.pids == {}
