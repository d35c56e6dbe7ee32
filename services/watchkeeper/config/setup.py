"""What must be true before the other services start: a runnable Alertmanager file, Grafana's sources and password.

The shell around `receivers`, `team_routes` and `mail_and_hours`. `watchkeeper setup` calls `run_setup`; it may
run again at any time and changes nothing that is right already.
"""

import os
import secrets
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

from watchkeeper.config import fast_yaml
from watchkeeper.config.addresses import with_addresses
from watchkeeper.config.alerts_token import FILE as ALERTS_TOKEN
from watchkeeper.config.alerts_token import with_alerts_token
from watchkeeper.config.inbox import is_wanted, with_inbox
from watchkeeper.config.integrations import MISSING
from watchkeeper.config.langfuse import LAST as LANGFUSE_LAST
from watchkeeper.config.langfuse import langfuse_files
from watchkeeper.config.load import load_file
from watchkeeper.config.mail_and_hours import with_mail_server, with_quiet_hours
from watchkeeper.config.profiles import profiles_of, targets_of, with_sources
from watchkeeper.config.receiver_status import ReceiverStatus, write_statuses
from watchkeeper.config.receivers import IN_CONTAINERS, prune, secret_files
from watchkeeper.config.schema import ConfigFile
from watchkeeper.config.secret_content import problem_of_content
from watchkeeper.config.team_routes import with_shared_channels, with_teams
from watchkeeper.config.topic import with_topic, without_credentials
from watchkeeper.errors import ConfigError

# What is said of a file that is another user's.
NOT_READABLE = "may not read it"

# 24 bytes of randomness are 32 characters that need no quoting in a shell or a URL.
PASSWORD_BYTES = 24


def run_setup(environ: Mapping[str, str]) -> tuple[ReceiverStatus, ...]:
    """Write the Alertmanager folder that runs, receivers.json and, where asked for, Grafana's password.

    Reads WATCHKEEPER_ALERTMANAGER_DIR, WATCHKEEPER_RUNTIME_DIR and, optionally, WATCHKEEPER_CONFIG,
    WATCHKEEPER_INBOX, WATCHKEEPER_PROFILES, WATCHKEEPER_GRAFANA_DIR, WATCHKEEPER_LANGFUSE_DIR and
    WATCHKEEPER_GRAFANA_PASSWORD_FILE.
    Raises ConfigError when watchkeeper.yml has errors or a folder cannot be read or written.
    """
    source = Path(environ.get("WATCHKEEPER_ALERTMANAGER_DIR") or "alertmanager")
    runtime = Path(environ.get("WATCHKEEPER_RUNTIME_DIR") or ".watchkeeper/runtime")
    password = environ.get("WATCHKEEPER_GRAFANA_PASSWORD_FILE")
    try:
        _copy_templates(source / "templates", runtime / "alertmanager" / "templates")
        statuses = write_alertmanager(
            source / "alertmanager.yml",
            runtime / "alertmanager" / "alertmanager.yml",
            runtime / "receivers.json",
            settings=load_file(Path(named)) if (named := environ.get("WATCHKEEPER_CONFIG")) else ConfigFile(),
            inbox=environ.get("WATCHKEEPER_INBOX", ""),
        )
        write_profiles(environ, runtime)
        if password:
            ensure_password(Path(password))
    except OSError as problem:
        raise ConfigError([f"setup: {problem.filename} must be usable, got {problem.strerror}"]) from problem
    return statuses


def write_alertmanager(
    source: Path,
    target: Path,
    receivers_file: Path,
    *,
    settings: ConfigFile,
    inbox: str = "",
    secrets_dir: Path = Path(IN_CONTAINERS),
) -> tuple[ReceiverStatus, ...]:
    """Write the file that runs to `target` and each integration's state to `receivers_file`.

    It is `source` with what watchkeeper.yml (`settings`) says of mail, quiet hours and teams, without what cannot run.
    `inbox` is 1 for the exporter's inbox beside them, 0 for none, and empty for one where nobody is reached otherwise.
    What it delivers to the exporter bears a secret, made beside `receivers_file` unless it is there.
    `secrets_dir` is the folder of secrets, as this process and Alertmanager see it. `target` may be `source`.
    ConfigError when `source` is not a YAML mapping, OSError on trouble with files.
    """
    config = with_settings(_read(source), settings, secrets_dir)
    problems = {name: secret_problem(source.parent / name, key) for name, key in secret_files(config).items()}
    pruned = prune(config, problems)
    runnable = with_shared_channels(without_credentials(pruned.config), settings.teams)
    statuses = pruned.statuses
    if is_wanted(inbox, statuses):
        runnable, more = with_inbox(runnable, config)
        statuses += more
    token = receivers_file.with_name(ALERTS_TOKEN)
    ensure_password(token)
    runnable = with_alerts_token(runnable, token)
    _write(target, fast_yaml.dump(runnable))
    _write(receivers_file, write_statuses(statuses))
    return statuses


