"""A profile that is on brings its destination, targets and data sources; one that is off leaves nothing behind."""

import base64
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import yaml

from watchkeeper.config import profiles
from watchkeeper.config.load import load_config, no_headers
from watchkeeper.config.profiles import profiles_of, targets_of, with_sources
from watchkeeper.config.setup import write_profiles

PROJECT = Path(__file__).resolve().parents[3]
TEMPO = {"WATCHKEEPER_TEMPO_URL": "http://tempo:4318"}


@pytest.mark.parametrize(
    ("on", "names"),
    [("", []), ("host,tls", []), ("tracing", ["tempo"]), ("host, tracing", ["tempo"])],
    ids=["none", "others", "tracing", "among others"],
)
def test_traces_go_to_tempo_with_its_profile_alone(on: str, names: list[str]) -> None:
    """Without Tempo nothing would take them, and that would be reported as dropped."""
    config = load_config(None, {**TEMPO, "WATCHKEEPER_PROFILES": on})

    assert [destination.name for destination in config.file.forward] == names
    assert set(config.forward_headers) == set(names)


def test_a_destination_of_the_same_name_in_the_file_wins(tmp_path: Path) -> None:
    """Who says in watchkeeper.yml how Tempo is reached is not overruled, nor sent twice."""
    file = tmp_path / "watchkeeper.yml"
    file.write_text("forward: [{name: tempo, endpoint: 'http://elsewhere:4318'}]")

    config = load_config(file, {**TEMPO, "WATCHKEEPER_PROFILES": "tracing"})

    assert [destination.endpoint for destination in config.file.forward] == ["http://elsewhere:4318"]


def test_targets_are_those_of_the_profiles_that_are_on() -> None:
    """A target of a profile that is off would be reported as down."""
    assert targets_of(frozenset()) == []
    assert [target["targets"] for target in targets_of(profiles_of({"WATCHKEEPER_PROFILES": "host"}))] == [
        ["node-exporter:9100"]
    ]


def written_sources(tmp_path: Path, on: str) -> dict[str, Any]:
    """What Grafana is given, by the name of the source."""
    environ = {"WATCHKEEPER_PROFILES": on, "WATCHKEEPER_GRAFANA_DIR": str(PROJECT / "grafana")}
    write_profiles(environ, tmp_path)
    file = tmp_path / "grafana" / "provisioning" / "datasources" / "watchkeeper.yml"
    return {source["name"]: source for source in yaml.safe_load(file.read_text())["datasources"]}


def test_without_profiles_grafana_has_what_is_shipped(tmp_path: Path) -> None:
    """The same sources, and the dashboards beside them."""
    shipped = yaml.safe_load((PROJECT / "grafana/provisioning/datasources/watchkeeper.yml").read_text())

    assert list(written_sources(tmp_path, "").values()) == shipped["datasources"]
    assert (tmp_path / "grafana/provisioning/dashboards/watchkeeper.yml").is_file()


def test_with_tracing_lines_and_exemplars_lead_to_spans_and_back(tmp_path: Path) -> None:
    """Each link names a source that is there; the links to log lines stay."""
    sources = written_sources(tmp_path, "tracing")
    uids = {source["uid"] for source in sources.values()}
    fields = sources["Loki"]["jsonData"]["derivedFields"]
    exemplars = sources["Prometheus"]["jsonData"]["exemplarTraceIdDestinations"]

    assert "watchkeeper-tempo" in uids
    assert [field["name"] for field in fields] == ["Trace", "Service", "Spans"]
    assert [link.get("datasourceUid") for link in exemplars] == [None, "watchkeeper-tempo"]
    assert {link["datasourceUid"] for link in (*fields, *exemplars) if "datasourceUid" in link} <= uids
    assert sources["Tempo"]["jsonData"]["tracesToLogsV2"]["datasourceUid"] in uids


def test_a_profile_that_goes_takes_its_sources_along(tmp_path: Path) -> None:
    """Setup runs before each start; what a former one wrote does not stay."""
    written_sources(tmp_path, "tracing")

    assert "Tempo" not in written_sources(tmp_path, "")


def test_the_base_is_not_changed() -> None:
    """Sources are put together in a copy."""
    base = {"datasources": [{"name": "Loki", "jsonData": {"derivedFields": [1]}}]}

    joined = with_sources(base, {"datasources": [{"name": "Loki", "jsonData": {"derivedFields": [2]}}]})

    assert joined["datasources"][0]["jsonData"]["derivedFields"] == [1, 2]
    assert base["datasources"][0]["jsonData"]["derivedFields"] == [1]  # type: ignore[index]


