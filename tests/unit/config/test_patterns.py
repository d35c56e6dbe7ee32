"""Patterns of watchkeeper.yml: matched in linear time, and refused with their place when they cannot be."""

import time
from pathlib import Path

import pytest

from watchkeeper.config import load_config
from watchkeeper.config.patterns import compile_pattern
from watchkeeper.errors import ConfigError

REFUSED = {
    "a group without end": ("(a", "missing ): (a"),
    "a look-ahead": ("(?=a)b", "invalid perl operator: (?="),
    "a back-reference": (r"(a)\1", r"invalid escape sequence: \1"),
    "a pattern of nothing": ("a*", "it also matches empty text"),
}


@pytest.mark.parametrize(("regex", "reason"), REFUSED.values(), ids=REFUSED.keys())
def test_a_wrong_pattern_is_reported_with_its_place(regex: str, reason: str, tmp_path: Path) -> None:
    """A pattern that RE2 does not know is an error of the configuration."""
    file = tmp_path / "watchkeeper.yml"
    file.write_text(f"privacy: {{patterns: [{{name: ok, regex: 'a+'}}, {{name: bad, regex: '{regex}'}}]}}")

    with pytest.raises(ConfigError) as refused:
        load_config(file, {})

    assert refused.value.problems == (
        f"watchkeeper.yml: privacy.patterns[1].regex must be a regular expression of RE2 ({reason}), got {regex!r}",
    )


def test_no_pattern_takes_long() -> None:
    """A pattern that takes other engines ages is done at once."""
    pattern = compile_pattern("(a+)+b|(a|aa)+c")
    started = time.process_time()  # others may keep the machine busy

    assert pattern.sub("[x]", "a" * 12_000) == "a" * 12_000

    assert time.process_time() - started < 0.5


def test_all_matches_are_replaced_in_any_script() -> None:
    """Characters are characters, not bytes."""
    assert compile_pattern(r"Kunde [é\d]+").sub("[customer]", "für Kunde é1, Kunde 2") == "für [customer], [customer]"