def with_settings(config: Mapping[str, Any], settings: ConfigFile, secrets_dir: Path) -> dict[str, Any]:
    """Put what watchkeeper.yml says of notifications into Alertmanager's tree."""
    notify = settings.notify
    addressed = with_topic(with_mail_server(with_addresses(config, notify), notify.email), notify.sns, secrets_dir)
    return with_teams(with_quiet_hours(addressed, notify.quiet_hours), settings.teams)


def write_profiles(environ: Mapping[str, str], runtime: Path) -> None:
    """Write what the profiles that are on bring: targets for Prometheus, Grafana's data sources, Langfuse's secrets.

    WATCHKEEPER_GRAFANA_DIR is Grafana's folder of the project; without it there is no Grafana to write for.
    """
    profiles = profiles_of(environ)
    if "langfuse" in profiles and environ.get("WATCHKEEPER_LANGFUSE_DIR"):
        ensure_langfuse(Path(environ["WATCHKEEPER_LANGFUSE_DIR"]))
    _write(runtime / "targets" / "profiles.yml", fast_yaml.dump(targets_of(profiles)))
    grafana = environ.get("WATCHKEEPER_GRAFANA_DIR")
    if not grafana:
        return
    shipped, target = Path(grafana) / "provisioning", runtime / "grafana" / "provisioning"
    for file in shipped.rglob("*.yml"):
        _write(target / file.relative_to(shipped), file.read_text(encoding="utf-8"))
    sources = target / "datasources" / "watchkeeper.yml"
    for extra in sorted((Path(grafana) / "profiles").glob("*.yml")):
        if extra.stem in profiles:
            _write(sources, fast_yaml.dump(with_sources(_read(sources), _read(extra))))


def secret_problem(path: Path, key: str) -> str:
    """Say why the secret file that ``key`` of alertmanager.yml names cannot be used; empty when it can."""
    try:
        return problem_of_content(key, path.read_bytes())
    except FileNotFoundError:
        return MISSING
    except PermissionError:
        return f"uid {os.getuid()} {NOT_READABLE} (make secrets)"
    except OSError as problem:
        return f"cannot be read: {problem.strerror}"


def ensure_password(path: Path) -> None:
    """Make a password once; owner and group may read it, no one else."""
    if path.exists() and path.stat().st_size:
        return
    new_password(path)


def new_password(path: Path) -> None:
    """Make a password in the place of the one that is there; the setup service's group, Grafana's too, may read it."""
    _write(path, secrets.token_urlsafe(PASSWORD_BYTES), mode=0o440)


def ensure_langfuse(folder: Path) -> None:
    """Make Langfuse's secrets and its bucket once; the services of the setup service's group may read them."""
    if not (folder / LANGFUSE_LAST).exists():
        for name, text in langfuse_files(secrets.token_hex).items():
            _write(folder / name, text, mode=0o440)
    bucket = folder / "s3" / "langfuse"
    if not bucket.exists():
        bucket.mkdir(parents=True)
        # The store has another user id and the same group.
        bucket.chmod(0o775)


def _read(source: Path) -> dict[str, object]:
    try:
        config = fast_yaml.load(source.read_bytes())
    except yaml.YAMLError as problem:
        raise ConfigError([f"{source}: the file must be valid YAML, got {problem}"]) from problem
    if not isinstance(config, dict):
        raise ConfigError([f"{source}: the file must be a mapping, got {type(config).__name__}"])
    return config


def _copy_templates(source: Path, target: Path) -> None:
    target.mkdir(parents=True, exist_ok=True)
    wanted = {template.name: template for template in source.glob("*.tmpl")}
    for stale in (old for old in target.glob("*.tmpl") if old.name not in wanted):
        stale.unlink()
    for name, template in wanted.items():
        shutil.copyfile(template, target / name)


def _write(path: Path, text: str, *, mode: int = 0o644) -> None:
    """Replace a file at once, so that no reader ever sees half of it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(path.name + ".new")
    draft.unlink(missing_ok=True)
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode), "w", encoding="utf-8") as file:
        os.fchmod(file.fileno(), mode)
        file.write(text)
    draft.replace(path)
