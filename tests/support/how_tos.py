"""The commands of the how-tos, as a shell would read them."""

import re
import shlex
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import takewhile
from pathlib import Path

from tests.support.documents import ROOT, CodeBlock, code_blocks

HOW_TOS = sorted((ROOT / "docs" / "how-to").glob("*.md"))
_SHELL = ("console", "sh")


@dataclass(frozen=True, slots=True, kw_only=True)
class Command:
    """One command of a page: its words without variables before it, and those variables."""

    page: Path
    line: int
    words: tuple[str, ...]
    variables: tuple[str, ...] = ()

    def __str__(self) -> str:
        """Name it in test reports."""
        return f"{self.page.stem}:{self.line} {' '.join(self.words[:3])}"[:80]


def commands(page: Path) -> Iterator[Command]:
    """Yield every command of a page; quotes and backslashes may go over several lines."""
    for block in code_blocks(page):
        if block.language in _SHELL:
            yield from commands_of(page, block)


def commands_of(page: Path, block: CodeBlock) -> Iterator[Command]:
    """Yield the commands of a block."""
    kept = ""
    for number, line in enumerate(block.text.splitlines(), start=1):
        kept += f"{line}\n"
        try:
            words = shlex.split(kept, comments=True)
        except ValueError:
            continue
        kept = ""
        variables = tuple(takewhile(re.compile(r"[A-Z_]+=").match, words))
        if rest := tuple(words[len(variables) :]):
            yield Command(page=page, line=block.line + number, words=rest, variables=variables)
    assert not kept, f"{page.name}: the block at line {block.line} leaves the shell waiting"
