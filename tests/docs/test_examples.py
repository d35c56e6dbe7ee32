import json
import re
import subprocess
import sys
from pathlib import Path

import pytest
import yaml
from tests.support.decoded import placed
from tests.support.documents import PAGES, ROOT, CodeBlock, code_blocks, page_name
from tests.support.generated import outdated

from watchkeeper.config.schema import ConfigFile
from watchkeeper.exporter.ingest.events import decode_events

ALL_BLOCKS = [
    pytest.param(block, id=f"{page_name(page)}:{block.line}") for page in PAGES for block in code_blocks(page)
]
GENERATED = ROOT / "docs" / "reference"


@pytest.mark.parametrize("block", ALL_BLOCKS)
def test_every_block_names_its_language(block: CodeBlock) -> None:
    """A block without a language is neither coloured nor checked."""
    assert block.language


@pytest.mark.parametrize("block", ALL_BLOCKS)
def test_data_in_blocks_parses(block: CodeBlock) -> None:
    """What a reader copies is JSON or YAML where it says so, and a valid watchkeeper.yml where it is a part of one."""
    if block.language == "json":
        assert json.loads(block.text) is not None
    if block.language in ("yaml", "yml"):
        content = yaml.safe_load(block.text)
        if isinstance(content, dict) and set(content) <= set(ConfigFile.model_fields):
            assert ConfigFile.model_validate(content)


@pytest.mark.parametrize("block", ALL_BLOCKS)
def test_events_in_examples_are_taken(block: CodeBlock) -> None:
    """An event that a page shows is one that the exporter takes."""
    for body in re.findall(r"/v1/events -d '(.*?)'", block.text, flags=re.DOTALL):
        events, rejections = placed(decode_events(body.encode()))

        assert events
        assert not rejections


def test_reference_pages_are_what_the_code_gives(tmp_path: Path) -> None:
    """No one edited a reference page by hand, and no one forgot `make generate`."""
    command = [sys.executable, "-m", "docs.reference.generate", str(tmp_path)]
    subprocess.run(command, cwd=ROOT, check=True, capture_output=True)

    problems = list(outdated(GENERATED, tmp_path, "*.md", ROOT))
    assert not problems, "\n".join(problems)
