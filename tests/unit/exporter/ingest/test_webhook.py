"""POST /v1/langfuse/webhook: what is signed becomes changes of prompts, what is not becomes nothing."""

import gzip
import hashlib
import hmac
import json
import shutil
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import httpx
import pytest
from tests.support.exporter import ExporterInTest, run_exporter

ROUTE = "/v1/langfuse/webhook"
SECRET = "lf-whsec_" + "5e" * 32
OTHER_SECRET = "lf-whsec_" + "0a" * 32
# A body as Langfuse's documentation has it, with what people wrote where people write.
BODY: dict[str, Any] = {
    "id": "exec-1",
    "timestamp": "2026-11-29T12:00:00.000Z",
    "type": "prompt-version",
    "apiVersion": "v1",
    "action": "created",
    "prompt": {
        "id": "p-1",
        "name": "answer",
        "version": 13,
        "projectId": "proj-1",
        "createdBy": "user-7",
        "labels": ["production", "latest"],
        "prompt": [{"role": "system", "content": "You are the assistant of ACME-PLANTED."}],
        "type": "chat",
        "config": {"model": "gpt-4o"},
        "commitMessage": "Say PLANTED less often",
        "tags": ["shop"],
        "createdAt": "2026-11-29T12:00:00.000Z",
        "updatedAt": "2026-11-29T12:00:00.000Z",
    },
    "user": {"name": "Ada Lovelace", "email": "ada@example.com"},
}
CALL = {"type": "llm_call", "model": "gpt-4o", "prompt": "answer", "prompt_version": "12", "input_tokens": 1}


def signature(body: bytes, secret: str = SECRET, at: float | None = None) -> str:
    """The header as Langfuse makes it, now or at another time."""
    seconds = int(time.time() if at is None else at)
    digest = hmac.new(secret.encode(), f"{seconds}.".encode() + body, hashlib.sha256).hexdigest()
    return f"t={seconds},v1={digest}"


def signed(body: bytes, **how: Any) -> dict[str, str]:
    """The headers of a webhook."""
    return {"content-type": "application/json", "x-langfuse-signature": signature(body, **how)}


def changed(prompt: Mapping[str, Any] | None = None, **more: Any) -> bytes:
    """A body that differs from the one above."""
    return json.dumps({**BODY, "prompt": {**BODY["prompt"], **(prompt or {})}, **more}).encode()


def written(folder: Path, projects: str = "") -> Path:
    """A watchkeeper.yml with two projects, each with a secret of its own."""
    for name, secret in (("one", SECRET), ("two", f"{OTHER_SECRET}\n")):
        (folder / name).write_text(secret)
    file = folder / "watchkeeper.yml"
    file.write_text(
        projects or "langfuse_projects: [{name: a, webhook_secret_file: one}, {name: b, webhook_secret_file: two}]"
    )
    return file


@pytest.fixture
def hooked(tmp_path: Path) -> Iterator[ExporterInTest]:
    """An exporter that knows two secrets, and two services of which one uses the prompt."""
    with run_exporter(config=written(tmp_path)) as running:
        running.post_events({**CALL, "service": "support"}, {**CALL, "service": "search", "prompt": "find"})
        yield running


def send(exporter: ExporterInTest, body: bytes, headers: Mapping[str, str] | None = None) -> httpx.Response:
    """Post a webhook, signed if nothing else is said."""
    return exporter.client.post(ROUTE, content=body, headers=signed(body) if headers is None else headers)


def changes(exporter: ExporterInTest) -> list[dict[str, Any]]:
    """The lines about changes, without their times."""
    left_out = ("timestamp", "level", "event")
    lines = exporter.lines("deployment_recorded")
    return [{name: value for name, value in line.items() if name not in left_out} for line in lines]


def test_a_new_version_is_a_change_of_the_service_that_uses_the_prompt(hooked: ExporterInTest) -> None:
    """With version, labels and who, and nothing of what the prompt says or of anyone's address."""
    response = send(hooked, changed())
    hooked.client.__exit__()

    assert (response.status_code, response.json()["accepted"]) == (200, 1)
    (line,) = changes(hooked)
    assert line == {
        "service": "support",
        "happened_at": "2026-11-29T12:00:00.000000000Z",
        "team": "unassigned",
        "tenant": "default",
        "prompt": "answer",
        "prompt_version": "13",
        "kind": "prompt",
        "name": "answer",
        "version": "13",
        "source": "langfuse",
        "action": "created",
        "label": "latest, production",
        "author": "Ada Lovelace",
    }
    assert not [line for line in hooked.lines() if "PLANTED" in str(line) or "ada@" in str(line)]


def test_a_label_that_moves_is_a_change_of_both_versions(hooked: ExporterInTest) -> None:
    """Langfuse sends one webhook for each; the one that has the label now says so."""
    for id_, version, labels in (("a", 13, ["production"]), ("b", 12, [])):
        send(hooked, changed({"version": version, "labels": labels}, id=id_, action="updated"))

    assert hooked.value("llm_deployments_total", service="support", kind="prompt") == 2
    hooked.client.__exit__()
    assert [(line["version"], line.get("label")) for line in changes(hooked)] == [("13", "production"), ("12", None)]