def test_langfuse_gets_traces_with_the_key_that_was_made_for_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No one copies a key: the setup service makes it, the exporter reads it."""
    setup_service = {"WATCHKEEPER_PROFILES": "langfuse", "WATCHKEEPER_LANGFUSE_DIR": str(tmp_path)}
    exporter = {"WATCHKEEPER_PROFILES": "langfuse", "WATCHKEEPER_LANGFUSE_URL": "http://langfuse:3000/api/public/otel"}
    write_profiles(setup_service, tmp_path / "runtime")
    made = replace(profiles._DESTINATIONS[1], headers_file=tmp_path / "key" / "headers")
    monkeypatch.setattr(profiles, "_DESTINATIONS", (made,))

    config = load_config(None, exporter)

    key = config.forward_headers["langfuse"]["Authorization"]
    public, secret = base64.b64decode(key.removeprefix("Basic ")).decode().split(":")
    variables = (tmp_path / "secrets" / "env").read_text()
    assert f"LANGFUSE_INIT_PROJECT_PUBLIC_KEY={public}\n" in variables
    assert f"LANGFUSE_INIT_PROJECT_SECRET_KEY={secret}\n" in variables


@pytest.mark.parametrize(
    ("environ", "url"),
    [
        ({"WATCHKEEPER_PROFILES": "langfuse", "LANGFUSE_URL": "http://l:1/"}, "http://l:1/project/watchkeeper"),
        ({"LANGFUSE_URL": "http://l:1"}, ""),
        ({"LANGFUSE_URL": "http://l:1", "LANGFUSE_PROJECT_URL": "http://x/project/p/"}, "http://x/project/p"),
    ],
    ids=["the profile's", "none runs", "one elsewhere"],
)
def test_links_lead_to_a_langfuse_that_there_is(environ: dict[str, str], url: str) -> None:
    """docker-compose.yml names the profile's address whether it is on or not."""
    assert load_config(None, environ).langfuse_project_url == url


def test_secrets_of_langfuse_are_made_once(tmp_path: Path) -> None:
    """A second start must not lock Langfuse out of its own stores; a profile that is off makes none."""
    environ = {"WATCHKEEPER_PROFILES": "langfuse", "WATCHKEEPER_LANGFUSE_DIR": str(tmp_path / "langfuse")}
    write_profiles({**environ, "WATCHKEEPER_PROFILES": ""}, tmp_path)
    assert not (tmp_path / "langfuse").exists()
    write_profiles(environ, tmp_path)
    first = {path: path.read_text() for path in (tmp_path / "langfuse").rglob("*") if path.is_file()}

    write_profiles(environ, tmp_path)

    assert {path: path.read_text() for path in first} == first
    assert {path.stat().st_mode & 0o777 for path in first} == {0o440}
    assert (tmp_path / "langfuse" / "s3" / "langfuse").stat().st_mode & 0o777 == 0o775


TEMPO = {"WATCHKEEPER_PROFILES": "tracing", "WATCHKEEPER_TEMPO_URL": "http://tempo:4318"}
LANGFUSE = {"WATCHKEEPER_PROFILES": "langfuse", "WATCHKEEPER_LANGFUSE_URL": "http://langfuse:3000/api/public/otel"}
A_LANGFUSE = "{name: b, endpoint: 'https://l.example/api/public/otel'}"
A_PROJECT = "{name: NAME, url: 'https://l.example', key_file: keys}"


@pytest.mark.parametrize(
    ("environ", "text", "asked"),
    [
        pytest.param(TEMPO, "", {"tempo": ("tempo", "http://tempo:3200", None)}, id="the profile's Tempo"),
        pytest.param(
            LANGFUSE,
            "",
            {"langfuse": ("langfuse", "http://langfuse:3000", profiles._DESTINATIONS[1].headers_file)},
            id="the profile's Langfuse, with the key that was made for it",
        ),
        pytest.param(
            TEMPO,
            "forward: [{name: mine, endpoint: 'http://tempo:4318', content: true}, "
            "{name: tempo, endpoint: 'http://elsewhere'}]",
            {"mine": ("tempo", "http://tempo:3200", None), "tempo": None},
            id="the profile's Tempo under another name",
        ),
        pytest.param(
            TEMPO,
            "forward: [{name: tempo, endpoint: 'http://tempo:4318', audit: {api: none}}]",
            {"tempo": ("none", None, None)},
            id="what the file says",
        ),
        pytest.param(
            {},
            f"forward: [{A_LANGFUSE}]\nlangfuse_projects: [{A_PROJECT.replace('NAME', 'p')}]",
            {"b": ("langfuse", "https://l.example", Path("keys"))},
            id="a Langfuse with the keys of its project",
        ),
        pytest.param(
            {},
            f"forward: [{A_LANGFUSE}]\n"
            f"langfuse_projects: [{A_PROJECT.replace('NAME', 'p')}, {A_PROJECT.replace('NAME', 'q')}]",
            {"b": None},
            id="of two projects at one address no one knows which",
        ),
        pytest.param(
            TEMPO,
            "forward: [{name: tempo, endpoint: 'http://tempo:4318', signals: [logs]}]",
            {"tempo": None},
            id="no traces go there",
        ),
    ],
)
def test_a_destination_is_asked_where_it_is_known_how(
    tmp_path: Path, environ: dict[str, str], text: str, asked: dict[str, tuple[str, str | None, Path | None] | None]
) -> None:
    """Without an entry, and never against one."""
    file = tmp_path / "watchkeeper.yml"
    file.write_text(text)

    config = load_config(file, environ, no_headers)

    audits = {one.name: one.audit for one in config.file.forward}
    assert asked == {
        name: audit and (audit.api, audit.url, audit.headers_file or audit.key_file) for name, audit in audits.items()
    }
