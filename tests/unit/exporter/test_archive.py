"""Long texts through the whole exporter: from a span into the archive, onto its line, and by its page out again."""

import base64
import hashlib
import io
import json
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.e2e.support.waiting import eventually
from tests.support.bucket import BUCKET, Bucket, serving_bucket
from tests.support.exporter import JSON, ExporterInTest, run_exporter

from watchkeeper.archive.names import NO_ONE, parse, short
from watchkeeper.config import load_config
from watchkeeper.exporter.normalise.content import MAX_READ
from watchkeeper.exporter.parts import Exporter
from watchkeeper.exporter.sinks import archive as archive_sink
from watchkeeper.model import Content, Context, LlmCall
from watchkeeper.model.ids import keyed_hash

TRACE = "0af7651916cd43dd8448eb211c80319c"
LONG = "Write to jo@example.com. " * 1000
LOST = "watchkeeper_ingest_dropped_total"


def config_file(folder: Path, text: str) -> Path:
    """watchkeeper.yml with an archive."""
    file = folder / "watchkeeper.yml"
    file.write_text(text, encoding="utf-8")
    return file


def to_folder(folder: Path, capture: str = "redacted", more: str = "") -> Path:
    """One that archives to a folder beside it."""
    return config_file(folder, f"privacy: {{capture: {capture}}}\narchive: {{to: texts{more}}}\n")


def send(exporter: ExporterInTest, said: str, headers: dict[str, str] | None = None, **more: str) -> None:
    """A call that says this."""
    now = time.time_ns()
    values = {"gen_ai.operation.name": "chat", "gen_ai.request.model": "gpt-4o", "gen_ai.input.messages": said, **more}
    span = {
        "traceId": TRACE,
        "spanId": hashlib.sha256(said.encode()).hexdigest()[:16],
        "name": "chat",
        "startTimeUnixNano": str(now - 10**9),
        "endTimeUnixNano": str(now),
        "attributes": [{"key": key, "value": {"stringValue": value}} for key, value in values.items()],
    }
    body = {"resourceSpans": [{"scopeSpans": [{"spans": [span]}]}]}
    answer = exporter.client.post("/v1/traces", content=json.dumps(body), headers={**JSON, **(headers or {})})
    assert answer.status_code == 200, answer.text


def one_line(exporter: ExporterInTest) -> dict[str, Any]:
    """The line of the call."""
    return eventually("the line is there", lambda: exporter.lines("llm_call_completed"))[-1]


def stored(folder: Path) -> list[Path]:
    """The objects of a folder."""
    return sorted(path for path in (folder / "texts").rglob("*") if path.is_file())


def test_a_long_text_is_archived_as_it_may_be_shown(tmp_path: Path) -> None:
    """Redacted; its name says whose it is, and the line has its beginning and the name."""
    environ = {"WATCHKEEPER_USER_HASH_KEY": "key"}
    with run_exporter(environ, to_folder(tmp_path)) as exporter:
        send(exporter, LONG, **{"user.id": "alice", "session.id": "s/1", "gen_ai.output.messages": "short"})
        line = one_line(exporter)
        key = line["input_archived"]
        eventually("it is in the archive", lambda: stored(tmp_path))
        page = exporter.client.get(f"/archive/{key}")

    name = parse(key)
    assert name is not None
    assert (name.user, name.session, name.trace) == (keyed_hash(b"key", "alice"), short("s/1"), short(TRACE))
    assert name.tenant == short("default")
    assert name.digest == hashlib.sha256(LONG.replace("jo@example.com", "[email]").encode()).hexdigest()
    assert page.text == LONG.replace("jo@example.com", "[email]")
    assert page.headers["content-type"] == "text/plain; charset=utf-8"
    assert "output_archived" not in line
    assert len(line["input"]) == 6144
    assert b"jo@example.com" not in b"".join(path.read_bytes() for path in stored(tmp_path))


