"""No text reaches the exposition past the function that escapes it."""

import ast
from pathlib import Path

import pytest

from watchkeeper.errors import InvalidValueError
from watchkeeper.metrics import exposition
from watchkeeper.metrics.escaping import escaped, metric_name

WRITER = Path(exposition.__file__)
PACKAGE = WRITER.parents[1]
# What gives Escaped; mypy holds them to it.
FUNCTIONS = {"escaped", "exemplar_labels", "number", "_exemplar", "_head"}
# Escaped by their annotations, which mypy checks; ``total`` is an int, ``kind`` one of three words.
VALUES = {"name", "base", "bound", "opening", "total", "kind", "series.labels", "series.labels[:-1]"}


def unescaped(source: str) -> list[str]:
    """Whatever a module writes into a text that is neither known to be escaped nor made by what escapes."""
    places = [node for node in ast.walk(ast.parse(source)) if isinstance(node, ast.FormattedValue)]
    return [ast.unparse(place.value) for place in places if not is_escaped(place.value)]


def is_escaped(value: ast.expr) -> bool:
    """Whether the value is one of those above."""
    if isinstance(value, ast.Call):
        return ast.unparse(value.func) in FUNCTIONS
    return ast.unparse(value) in VALUES


def test_the_exposition_writes_nothing_else() -> None:
    """Each f-string of the writer holds escaped text and numbers only."""
    source = WRITER.read_text(encoding="utf-8")

    assert unescaped(source) == []
    assert ".format(" not in source
    assert '" % ' not in source


def test_text_that_is_not_escaped_is_noticed() -> None:
    """As the exemplar's trace id was that began this."""
    assert unescaped("f' # {{trace_id=\"{exemplar.trace_id}\"}} {number(1)}'") == ["exemplar.trace_id"]


@pytest.mark.parametrize("word", ["Escaped(", "# HELP", "# TYPE"])
def test_no_one_else_writes_an_exposition(word: str) -> None:
    """Escaped text is made in two modules, and one of them writes expositions."""
    writers = {path.name for path in PACKAGE.rglob("*.py") if word in path.read_text(encoding="utf-8")}

    assert writers <= {"escaping.py", "exposition.py"}


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ('a "b"', r"a \"b\""),
        ("a\\n", r"a\\n"),
        ("a\nb", r"a\nb"),
        ("a\0b\ud800", "a\ufffdb\ufffd"),
        ("骰子 {} = #", "骰子 {} = #"),
    ],
    ids=["quotes", "backslashes", "line feeds", "what cannot be written", "everything else"],
)
def test_escaped(text: str, written: str) -> None:
    """Only what has a meaning of its own is written otherwise."""
    assert escaped(text) == written


@pytest.mark.parametrize("name", ["", "9a", "a-b", 'a"', "a\n", "ä"])
def test_a_name_that_is_none(name: str) -> None:
    """A name that would need quotes is an error of the catalogue."""
    with pytest.raises(InvalidValueError, match="must be of letters"):
        metric_name(name)
