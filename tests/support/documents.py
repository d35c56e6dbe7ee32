"""The project's Markdown files, read the way a reader's tool would: links, headings, code."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from markdown_it import MarkdownIt
from markdown_it.token import Token

ROOT = Path(__file__).parents[2]
PAGES = sorted(
    [*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md"), *(ROOT / "secrets").glob("*.md")],
    key=lambda path: path.relative_to(ROOT).as_posix(),
)

# Names that are no longer there: the changelog lists them, and nothing else may have them.
_RENAMED = re.compile(r"^### Renamed$.*?(?=^##|\Z)", re.MULTILINE | re.DOTALL)

_parse = MarkdownIt("commonmark").enable("table").parse


@dataclass(frozen=True, slots=True, kw_only=True)
class CodeBlock:
    """A fenced block: the language behind its fence, its text, and its line in the page."""

    language: str
    text: str
    line: int


def page_name(page: Path) -> str:
    """Name a page in test reports."""
    return page.relative_to(ROOT).as_posix()


def text(page: Path) -> str:
    """Return the text of a page, with empty lines in the place of the changelog's list of renames."""
    whole = page.read_text(encoding="utf-8")
    return _RENAMED.sub(lambda found: "\n" * found.group().count("\n"), whole) if page.name == "CHANGELOG.md" else whole


def links(page: Path) -> list[str]:
    """Return the target of every link and picture."""
    named = {"link_open": "href", "image": "src"}
    return [str(token.attrs[named[token.type]]) for token in _inline(page) if token.type in named]


def code_spans(page: Path) -> list[str]:
    """Return the text of every piece of inline code."""
    return [token.content for token in _inline(page) if token.type == "code_inline"]


def code_blocks(page: Path) -> list[CodeBlock]:
    """Return every fenced block, those inside lists too."""
    return [
        CodeBlock(language=token.info.strip(), text=token.content, line=(token.map or [0])[0] + 1)
        for token in _tokens(page)
        if token.type == "fence"
    ]


def code(page: Path) -> list[str]:
    """Return all code of a page, inline or in blocks."""
    return [*code_spans(page), *(block.text for block in code_blocks(page))]


def anchors(page: Path) -> set[str]:
    """Return the anchors that GitHub makes of the headings."""
    tokens = _tokens(page)
    titles = [tokens[place + 1].content for place, token in enumerate(tokens) if token.type == "heading_open"]
    return {re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-") for title in titles}


def _tokens(page: Path) -> list[Token]:
    return _parse(text(page))


def _inline(page: Path) -> Iterator[Token]:
    for token in _tokens(page):
        yield from token.children or ()