def test_short_texts_and_no_archive(tmp_path: Path) -> None:
    """What a line holds is archived nowhere; without an archive nothing is."""
    with run_exporter({}, to_folder(tmp_path)) as exporter:
        send(exporter, "x" * 6144)
        assert "input_archived" not in one_line(exporter)
    assert stored(tmp_path) == []

    with run_exporter({}, config_file(tmp_path, "privacy: {capture: full}\n")) as exporter:
        send(exporter, LONG)
        assert "input_archived" not in one_line(exporter)
        assert exporter.client.get(f"/archive/2026-11-30/{'.'.join([NO_ONE] * 4)}.{'0' * 64}").status_code == 404


def test_few_characters_of_many_bytes_are_long_too(tmp_path: Path) -> None:
    """A line has room for bytes."""
    with run_exporter({}, to_folder(tmp_path)) as exporter:
        send(exporter, "漢" * 3000)

        assert parse(one_line(exporter)["input_archived"])


def test_what_is_too_long_is_counted(tmp_path: Path) -> None:
    """And its line has no name that leads nowhere."""
    with run_exporter({}, to_folder(tmp_path, more=", longest: 10000")) as exporter:
        send(exporter, "x" * 10_001)
        send(exporter, "y" * 10_000)

        eventually("both are there", lambda: len(exporter.lines("llm_call_completed")) == 2)
        has_name = {line["input"][0]: "input_archived" in line for line in exporter.lines("llm_call_completed")}
        assert has_name == {"x": False, "y": True}
        assert exporter.value(LOST, stage="archive", reason="too_long") == 1


def test_encrypted_texts_are_read_by_their_key(tmp_path: Path) -> None:
    """A file that someone changed is not shown."""
    (tmp_path / "key").write_bytes(base64.b64encode(bytes(range(32))))
    with run_exporter({}, to_folder(tmp_path, "full", ", key_file: key")) as exporter:
        send(exporter, LONG)
        path = "/archive/" + one_line(exporter)["input_archived"]
        (file,) = eventually("it is there", lambda: stored(tmp_path))

        assert exporter.client.get(path).text == LONG
        file.write_bytes(file.read_bytes()[:-1] + b"x")
        changed = exporter.client.get(path)

    assert changed.status_code == 503
    assert "was changed" in changed.text


def test_a_key_that_cannot_be_read_costs_the_archive_alone(tmp_path: Path) -> None:
    """Calls count and have lines."""
    with run_exporter({}, to_folder(tmp_path, more=", key_file: missing")) as exporter:
        send(exporter, LONG)

        assert "input_archived" not in one_line(exporter)
        assert exporter.value(LOST, stage="archive", reason="unusable") == 1
        assert "archive.key_file" in eventually("it is said", lambda: exporter.lines("archive_unused"))[0]["problem"]


def test_a_folder_that_is_gone_is_counted(tmp_path: Path) -> None:
    """And said once, not for each text."""
    with run_exporter({}, to_folder(tmp_path)) as exporter:
        eventually("it was made", (tmp_path / "texts").is_dir)
        (tmp_path / "texts").rename(tmp_path / "unmounted")
        for number in range(3):
            send(exporter, f"{number} {LONG}")

        eventually("all are counted", lambda: exporter.value(LOST, stage="archive", reason="gone") == 3)
        path = "/archive/" + one_line(exporter)["input_archived"]
        assert exporter.client.get(path).status_code == 404
        assert len(exporter.lines("archive_failing")) == 1
    assert not (tmp_path / "texts").exists()


@pytest.fixture
def bucket() -> Iterator[Bucket]:
    """One that answers."""
    with serving_bucket() as bucket:
        yield bucket


def to_bucket(folder: Path, bucket: Bucket) -> Path:
    """One that archives there, with keys of a file."""
    (folder / "keys").write_text("Access-Key-Id: AK\nSecret-Access-Key: SK\n")
    where = f"to: s3://{BUCKET}/texts, endpoint: '{bucket.url}', credentials_file: keys"
    return config_file(folder, f"privacy: {{capture: full}}\narchive: {{{where}}}\n")


