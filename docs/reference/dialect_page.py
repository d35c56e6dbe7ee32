"""docs/reference/dialects.md: every family of client libraries that is supported."""

import importlib

from docs.reference.markdown import code, docstring_of, page, table

from watchkeeper.exporter.normalise.catalogue import DIALECTS
from watchkeeper.exporter.normalise.dialect import Dialect

_INTRODUCTION = """\
A dialect is how one family of client libraries reports what happened.
A span is recognised by the name of its instrumentation scope, else by an attribute that gives the dialect away.
A span of no dialect is counted in `watchkeeper_ingest_dropped_total` with the reason `not_genai`."""


def render() -> str:
    """Return the page."""
    rows = [[code(d.name), _first_sentence(d), _some(d.scopes), _some(d.markers)] for d in DIALECTS]
    return page(
        "Dialects",
        "services/watchkeeper/exporter/normalise",
        _INTRODUCTION,
        table(["dialect", "what it reads", "scopes that begin with", "or attributes"], rows),
    )


def _first_sentence(dialect: Dialect) -> str:
    documented = docstring_of(importlib.import_module(dialect.read.__module__))
    return documented.split("\n\n", 1)[0].replace("\n", " ")


def _some(names: tuple[str, ...]) -> str:
    """Long lists are shortened to their first names: the rest differs in its last part only."""
    shown = ", ".join(code(name) for name in names[:4])
    return f"{shown}, …" if len(names) > 4 else shown  # noqa: PLR2004
