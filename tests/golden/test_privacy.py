"""Secrets planted in real payloads of every dialect: where they may be found, for each mode of capture."""

from pathlib import Path
from typing import Any

import msgspec
import pytest
from tests.support.exporter import ExporterInTest, run_exporter
from tests.support.golden import PAYLOADS
from tests.support.planted import PLANTED, SECRETS, SENTENCE, found_in, planted_request

LIBRARIES = sorted(folder.name for folder in PAYLOADS.iterdir() if folder.is_dir() and folder.name != "native")
MAX_LINE = 16 * 1024


class Told(msgspec.Struct):
    """All that an exporter tells: replies, metrics, its page and its log lines."""

    replies: str
    metrics: str
    page: str
    lines: list[dict[str, Any]]

    @property
    def said(self) -> str:
        """The captured texts, as they are on the lines."""
        return "\n".join(line.get("input", "") + line.get("output", "") for line in self.lines)

    @property
    def everything(self) -> str:
        """All of it as text."""
        return "\n".join([self.replies, self.metrics, self.page, *(repr(line) for line in self.lines)])


def tell(library: str, capture: str, folder: Path) -> Told:
    """Send every payload of a library, with secrets in it, to an exporter of its own."""
    config = folder / "watchkeeper.yml"
    config.write_text(f"privacy: {{capture: {capture}}}")
    with run_exporter(config=config) as exporter:
        replies = [send(exporter, payload) for payload in sorted((PAYLOADS / library).glob("*.bin"))]
    # after the stop, because a call that may be told twice waits for its better story
    page, metrics = exporter.client.get("/").text, exporter.exposition("application/openmetrics-text")
    return Told(replies="\n".join(replies), metrics=metrics, page=page, lines=exporter.lines())


def send(exporter: ExporterInTest, payload: Path) -> str:
    """Send one planted payload and return the reply as text."""
    request = planted_request(payload)
    reply = exporter.client.post(request.path, content=request.body, headers=request.headers)
    assert reply.status_code == 200
    return reply.content.decode("utf-8", "replace")


def facts(told: Told) -> list[dict[str, Any]]:
    """The lines that are not the exporter's own."""
    return [line for line in told.lines if line["service"] != "watchkeeper"]


@pytest.mark.parametrize("library", LIBRARIES)
def test_nothing_that_was_said_is_told_by_default(library: str, tmp_path: Path) -> None:
    """Without a choice no prompt, output, secret or user is in a metric, a line, a reply or on the page."""
    told = tell(library, "metadata", tmp_path)

    assert facts(told)
    assert found_in(told.everything) == []
    assert not any({"input", "output", "capture"} & line.keys() for line in told.lines)


@pytest.mark.parametrize("library", LIBRARIES)
def test_what_was_said_is_told_without_secrets_when_redacted(library: str, tmp_path: Path) -> None:
    """The redacted text is on lines that say so, and no secret is anywhere."""
    told = tell(library, "redacted", tmp_path)

    assert f"{SENTENCE}: [email], [card], [api_key], [phone]" in told.said
    assert [secret for secret in SECRETS if secret in told.everything] == []
    assert {line["capture"] for line in told.lines if "input" in line or "output" in line} == {"redacted"}


@pytest.mark.parametrize("library", LIBRARIES)
def test_everything_that_was_said_is_told_in_full(library: str, tmp_path: Path) -> None:
    """The whole text is on lines that say so, and nowhere else."""
    told = tell(library, "full", tmp_path)

    assert PLANTED in told.said
    assert found_in(told.metrics + told.page + told.replies) == []
    assert {line["capture"] for line in told.lines if "input" in line or "output" in line} == {"full"}


@pytest.mark.parametrize("capture", ["metadata", "redacted", "full"])
@pytest.mark.parametrize("library", LIBRARIES)
def test_capture_changes_no_count(library: str, capture: str, tmp_path: Path) -> None:
    """Lines stay under 16 KiB, and tell as many facts as without content."""
    told = tell(library, capture, tmp_path)

    assert all(len(msgspec.json.encode(line)) < MAX_LINE for line in told.lines)
    assert len(facts(told)) == len(facts(tell(library, "metadata", tmp_path)))
