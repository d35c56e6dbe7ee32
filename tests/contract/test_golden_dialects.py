"""Every dialect has a payload that a real client sent."""

import json
from pathlib import Path

import pytest
from tests.support.golden import PAYLOADS, spans_of

from watchkeeper.exporter.normalise.catalogue import DIALECTS
from watchkeeper.exporter.normalise.dialect import Normaliser
from watchkeeper.model import Span


def spans_in(file: Path) -> list[Span]:
    """The spans of a captured request; none when it brought something else."""
    request = json.loads(file.with_suffix(".headers.json").read_text())
    return spans_of(file.parent.name, file.stem) if request["path"].endswith("/v1/traces") else []


@pytest.fixture(scope="module")
def heard() -> set[str]:
    """Names of the dialects that the captured payloads speak."""
    normaliser = Normaliser(DIALECTS)
    spans = [span for file in PAYLOADS.rglob("*.bin") for span in spans_in(file)]
    found = (normaliser._by_scope(span.scope) or normaliser._find_by_marker(span) for span in spans)
    return {dialect.name for dialect in found if dialect}


# No capture of these is at hand; their own tests, and tests/golden/reported, spell the spans and events as the source
# of the library or its users do.
WITHOUT_CAPTURE = {
    "claude_code",
    "codex",
    "gemini_cli",
    "logfire_agents",
    "pydantic_evals",
    "qwen_code",
    "spring_ai",
    "vllm",
}


@pytest.mark.parametrize("dialect", sorted({dialect.name for dialect in DIALECTS} - WITHOUT_CAPTURE))
def test_every_dialect_has_a_golden_payload(dialect: str, heard: set[str]) -> None:
    """What we say we understand, a real client has said."""
    problem = unheard(dialect, heard)

    assert not problem, problem


def test_a_dialect_that_no_one_speaks_is_refused(heard: set[str]) -> None:
    """The sentence names the dialect, and where its payload belongs."""
    assert unheard("esperanto", heard).startswith("tests/golden/payloads: must have a payload in the dialect esperanto")


def unheard(dialect: str, heard: set[str]) -> str:
    """Say that no captured payload speaks a dialect; empty for one that is heard."""
    where = "(or name it in WITHOUT_CAPTURE of tests/contract/test_golden_dialects.py, with tests that spell its spans)"
    return "" if dialect in heard else f"tests/golden/payloads: must have a payload in the dialect {dialect} {where}"


@pytest.mark.parametrize("file", sorted(PAYLOADS.rglob("*.bin")), ids=lambda file: f"{file.parent.name}/{file.stem}")
def test_every_payload_says_how_it_was_sent(file: Path) -> None:
    """Method, path and headers are beside each body."""
    request = json.loads(file.with_suffix(".headers.json").read_text())

    assert request["method"] == "POST"
    assert request["path"].startswith("/")
    assert "content-type" in request["headers"]
