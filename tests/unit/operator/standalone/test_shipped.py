"""Config files that people edit: what is no YAML is reported before anything is touched."""

from pathlib import Path

import pytest

from watchkeeper.config import ConfigFile
from watchkeeper.config.places import Places
from watchkeeper.errors import ConfigError
from watchkeeper.operator.standalone.render import Rendering
from watchkeeper.operator.standalone.shipped import fingerprint, write_config

PLAIN = Rendering(addresses={}, paths={})


def test_every_broken_file_is_reported_and_the_old_ones_stay(tmp_path: Path) -> None:
    """One line for each file that is no YAML, and what ran before is still there."""
    places = Places(root=tmp_path, work=tmp_path / "work", secrets=tmp_path / "secrets")
    for name, text in (
        ("prometheus/prometheus.yml", "scrape: ["),
        ("loki/loki.yml", "a: b: c"),
        ("promtail/x.yml", ""),
    ):
        file = tmp_path / name
        file.parent.mkdir(parents=True)
        file.write_text(text)
    kept = places.config / "prometheus" / "prometheus.yml"
    kept.parent.mkdir(parents=True)
    kept.write_text("what ran before")

    with pytest.raises(ConfigError) as reported:
        write_config(places, PLAIN, ConfigFile(), inbox="")

    assert [line.split(": invalid YAML")[0] for line in reported.value.problems] == [
        str(tmp_path / "prometheus/prometheus.yml"),
        str(tmp_path / "loki/loki.yml"),
    ]
    assert "line 1" in reported.value.problems[1]
    assert kept.read_text() == "what ran before"


def test_files_of_targets_are_read_where_people_write_them(tmp_path: Path) -> None:
    """Prometheus notices a new one without a start; what people wrote outlives the next rendering."""
    places = Places(root=tmp_path, work=tmp_path / "work", secrets=tmp_path / "secrets")
    for name, text in (
        ("prometheus/prometheus.yml", "scrape_configs: []"),
        ("prometheus/targets/example.yml", "[]"),
        ("alertmanager/alertmanager.yml", "receivers: []"),
    ):
        file = tmp_path / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
    write_config(places, PLAIN, ConfigFile(), inbox="")
    before = fingerprint(places, "prometheus")

    (tmp_path / "prometheus" / "targets" / "mine.yml").write_text('[{targets: ["localhost:8000"]}]')

    assert "localhost:8000" in (places.config / "prometheus" / "targets" / "mine.yml").read_text()
    assert fingerprint(places, "prometheus") == before
    write_config(places, PLAIN, ConfigFile(), inbox="")
    assert (tmp_path / "prometheus" / "targets" / "mine.yml").is_file()
