"""The exporter as a whole: what outlives a restart, what it says of itself, what stays private."""

import io
import json
import socket
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest
from starlette.testclient import TestClient
from tests.support.exporter import ExporterInTest, run_exporter

from watchkeeper.config import ConfigFile, load_config
from watchkeeper.config.hash_key import user_hash_key
from watchkeeper.errors import ConfigError, WatchkeeperError
from watchkeeper.exporter.app import build_app, serve
from watchkeeper.prices.own_prices import own_prices

CALL = {
    "type": "llm_call",
    "service": "shop",
    "model": "gpt-4o-mini",
    "input_tokens": 100,
    "output_tokens": 20,
    "duration_seconds": 1.5,
}


def births(exporter: ExporterInTest) -> list[str]:
    """When each series of the applications' metrics was born."""
    lines = exporter.exposition("application/openmetrics-text").splitlines()
    return sorted(line for line in lines if line.startswith("llm_") and "_created" in line)


def test_counters_outlive_a_restart(tmp_path: Path) -> None:
    """What was counted before the stop is counted on, also money, in the old series."""
    environ = {"WATCHKEEPER_STATE_DIR": str(tmp_path)}
    with run_exporter(environ) as first:
        first.post_events(CALL)
        cost = first.value("llm_cost_dollars_total")
        born = births(first)

    with run_exporter(environ) as second:
        second.post_events(CALL)

        assert second.value("llm_requests_total") == 2
        assert second.value("llm_request_duration_seconds_count") == 2
        assert second.value("llm_cost_dollars_total") == 2 * cost
        assert births(second) == born
    (started,) = second.lines("exporter_started")
    assert started["restored_series"] > 0


def test_a_stop_that_cannot_save_the_counters_ends_well_and_says_so(tmp_path: Path) -> None:
    """It costs no log line, and no call: the next start counts it from the journal."""
    environ = {"WATCHKEEPER_STATE_DIR": str(tmp_path)}
    with run_exporter(environ) as first:
        first.post_events(CALL)
        (tmp_path / "counters.msgpack.new").mkdir()

    with run_exporter(environ) as second:
        assert second.value("llm_requests_total") == 1
    assert first.lines("counters_unsaved")
    assert len(first.lines("exporter_stopped")) == 1


def test_restored_services_have_their_limits_at_once(tmp_path: Path) -> None:
    """A rule that joins on the limit sees it before the service calls again."""
    environ = {"WATCHKEEPER_STATE_DIR": str(tmp_path)}
    with run_exporter(environ) as first:
        first.post_events(CALL)

    with run_exporter(environ) as second:
        assert second.value("llm_alert_threshold", alert="LLMErrorRateHigh", service="shop") == 0.05


def test_without_a_state_directory_a_restart_begins_anew() -> None:
    """Nothing is written where no one said so."""
    with run_exporter() as first:
        first.post_events(CALL)

    with run_exporter() as second:
        assert second.value("llm_requests_total") == 0


def test_limits_are_reported_for_each_service(tmp_path: Path) -> None:
    """A service has the limit of its own, else the default; one that is configured has it before its first call."""
    file = tmp_path / "watchkeeper.yml"
    file.write_text("alerts: {LLMErrorRateHigh: {default: 0.1, services: {batch: 0.5}}}")
    with run_exporter(config=file) as exporter:
        exporter.post_events(CALL)

        limits = {
            sample.labels["service"]: sample.value
            for sample in exporter.samples("llm_alert_threshold")
            if sample.labels["alert"] == "LLMErrorRateHigh"
        }
    assert limits == {"batch": 0.5, "shop": 0.1}


def test_limits_of_scraped_services_are_reported_without_knowing_them(tmp_path: Path) -> None:
    """One sample stands for every service that Prometheus scrapes, one for each exception, none for who sends calls."""
    file = tmp_path / "watchkeeper.yml"
    file.write_text("alerts: {ServiceErrorRateHigh: {default: 0.1, services: {batch: 0.5}}}")
    with run_exporter(config=file) as exporter:
        exporter.post_events(CALL)

        limits = {
            sample.labels["service"]: sample.value
            for sample in exporter.samples("llm_alert_threshold")
            if sample.labels["alert"] == "ServiceErrorRateHigh"
        }
    assert limits == {"*": 0.1, "batch": 0.5}


def test_a_limit_of_no_service_is_reported_once(tmp_path: Path) -> None:
    """It is there before the first call, and no service has another one."""
    file = tmp_path / "watchkeeper.yml"
    file.write_text("alerts: {LLMSpenderOutOfLine: {default: 7}}")
    with run_exporter(config=file) as exporter:
        exporter.post_events(CALL)

        limits = [s for s in exporter.samples("llm_alert_threshold") if s.labels["alert"] == "LLMSpenderOutOfLine"]
    assert [(limit.labels.get("service"), limit.value) for limit in limits] == [(None, 7)]


