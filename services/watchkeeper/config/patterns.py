"""Regular expressions from watchkeeper.yml, matched by RE2: in time linear in the text, whatever the pattern.

They run on text that strangers wrote. With Python's own engine a pattern like ``(a+)+b`` would stop the exporter.
"""

from importlib import import_module
from typing import Any, Protocol

from pydantic_core import PydanticCustomError

# Memory of one compiled pattern; RE2 refuses larger ones.
_MAX_BYTES = 1024 * 1024


class Pattern(Protocol):
    """A compiled pattern."""

    def sub(self, replacement: str, text: str, /) -> str:
        """Replace every match."""
        ...

    def search(self, text: str, /) -> object | None:
        """The first match; None when there is none."""
        ...


def compile_pattern(text: str) -> Pattern:
    """Return the compiled pattern.

    Raises: ValueError when RE2 does not know such a pattern, or when it also matches empty text.
    """
    re2 = _load()
    options = re2.Options()
    options.log_errors = False
    options.max_mem = _MAX_BYTES
    try:
        pattern = re2.compile(text, options=options)
    except re2.error as error:
        reason = error.args[0] if error.args else "unknown"
        raise ValueError(reason.decode("utf-8", "replace") if isinstance(reason, bytes) else str(reason)) from error
    if pattern.search(""):
        raise ValueError("it also matches empty text")
    compiled: Pattern = pattern
    return compiled


def regular_expression(text: str) -> str:
    """A value of watchkeeper.yml that is a pattern of RE2: look-around and back-references it does not know."""
    try:
        compile_pattern(text)
    except ValueError as error:
        raise PydanticCustomError("regex", "not a pattern", {"reason": str(error)}) from error
    return text


def _load() -> Any:
    """RE2, loaded when the first pattern is compiled: most installations have none."""
    try:
        return import_module("re2")
    except ModuleNotFoundError as error:
        raise ValueError("the package google-re2 is not installed") from error
