"""The shipped config files as the local processes need them."""

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from watchkeeper.config.places import Places
from watchkeeper.config.settings import read_settings
from watchkeeper.operator.standalone.components import rendering_for
from watchkeeper.operator.standalone.render import Rendering, render_file

RENDERING = Rendering(
    addresses={"exporter:4318": "127.0.0.1:14318", "loki:3100": "127.0.0.1:13100"},
    paths={"/etc/prometheus": "/here/config/prometheus", "/run/secrets/watchkeeper": "/here/secrets"},
)


def rendered(text: str, **changes: Any) -> Any:
    """Render a file and read it back."""
    return yaml.safe_load(render_file(text, Rendering(addresses=RENDERING.addresses, paths=RENDERING.paths, **changes)))


@pytest.mark.parametrize(
    ("shipped", "expected"),
    [
        pytest.param("['exporter:4318']", ["127.0.0.1:14318"], id="a target"),
        pytest.param("http://exporter:4318/v1/alerts", "http://127.0.0.1:14318/v1/alerts", id="a URL"),
        pytest.param("my-exporter:4318", "my-exporter:4318", id="another host with the same end"),
        pytest.param("exporter:43180", "exporter:43180", id="another port with the same start"),
        pytest.param("/etc/prometheus/rules/*.yml", "/here/config/prometheus/rules/*.yml", id="a path"),
        pytest.param("/etc/prometheus-old/x", "/etc/prometheus-old/x", id="another folder with the same start"),
        pytest.param("/etc/prometheus", "/here/config/prometheus", id="the folder itself"),
        pytest.param("rules/*.yml", "rules/*.yml", id="a relative path"),
        pytest.param("15", 15, id="a number"),
    ],
)
def test_places_are_replaced(shipped: str, expected: object) -> None:
    """Addresses and folders change, everything else stays."""
    assert rendered(f"key: {shipped}")["key"] == expected


def test_a_folder_with_a_backslash_is_taken_literally() -> None:
    """Nothing in a folder's name is a pattern."""
    rendering = Rendering(addresses={}, paths={"/etc/prometheus": r"/a\1b"})

    assert yaml.safe_load(render_file("key: /etc/prometheus/x", rendering))["key"] == r"/a\1b/x"


def test_environment_references_stay_plain() -> None:
    """Loki and Promtail fill in the environment before they parse, so nothing may be quoted around it."""
    text = render_file("server:\n  http_listen_port: ${LOKI_HTTP_PORT:-3100}\n", RENDERING)

    assert "http_listen_port: ${LOKI_HTTP_PORT:-3100}\n" in text


def test_waiting_times_are_scaled_and_others_are_not() -> None:
    """What waits or repeats gets shorter; retention and the thresholds in a query stay."""
    shipped = """
    scrape_interval: 15s
    retention: {time: 15d}
    groups:
      - interval: 1m
        rules: [{alert: A, for: 5m, keep_firing_for: 0s, expr: "rate(x[5m]) > 5"}]
    """

    tree = rendered(shipped, time_scale=60)

    assert tree["scrape_interval"] == "1s"
    assert tree["retention"] == {"time": "15d"}
    rule = tree["groups"][0]["rules"][0]
    assert rule == {"alert": "A", "for": "5s", "keep_firing_for": "0s", "expr": "rate(x[5s]) > 5"}


def test_scale_one_changes_no_time() -> None:
    """The shipped timing is what `watchkeeper up` runs with."""
    assert rendered("for: 5m")["for"] == "5m"


def test_an_address_outside_can_be_another() -> None:
    """A receiver of a test takes the place of PagerDuty, whose address is in the file like any other."""
    events = "https://events.pagerduty.com/v2/enqueue"

    tree = render_file(f"pagerduty_url: {events}", Rendering(addresses={events: "http://127.0.0.1:1/v2"}, paths={}))

    assert yaml.safe_load(tree) == {"pagerduty_url": "http://127.0.0.1:1/v2"}


@pytest.mark.parametrize("folder", ["prometheus", "alertmanager", "loki", "promtail"])
def test_no_container_address_or_folder_is_left(project: Path, places: Places, folder: str) -> None:
    """After rendering, no shipped file is about hosts or folders that exist in containers only."""
    rendering = rendering_for(places, read_settings(places.root, {}))
    files = [path for path in (project / folder).rglob("*.yml") if path.parent != project / "prometheus" / "tests"]

    texts = [render_file(path.read_text(encoding="utf-8"), rendering) for path in files]

    assert texts
    for text in texts:
        assert not re.search(r"//(exporter|prometheus|alertmanager|loki|promtail)\b(?!})", _without_defaults(text))
        assert not re.search(r"(?<![\w./-])/(run/secrets|etc)/", _without_defaults(text))


def test_folders_that_prometheus_watches_are_there(project: Path, places: Places) -> None:
    """It would report an error every 5 minutes, and the dashboard of the stack would show nothing else."""
    rendering = rendering_for(places, read_settings(places.root, {}))
    places.make()

    tree = yaml.safe_load(render_file((project / "prometheus" / "prometheus.yml").read_text("utf-8"), rendering))
    lists = [one for job in tree["scrape_configs"] for one in job.get("file_sd_configs", [])]
    watched = [Path(file).parent for one in lists for file in one["files"] if file.startswith("/")]

    assert watched
    assert all(folder.is_dir() for folder in watched), watched


def _without_defaults(text: str) -> str:
    """The defaults of ${NAME:-default} hold in containers; the processes set each of these names."""
    return re.sub(r"\$\{[^{}]*\}", "", text)