def test_a_bucket_has_texts_too(tmp_path: Path, bucket: Bucket) -> None:
    """Below its prefix, and old ones no more."""
    bucket.objects["texts/2020-01-01/old"] = b"x"
    with run_exporter({}, to_bucket(tmp_path, bucket)) as exporter:
        send(exporter, LONG)
        key = one_line(exporter)["input_archived"]
        eventually("it is there, and nothing else", lambda: set(bucket.objects) == {f"texts/{key}"})

        assert exporter.client.get(f"/archive/{key}").text == LONG


def test_a_bucket_that_hangs_holds_up_nothing(tmp_path: Path, bucket: Bucket, monkeypatch: pytest.MonkeyPatch) -> None:
    """Requests are answered at once; what has no place any more is counted, and what waits at the end as well."""
    monkeypatch.setattr(archive_sink, "MOST_WAITING_BYTES", 3 * len(LONG))
    bucket.holds = threading.Event()
    with run_exporter({}, to_bucket(tmp_path, bucket)) as exporter:
        for number in range(9):
            send(exporter, f"{number}{LONG[1:]}")
        lost = exporter.value(LOST, stage="archive", reason="queue_full")
        named = [line for line in exporter.lines("llm_call_completed") if "input_archived" in line]

    assert bucket.objects == {}
    assert 5 <= lost <= 6  # one may be on its way
    assert len(named) <= 4


def test_a_bucket_that_refuses_is_counted(tmp_path: Path, bucket: Bucket) -> None:
    """By its reason; ingest goes on."""
    bucket.refuses = 403
    with run_exporter({}, to_bucket(tmp_path, bucket)) as exporter:
        send(exporter, LONG)

        eventually("it is counted", lambda: exporter.value(LOST, stage="archive", reason="refused") == 1)


def test_a_tenant_reads_its_own_texts_alone(tmp_path: Path) -> None:
    """The token says whose a text is, whatever the telemetry says."""
    tokens = [(name, hashlib.sha256(name.encode()).hexdigest()) for name in ("acme", "other")]
    access = "\n".join(f"    - {{tenant: {name}, sha256: {digest}}}" for name, digest in tokens)
    text = f"privacy: {{capture: full}}\narchive: {{to: texts}}\naccess:\n  tokens:\n{access}\n"
    of = {name: {"Authorization": f"Bearer {name}"} for name, _ in tokens}
    with run_exporter({}, config_file(tmp_path, text)) as exporter:
        send(exporter, LONG, of["acme"], tenant="other")
        path = "/archive/" + one_line(exporter)["input_archived"]
        eventually("it is there", lambda: stored(tmp_path))

        answers = {name: exporter.client.get(path, headers=headers).status_code for name, headers in of.items()}
        assert answers == {"acme": 200, "other": 404}
        assert exporter.client.get(path).status_code == 401


@pytest.mark.parametrize("path", ["x", "../watchkeeper.yml", "%2e%2e/watchkeeper.yml", "2026-11-30/..", "/etc/passwd"])
def test_no_other_file_is_shown(tmp_path: Path, path: str) -> None:
    """Whatever the address says."""
    with run_exporter({}, to_folder(tmp_path)) as exporter:
        answer = exporter.client.get(f"/archive/{path}")

    assert answer.status_code == 404
    assert "archive:" not in answer.text


@pytest.mark.parametrize("section", ["traces", "logs"])
def test_no_long_text_waits_in_memory(tmp_path: Path, section: str) -> None:
    """Calls that wait for a second report hold what they held without an archive."""
    exporter = Exporter(load_config(to_folder(tmp_path), {}), io.BytesIO())
    reader: Any = exporter.pipeline._readers[section]

    call = reader._shorten(LlmCall(context=Context(time_ns=1), content=Content(input=LONG)))

    assert len(call.content.input) == MAX_READ
    assert call.content.input_archived
    exporter.archiving.stop()
