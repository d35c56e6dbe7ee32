"""The one-shot setup: what it reads, writes and leaves alone."""

import json
from pathlib import Path

import pytest
import yaml

from watchkeeper.config.setup import ensure_password, new_password, run_setup, secret_problem
from watchkeeper.errors import ConfigError


def environment(tmp_path: Path, alertmanager: str) -> dict[str, str]:
    """Lay out an Alertmanager folder and return the variables that name it."""
    source = tmp_path / "alertmanager"
    (source / "templates").mkdir(parents=True)
    (source / "alertmanager.yml").write_text(alertmanager)
    (source / "templates" / "slack.tmpl").write_text("{{ define }}")
    return {"WATCHKEEPER_ALERTMANAGER_DIR": str(source), "WATCHKEEPER_RUNTIME_DIR": str(tmp_path / "runtime")}


def test_a_setup_without_secrets_writes_what_can_run(tmp_path: Path) -> None:
    """Config, templates and receivers.json appear, the integration without a secret is off with its reason."""
    config = "receivers: [{name: high, slack_configs: [{api_url_file: slack_api_url}]}]"
    environ = environment(tmp_path, config)

    run_setup(environ)

    runtime = tmp_path / "runtime"
    written = yaml.safe_load((runtime / "alertmanager/alertmanager.yml").read_text())
    assert written == {"receivers": [{"name": "high"}]}
    assert (runtime / "alertmanager/templates/slack.tmpl").is_file()
    assert json.loads((runtime / "receivers.json").read_text()) == [
        {"receiver": "high", "integration": "slack", "configured": False, "reason": "slack_api_url: no such file"}
    ]


def test_a_second_setup_follows_changed_secrets_and_templates(tmp_path: Path) -> None:
    """A secret that came makes its integration run, a template that went is gone."""
    environ = environment(tmp_path, "receivers: [{name: high, slack_configs: [{api_url_file: slack_api_url}]}]")
    run_setup(environ)
    (tmp_path / "alertmanager/slack_api_url").write_text("http://127.0.0.1/x\n")
    (tmp_path / "alertmanager/templates/slack.tmpl").unlink()

    statuses = run_setup(environ)

    assert [status.configured for status in statuses] == [True]
    assert not list((tmp_path / "runtime/alertmanager/templates").iterdir())


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        pytest.param(b"https://hooks.example/x\n", "", id="a value is fine"),
        pytest.param(b"\xff\xfe", "", id="any bytes are a value"),
        pytest.param(b"", "the file is empty", id="nothing is empty"),
        pytest.param(b" \n\t\n", "the file is empty", id="blank space is empty"),
        pytest.param(None, "no such file", id="a missing file is named so"),
    ],
)
def test_a_secret_is_evaluated_by_its_content(tmp_path: Path, content: bytes | None, problem: str) -> None:
    """Only a file with something in it is a secret."""
    path = tmp_path / "secret"
    if content is not None:
        path.write_bytes(content)

    assert secret_problem(path, "auth_password_file") == problem


def test_a_folder_in_the_place_of_a_secret_is_a_problem(tmp_path: Path) -> None:
    """Docker makes a folder where a mounted file is missing; that is no secret either."""
    assert secret_problem(tmp_path, "api_url_file") == "cannot be read: Is a directory"


def test_a_secret_of_someone_else_names_the_cure(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An unreadable file is distinguished from a missing one."""

    def refuse(_: Path) -> bytes:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "read_bytes", refuse)

    assert "may not read it (make secrets)" in secret_problem(tmp_path / "secret", "api_url_file")


def test_the_password_is_made_once(tmp_path: Path) -> None:
    """The first setup makes it, unreadable for others; later ones leave it alone."""
    path = tmp_path / "grafana" / "admin_password"

    ensure_password(path)
    first = path.read_text()
    ensure_password(path)

    assert path.read_text() == first
    assert len(first) == 32
    assert path.stat().st_mode & 0o777 == 0o440


@pytest.mark.parametrize(
    ("text", "message"),
    [
        pytest.param("- a list", "must be a mapping, got list", id="a list is no configuration"),
        pytest.param("a: [", "must be valid YAML", id="broken YAML is reported as such"),
    ],
)
def test_a_file_that_is_no_configuration_is_refused(tmp_path: Path, text: str, message: str) -> None:
    """The error names the file and the rule."""
    with pytest.raises(ConfigError, match=message):
        run_setup(environment(tmp_path, text))


def test_a_missing_folder_is_a_sentence(tmp_path: Path) -> None:
    """The user reads which path is wrong, not a traceback."""
    environ = {"WATCHKEEPER_ALERTMANAGER_DIR": str(tmp_path / "nowhere"), "WATCHKEEPER_RUNTIME_DIR": str(tmp_path)}

    with pytest.raises(ConfigError, match="nowhere"):
        run_setup(environ)


def test_watchkeeper_yml_is_written_into_what_runs(tmp_path: Path) -> None:
    """A team, a mail server and quiet hours of the one file that users edit reach Alertmanager's copy."""
    environ = environment(
        tmp_path,
        "global: {smtp_smarthost: 'smtp.example.com:587', smtp_auth_password_file: password}\n"
        "time_intervals: [{name: quiet-hours-low, time_intervals: []}]\n"
        "route: {receiver: high, routes: [{receiver: high}]}\n"
        "receivers: [{name: high, slack_configs: [{api_url_file: slack}]}, {name: digest, email_configs: [{to: a@b}]}]",
    )
    file = tmp_path / "watchkeeper.yml"
    file.write_text(
        "teams: [{name: search, services: [a], notify: {slack: slack.search}}]\n"
        "notify: {email: {smarthost: 'mail.x.y:25', from: a@x.y, to: b@x.y}, quiet_hours: {from: 20:00, to: 08:00}}\n"
    )
    (tmp_path / "alertmanager/slack.search").write_text("https://hooks.example/search")

    run_setup({**environ, "WATCHKEEPER_CONFIG": str(file)})

    written = yaml.safe_load((tmp_path / "runtime/alertmanager/alertmanager.yml").read_text())
    assert written["global"] == {
        "smtp_smarthost": "mail.x.y:25",
        "smtp_from": "a@x.y",
        "smtp_auth_username": "",
        "smtp_require_tls": True,
    }
    assert written["time_intervals"][0]["time_intervals"][0]["times"][1] == {"start_time": "20:00", "end_time": "24:00"}
    assert written["route"]["routes"][0]["routes"] == [{"matchers": ['team="search"'], "receiver": "high-search"}]
    assert written["receivers"] == [
        {"name": "high"},
        {"name": "digest", "email_configs": [{"to": "b@x.y"}]},
        {"name": "high-search", "slack_configs": [{"api_url_file": "slack.search"}]},
    ]


def test_errors_of_watchkeeper_yml_stop_the_setup(tmp_path: Path) -> None:
    """A channel that is none would be found out when the first alert is lost."""
    environ = environment(tmp_path, "receivers: []")
    file = tmp_path / "watchkeeper.yml"
    file.write_text("teams: [{name: search, services: [a], notify: {slack: a/b}}]")

    with pytest.raises(ConfigError, match=r"teams\[0\]\.notify\.slack must be"):
        run_setup({**environ, "WATCHKEEPER_CONFIG": str(file)})


def test_a_new_password_takes_the_place_of_the_old_one(tmp_path: Path) -> None:
    """What was asked to someone who left is no longer there."""
    path = tmp_path / "admin_password"
    ensure_password(path)
    old = path.read_text()

    new_password(path)

    assert path.read_text() != old
    assert path.stat().st_mode & 0o777 == 0o440