def test_teams_and_prices_of_the_file_are_in_force(tmp_path: Path) -> None:
    """watchkeeper.yml gives the service its team and the model its price."""
    file = tmp_path / "watchkeeper.yml"
    file.write_text(
        "teams: [{name: search, services: [sh*]}]\nprices: [{model: house-*, input: 1, output: 2, from: 2026-01-01}]"
    )
    with run_exporter(config=file) as exporter:
        exporter.post_events({**CALL, "model": "house-1", "input_tokens": 10**6, "output_tokens": 10**6})

        assert exporter.value("llm_cost_dollars_total", team="search", model="house-1") == 3
    (line,) = exporter.lines("llm_call_completed")
    assert (line["price_source"], line["price_date"]) == ("override", "2026-01-01")
    assert Decimal(line["cost_usd"]) == 3


def test_no_line_has_a_raw_user_id() -> None:
    """Users appear by their keyed hash alone, the same for the same user."""
    with run_exporter() as exporter:
        exporter.post_events({**CALL, "user_id": "user-42"}, {**CALL, "user_id": "user-42"}, {**CALL, "user_id": "b"})

    hashes = [line["user_hash"] for line in exporter.lines("llm_call_completed")]
    assert hashes[0] == hashes[1] != hashes[2]
    assert "user-42" not in json.dumps(exporter.lines())


def test_the_first_and_the_last_line() -> None:
    """A start says what is active; a stop is the last word."""
    with run_exporter() as exporter:
        pass

    lines = exporter.lines()
    assert (lines[0]["event"], lines[-1]["event"]) == ("exporter_started", "exporter_stopped")
    assert lines[0]["config_hash"] == "defaults"


def test_cached_tokens_cost_what_input_costs_unless_reported() -> None:
    """A price without its own for cached tokens takes that of input; without a day it was always valid."""
    reported = {"model": "m", "input": "2", "output": "8"}
    file = ConfigFile.model_validate({"prices": [reported, {**reported, "cached_input": "0", "from": "2026-01-01"}]})

    plain, own = own_prices(file)

    assert (plain.cached_input, plain.cache_write, plain.start) == (Decimal(2), Decimal(2), date.min)
    assert (own.cached_input, own.cache_write, own.start) == (Decimal(0), Decimal(2), date(2026, 1, 1))


def test_the_key_of_user_hashes(tmp_path: Path) -> None:
    """From the environment; else made once and kept, readable by its owner alone; else for this run only."""
    state = tmp_path / "state"
    reported = load_config(None, {"WATCHKEEPER_USER_HASH_KEY": "secret", "WATCHKEEPER_STATE_DIR": str(state)})
    kept = load_config(None, {"WATCHKEEPER_STATE_DIR": str(state)})
    nothing = load_config(None, {})

    assert user_hash_key(reported.user_hash_key, reported.state_dir) == b"secret"
    assert user_hash_key("", kept.state_dir) == user_hash_key("", kept.state_dir)
    assert user_hash_key("", nothing.state_dir) != user_hash_key("", nothing.state_dir)
    (file,) = state.iterdir()
    assert file.stat().st_mode & 0o077 == 0


def test_an_address_in_use_is_a_sentence() -> None:
    """The port that another program holds is named, with what to do."""
    with socket.create_server(("127.0.0.1", 0)) as holder:
        port = holder.getsockname()[1]
        with pytest.raises(WatchkeeperError) as refused:
            serve(host="127.0.0.1", port=port, config_path=None)

    assert str(refused.value).startswith(f"cannot listen on 127.0.0.1:{port}: ")
    assert "choose another with --port" in str(refused.value)


def test_a_closed_stream_does_not_stop_the_exporter() -> None:
    """When no one reads the lines any more, telemetry is still counted, and the loss too."""
    stream = io.BytesIO()
    stream.close()
    with TestClient(build_app(load_config(None, {}), stream)) as client:
        assert client.post("/v1/events", json=[CALL]).status_code == 200


def test_an_empty_key_file_is_made_anew(tmp_path: Path) -> None:
    """A key file that a crash left empty would hash every user alike."""
    (tmp_path / "user_hash.key").touch()

    assert len(user_hash_key("", tmp_path)) == 32


def test_a_state_directory_that_cannot_be_used_is_reported(tmp_path: Path) -> None:
    """A file in the directory's place is an error of the configuration, reported in a sentence."""
    (tmp_path / "state").touch()

    with pytest.raises(ConfigError, match="WATCHKEEPER_STATE_DIR must be a directory"):
        user_hash_key("", tmp_path / "state")
