"""Config files for a Prometheus that replaces the pinned one."""

from pathlib import Path

import yaml

from watchkeeper.operator.standalone.older import for_older_prometheus, retention_flags


def test_extended_ranges_become_ordinary_ones() -> None:
    """Sums are extrapolated then; without it the rules could not be read at all."""
    rules = 'groups: [{rules: [{expr: "sum(increase(a[1h] anchored)) > b[5m]  smoothed"}]}]'

    tree = yaml.safe_load(for_older_prometheus(rules))

    assert tree["groups"][0]["rules"][0]["expr"] == "sum(increase(a[1h])) > b[5m]"


def test_retention_moves_from_the_file_to_flags(project: Path) -> None:
    """What the shipped file keeps is kept by an older release as well."""
    shipped = (project / "prometheus" / "prometheus.yml").read_text(encoding="utf-8")

    kept = yaml.safe_load(shipped)["storage"]["tsdb"]["retention"]

    assert "storage" not in yaml.safe_load(for_older_prometheus(shipped))
    assert retention_flags(shipped) == [
        f"--storage.tsdb.retention.time={kept['time']}",
        f"--storage.tsdb.retention.size={kept['size']}",
    ]


def test_settings_of_otlp_that_came_later_are_left_out(project: Path) -> None:
    """A Prometheus that does not know a key refuses the whole file."""
    shipped = (project / "prometheus" / "prometheus.yml").read_text(encoding="utf-8")

    otlp = yaml.safe_load(for_older_prometheus(shipped))["otlp"]

    assert {"service", "team", "tenant"} <= set(otlp["promote_resource_attributes"])
    assert "promote_scope_metadata" not in otlp
