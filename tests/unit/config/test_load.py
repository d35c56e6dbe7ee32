import re
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from watchkeeper.config import load_config
from watchkeeper.config.load import no_headers
from watchkeeper.config.schema import DEFAULT_THRESHOLDS
from watchkeeper.config.thresholds import ALERT_LIMITS
from watchkeeper.errors import ConfigError

ROOT = Path(__file__).parents[3]


def written(directory: Path, content: str) -> Path:
    """A watchkeeper.yml of this content."""
    file = directory / "watchkeeper.yml"
    file.write_text(content)
    return file


def test_nothing_at_all_is_valid() -> None:
    """Without file and environment everything has its default."""
    config = load_config(None, {})

    assert (config.host, config.port, config.file_hash) == ("127.0.0.1", 4318, "")
    assert (config.state_dir, config.runbooks_dir, config.receivers_file) == (None, None, None)
    assert config.file.alerts == DEFAULT_THRESHOLDS
    assert dict(config.dependencies) == {}
    assert config.scrape_overdue_seconds == 120


def test_the_shipped_file_is_valid() -> None:
    """The watchkeeper.yml of the project loads, and changes no default."""
    config = load_config(ROOT / "watchkeeper.yml", {})

    assert config.file.model_dump() == load_config(None, {}).file.model_dump()
    assert len(config.file_hash) == 12


def test_the_shipped_file_shows_every_limit_with_its_default_and_meaning() -> None:
    """Whoever tunes an alert finds its line in the file, commented out and up to date."""
    text = (ROOT / "watchkeeper.yml").read_text()

    shown = [line for line in text.splitlines() if re.match(r"#  \w+: {default", line)]
    defaults = ["null" if limit.default is None else f"{limit.default:g}" for limit in ALERT_LIMITS]
    expected = zip(ALERT_LIMITS, defaults, strict=True)
    assert shown == [f"#  {limit.alert}: {{default: {default}}} # {limit.meaning}" for limit, default in expected]


@pytest.mark.parametrize(
    "content",
    ["", "# nothing\n", "---\n", "teams:\nprices:\nalerts:\nlimits:\n"],
    ids=["empty", "only a comment", "only a marker", "every section commented out"],
)
def test_a_file_that_says_nothing_is_valid(content: str, tmp_path: Path) -> None:
    """A file without settings leaves every default."""
    assert load_config(written(tmp_path, content), {}).file.alerts == DEFAULT_THRESHOLDS


def test_a_full_file(tmp_path: Path) -> None:
    """Every section is read, money exactly."""
    file = written(
        tmp_path,
        """
teams:
  - name: search
    services: [search-api, "search-*"]
prices:
  - {model: "house-*", provider: us, input: 0.1, output: "0.2", cached_input: 0.05, from: 2026-01-31}
alerts:
  LLMErrorRateHigh: {default: 0.1, services: {shop: 0.2}}
limits: {max_body_bytes: 100, max_in_flight_bytes: 200, label_values: {model: 400}}
""",
    )

    config = load_config(file, {}).file

    assert [(team.name, team.services) for team in config.teams] == [("search", ("search-api", "search-*"))]
    (price,) = config.prices
    assert (price.input, price.output, price.cached_input) == (Decimal("0.1"), Decimal("0.2"), Decimal("0.05"))
    assert (price.cache_write, price.start, price.provider) == (None, date(2026, 1, 31), "us")
    assert config.alerts["LLMErrorRateHigh"].services == {"shop": 0.2}
    assert config.alerts["LLMLatencyHigh"] == DEFAULT_THRESHOLDS["LLMLatencyHigh"]
    assert (config.limits.max_body_bytes, config.limits.max_in_flight_bytes) == (100, 200)
    assert config.limits.label_values == {"model": 400}


def test_what_an_anchor_merges_in_may_be_overridden(tmp_path: Path) -> None:
    """YAML's merge key is no key given twice."""
    file = written(
        tmp_path,
        "prices: [&base {model: a, input: 1, output: 2}, {<<: *base, model: b}]",
    )

    assert [price.model for price in load_config(file, {}).file.prices] == ["a", "b"]


def test_the_environment(tmp_path: Path) -> None:
    """Every variable has its place; addresses lose their last slash; an empty one is as good as none."""
    file = written(tmp_path, "{}")

    config = load_config(
        None,
        {
            "WATCHKEEPER_CONFIG": str(file),
            "WATCHKEEPER_HOST": "0.0.0.0",
            "WATCHKEEPER_PORT": "0",
            "WATCHKEEPER_STATE_DIR": "/state",
            "WATCHKEEPER_RUNBOOKS": "/runbooks",
            "WATCHKEEPER_RECEIVERS": "/receivers.json",
            "WATCHKEEPER_USER_HASH_KEY": "secret",
            "WATCHKEEPER_SCRAPE_OVERDUE_SECONDS": "0",
            "WATCHKEEPER_PROMETHEUS_URL": "http://prometheus:9090/",
            "WATCHKEEPER_LOKI_URL": "",
        },
    )

    assert (config.host, config.port, config.user_hash_key) == ("0.0.0.0", 0, "secret")
    assert (config.state_dir, config.runbooks_dir) == (Path("/state"), Path("/runbooks"))
    assert config.receivers_file == Path("/receivers.json")
    assert config.scrape_overdue_seconds == 0
    assert dict(config.dependencies) == {"prometheus": "http://prometheus:9090"}
    assert config.file_hash != ""


def test_a_process_that_forwards_nothing_reads_no_keys(tmp_path: Path) -> None:
    """The file of keys may be out of its reach; the destination itself is known."""
    file = written(tmp_path, "forward: [{name: tempo, endpoint: 'http://tempo:4318', headers_file: not-mounted}]")

    config = load_config(file, {}, no_headers)

    assert ([found.name for found in config.file.forward], dict(config.forward_headers)) == (["tempo"], {})


def test_the_argument_wins_over_the_environment(tmp_path: Path) -> None:
    """A file named on the command line is the one that is read."""
    file = written(tmp_path, "limits: {max_body_bytes: 7}")

    config = load_config(file, {"WATCHKEEPER_CONFIG": "/nowhere.yml"})

    assert config.file.limits.max_body_bytes == 7


@pytest.mark.parametrize("port", ["http", "70000", "-1", "1.5", "²", "9" * 5000], ids=lambda text: text[:8])
def test_a_port_is_a_number(port: str) -> None:
    """Whatever stands for a port is refused with a sentence."""
    with pytest.raises(ConfigError, match="WATCHKEEPER_PORT must be a number from 0 to 65535, got '"):
        load_config(None, {"WATCHKEEPER_PORT": port})


@pytest.mark.parametrize("seconds", ["2m", "-1", "1.5", "1000000"])
def test_a_scrape_is_overdue_after_whole_seconds(seconds: str) -> None:
    """Anything else is refused with a sentence that says so."""
    with pytest.raises(ConfigError, match="WATCHKEEPER_SCRAPE_OVERDUE_SECONDS must be whole seconds, 0 for never, got"):
        load_config(None, {"WATCHKEEPER_SCRAPE_OVERDUE_SECONDS": seconds})


@pytest.mark.parametrize(
    ("name", "why"),
    [("nowhere.yml", "No such file or directory"), ("", "Is a directory")],
    ids=["a file that is not there", "a directory"],
)
def test_a_file_that_cannot_be_read(name: str, why: str, tmp_path: Path) -> None:
    """The path and the system's reason are reported."""
    path = tmp_path / name

    with pytest.raises(ConfigError) as refused:
        load_config(path, {})

    assert str(refused.value) == f"{path}: must be a readable file, got {why}"
