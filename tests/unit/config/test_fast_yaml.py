"""YAML by libyaml is what PyYAML's own parser reads, and what is wrong is told with its line quoted."""

from pathlib import Path

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from watchkeeper.config import fast_yaml

ROOT = Path(__file__).parents[3]
FILES = sorted(
    file for folder in ("prometheus", "loki", "promtail", "alertmanager") for file in (ROOT / folder).glob("*.yml")
)
TEXTS = st.text(st.characters(codec="utf-8"))
TREES = st.recursive(
    st.none() | st.booleans() | st.integers() | TEXTS,
    lambda inner: st.lists(inner) | st.dictionaries(TEXTS, inner),
    max_leaves=10,
)


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.name)
def test_shipped_files_are_read_and_written_alike(file: Path) -> None:
    """Both parsers and both writers agree on what is shipped."""
    tree = yaml.safe_load(file.read_bytes())
    assert fast_yaml.load(file.read_bytes()) == tree
    assert yaml.safe_load(fast_yaml.dump(tree)) == tree


@given(TREES)
def test_what_is_written_is_read_again(tree: object) -> None:
    """Any text, by either parser."""
    assert fast_yaml.load(fast_yaml.dump(tree)) == tree
    assert yaml.safe_load(fast_yaml.dump(tree)) == tree


def test_the_line_with_the_error_is_quoted() -> None:
    """The message is that of PyYAML's own parser."""
    with pytest.raises(yaml.YAMLError, match=r"(?s)line 2.*receivers: \]"):
        fast_yaml.load("route: {}\nreceivers: ]\n")


def test_bytes_that_are_no_text_are_refused() -> None:
    """An error of YAML, none of its own kind."""
    with pytest.raises(yaml.YAMLError):
        fast_yaml.load(b"\xff\xfe\x00\xd8")
