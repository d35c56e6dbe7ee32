"""The destinations that the page about forwarding shows, each tried from a route to a backend."""

import re
from pathlib import Path
from urllib.parse import urlsplit

import pytest
import yaml
from tests.support.backend import run_backend
from tests.support.documents import ROOT, CodeBlock, code_blocks
from tests.support.exporter import PROTOBUF, run_exporter
from tests.support.facts import chat_attributes, make_span
from tests.support.otlp import as_protobuf

PAGE = ROOT / "docs" / "how-to" / "forward-traces.md"
BLOCKS = code_blocks(PAGE)
DESTINATIONS = [block for block in BLOCKS if block.language == "yaml" and block.text.startswith("forward:")]
SECRET = "what only some may read"


def keys_of_the_page() -> dict[str, str]:
    """The file of each key that the page makes, with a header as its command writes it."""
    commands = "".join(block.text for block in BLOCKS if block.language == "console")
    reported = re.findall(r"printf '(Authorization: \w+) %s\\n' .*? > (\S+)$", commands, flags=re.MULTILINE)
    return {path: f"{header} abc\n" for header, path in reported}


@pytest.mark.parametrize("block", DESTINATIONS, ids=lambda block: yaml.safe_load(block.text)["forward"][0]["name"])
def test_a_destination_of_the_page_gets_traces(block: CodeBlock, tmp_path: Path) -> None:
    """Path, key and content are what the page says, with the backend on this machine."""
    (destination,) = yaml.safe_load(block.text)["forward"]
    for path, header in keys_of_the_page().items():
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_text(header, encoding="utf-8")
    config = tmp_path / "watchkeeper.yml"
    span = make_span(chat_attributes(**{"gen_ai.input.messages": SECRET}))

    with run_backend() as backend:
        here = urlsplit(destination["endpoint"])._replace(scheme="http", netloc=urlsplit(backend.url).netloc)
        config.write_text(yaml.safe_dump({"forward": [{**destination, "endpoint": here.geturl()}]}), encoding="utf-8")
        with run_exporter(config=config) as exporter:
            exporter.client.post("/v1/traces", content=as_protobuf(span), headers=PROTOBUF)

    ((path, headers, body),) = backend.got
    assert path == f"{urlsplit(destination['endpoint']).path}/v1/traces"
    assert ("authorization" in headers) is ("headers_file" in destination)
    assert (SECRET.encode() in body) is destination.get("content", False)


def test_the_page_shows_a_key_for_each_file_that_it_names() -> None:
    """No one follows the page into an error about a missing file."""
    named = {
        destination.get("headers_file")
        for block in DESTINATIONS
        for destination in yaml.safe_load(block.text)["forward"]
    }

    assert set(keys_of_the_page()) == named - {None}