def test_a_prompt_that_no_service_uses_yet_is_on_every_page(hooked: ExporterInTest) -> None:
    """Its line is the stack's own, as that of prices is; a second project signs with a secret of its own."""
    body = changed({"name": "new"})

    assert send(hooked, body, signed(body, secret=OTHER_SECRET)).status_code == 200
    assert hooked.value("llm_deployments_total", service="watchkeeper", kind="prompt") == 1


@pytest.mark.parametrize(
    ("more", "dropped"),
    [
        pytest.param({"type": "monitor-alert", "payload": {"severity": "ALERT"}}, 1, id="an alert of a monitor"),
        pytest.param({"type": "project-notification", "prompt": 5}, 1, id="a notification with another prompt"),
        pytest.param({"type": "", "id": 7}, 1, id="no type"),
        pytest.param({"action": "pinned"}, 1, id="an action that comes with a later version"),
    ],
)
def test_what_is_of_no_interest_is_taken_and_counted(
    more: dict[str, Any], dropped: float, hooked: ExporterInTest
) -> None:
    """Langfuse ends an automation whose webhooks fail."""
    response = send(hooked, json.dumps({**BODY, **more}).encode())

    assert response.status_code == 200
    assert hooked.value("watchkeeper_ingest_dropped_total", reason="webhook_of_no_interest") == dropped
    assert hooked.value("llm_deployments_total") == 0


@pytest.mark.parametrize(
    ("headers", "outcome"),
    [
        pytest.param({}, "no_signature", id="no signature"),
        pytest.param({"x-langfuse-signature": "v1=" + "a" * 64}, "bad_signature", id="no time"),
        pytest.param({"x-langfuse-signature": "t=1e9,v1=" + "a" * 64}, "bad_signature", id="a time that is no number"),
        pytest.param({"x-langfuse-signature": "t=1,v1=" + "é" * 32}, "bad_signature", id="no hexadecimal digits"),
        pytest.param({"x-langfuse-signature": "t=1,v1=" + "A" * 100_000}, "bad_signature", id="a huge header"),
        pytest.param(signed(changed(), secret="lf-whsec_" + "00" * 32), "wrong_signature", id="another secret"),
        pytest.param(signed(changed(), secret=SECRET.removeprefix("lf-whsec_")), "wrong_signature", id="half a secret"),
        pytest.param(signed(changed(), secret=""), "wrong_signature", id="no secret at all"),
        pytest.param(signed(changed() + b" "), "wrong_signature", id="a body that differs in a space"),
        pytest.param(signed(changed(), at=time.time() - 301), "too_old", id="five minutes ago"),
        pytest.param(signed(changed(), at=time.time() + 86_400), "too_old", id="from the future"),
        pytest.param(signed(changed(), at=10**12 - 1), "too_old", id="from the year 33658"),
    ],
)
def test_what_is_not_signed_is_refused(headers: dict[str, str], outcome: str, hooked: ExporterInTest) -> None:
    """With 401, counted by reason, and with no trace of it in the numbers."""
    encoded = {name: value.encode() for name, value in headers.items()}

    response = hooked.client.post(ROUTE, content=changed(), headers=encoded)

    assert response.status_code == 401
    assert "x-langfuse-signature: " in response.json()["error"]
    assert hooked.value("watchkeeper_ingest_requests_total", route=ROUTE, outcome=outcome) == 1
    assert hooked.value("llm_deployments_total") == 0


@pytest.mark.parametrize(
    ("body", "status"),
    [
        pytest.param(b"", 400, id="nothing"),
        pytest.param(b"<html>502 Bad Gateway</html>", 400, id="HTML"),
        pytest.param(b"[]", 400, id="an array"),
        pytest.param(b"[" * 100_000, 400, id="brackets without an end"),
        pytest.param(b'{"type": "prompt-version"}', 400, id="no prompt"),
        pytest.param(changed(id=""), 400, id="no id, so that it could come again"),
        pytest.param(changed({"name": ""}), 400, id="a prompt without a name"),
        pytest.param(changed({"name": "n" * 2000}), 400, id="a name of 2000 characters"),
        pytest.param(changed({"version": -1}), 400, id="a version below nothing"),
        pytest.param(changed({"version": 10**30}), 400, id="a version that is no number of anything"),
        pytest.param(changed({"labels": "production"}), 400, id="a label that is no list"),
        pytest.param(changed(timestamp="yesterday"), 400, id="a time that is none"),
        pytest.param(b" " * 50_000_000, 413, id="50 MB"),
        pytest.param(changed(padding="x" * 5_300_000), 413, id="a little too much"),
    ],
)
def test_what_is_no_webhook_is_refused(body: bytes, status: int, hooked: ExporterInTest) -> None:
    """Signed or not: with a reason, and without a change."""
    response = send(hooked, body)

    assert (response.status_code, bool(response.json())) == (status, True)
    assert hooked.value("llm_deployments_total") == 0
    assert hooked.client.get("/health").status_code == 200


