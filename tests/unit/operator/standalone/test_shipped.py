"""Config files that people edit: what is no YAML is reported before anything is touched."""

from pathlib import Path

import pytest

from watchkeeper.config import ConfigFile
from watchkeeper.config.places import Places
from watchkeeper.errors import ConfigError
from watchkeeper.operator.standalone.render import Rendering
from watchkeeper.operator.standalone.shipped import write_config

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