def test_a_bomb_is_refused(hooked: ExporterInTest) -> None:
    """100 MB of spaces in 100 KB."""
    bomb = gzip.compress(b" " * 100_000_000)

    response = send(hooked, bomb, {**signed(bomb), "content-encoding": "gzip"})

    assert response.status_code == 413


def test_a_replay_is_refused(hooked: ExporterInTest) -> None:
    """The same delivery counts once, also when it is signed anew."""
    first = send(hooked, changed())
    again = send(hooked, changed())
    anew = send(hooked, changed(), signed(changed(), at=time.time() - 20))

    assert [first.status_code, again.status_code, anew.status_code] == [200, 409, 409]
    assert again.json() == {"error": "id: this delivery was taken before"}
    assert hooked.value("llm_deployments_total", kind="prompt") == 1
    assert hooked.value("watchkeeper_ingest_rejected_total", reason="replayed") == 2


def test_a_crash_loses_no_webhook_and_takes_none_twice(tmp_path: Path) -> None:
    """It is in the journal with its id."""
    config = written(tmp_path)
    state, left = tmp_path / "state", tmp_path / "left"
    with run_exporter({"WATCHKEEPER_STATE_DIR": str(state)}, config) as first:
        send(first, changed())
        shutil.copytree(state, left, ignore=shutil.ignore_patterns("*.lock"))
    with run_exporter({"WATCHKEEPER_STATE_DIR": str(left)}, config) as second:
        counted = second.value("llm_deployments_total", kind="prompt")
        replayed = send(second, changed())

    assert (counted, replayed.status_code) == (1, 409)


@pytest.mark.parametrize("journal", [True, False])
def test_a_replay_is_refused_after_a_restart(journal: bool, tmp_path: Path) -> None:
    """A clean one, and another one after it: what was taken is known by whoever takes over the state."""
    config = written(tmp_path)
    config.write_text(f"{config.read_text()}\nprivacy: {{journal: {str(journal).lower()}}}")
    statuses = []
    for ids in (["a"], ["a", "b"], ["a", "b"]):
        with run_exporter({"WATCHKEEPER_STATE_DIR": str(tmp_path / "state")}, config) as exporter:
            statuses.append([send(exporter, changed(id=id_)).status_code for id_ in ids])
            counted = exporter.value("llm_deployments_total", kind="prompt")

    assert statuses == [[200], [409, 200], [409, 409]]
    assert counted == 2


def test_text_of_any_kind_is_only_text(hooked: ExporterInTest) -> None:
    """Names of HTML, keys and addresses where a name belongs: a line stays a line, and has none of the latter."""
    author = {"name": "ada@example.com <script>alert(1)</script>\nlevel=error"}
    labels = [f"label-{place}-" + "x" * 200 for place in range(100)]
    body = changed({"name": "</script><b>", "labels": [*labels[:50], "sk-lf-" + "a1" * 20]}, user=author)

    assert send(hooked, body).status_code == 200
    hooked.client.__exit__()

    (line,) = changes(hooked)
    assert line["name"] == "</script><b>"
    assert "ada@" not in line["author"]
    assert len(line["label"]) <= 16 * 130


@pytest.mark.parametrize(
    ("projects", "line"),
    [
        pytest.param("{}", 0, id="no project"),
        pytest.param("langfuse_projects: [{name: a}]", 0, id="a project without a secret"),
        pytest.param("langfuse_projects: [{name: a, webhook_secret_file: gone}]", 1, id="a file that is not there"),
        pytest.param("langfuse_projects: [{name: a, webhook_secret_file: empty}]", 1, id="a file that is empty"),
    ],
)
def test_without_a_secret_nothing_is_taken(projects: str, line: int, tmp_path: Path) -> None:
    """No one's webhook is believed, the answer names the key, and a file that cannot be read has a line."""
    (tmp_path / "empty").write_text(" \n")
    with run_exporter(config=written(tmp_path, projects)) as running:
        response = send(running, changed(), signed(changed(), secret=""))
        counted = running.value("llm_deployments_total")

    assert (response.status_code, counted) == (404, 0)
    assert "langfuse_projects[].webhook_secret_file" in response.json()["error"]
    assert len(running.lines("webhook_secret_unreadable")) == line


def test_tokens_of_tenants_are_not_asked_for(tmp_path: Path) -> None:
    """Langfuse has none; its signature is enough, and a token is no signature."""
    file = written(tmp_path)
    token = hashlib.sha256(b"wk_acme").hexdigest()
    file.write_text(f"{file.read_text()}\naccess: {{tokens: [{{tenant: acme, sha256: {token}}}]}}\n")
    with run_exporter(config=file) as running:
        by_token = running.client.post(ROUTE, content=changed(), headers={"authorization": "Bearer wk_acme"})
        by_signature = send(running, changed())

    assert (by_token.status_code, by_signature.status_code) == (401, 200)
