"""docs/reference/dialects.md: every family of client libraries that is supported, and what the tested ones report."""

import importlib
import tomllib
from typing import Any

from docs.reference.client_page import ROOT
from docs.reference.markdown import code, docstring_of, page, table

from watchkeeper.exporter.normalise.catalogue import DIALECTS
from watchkeeper.exporter.normalise.dialect import Dialect

_INTRODUCTION = """\
A dialect is how one family of client libraries reports what happened.
A span is recognised by the name of its instrumentation scope, else by an attribute that gives the dialect away.
A span of no dialect is counted in `watchkeeper_ingest_dropped_total` with the reason `not_genai`."""

_CLIENTS = """\
## What each client reports, and what it cannot

`make clients` runs each with a fake provider and compares calls by status, tokens by type and dollars with its records.
All report calls with model, tokens and errors; what else was seen of them is in the row.
"""


def render() -> str:
    """Return the page."""
    rows = [[code(d.name), _first_sentence(d), _some(d.scopes), _some(d.markers)] for d in DIALECTS]
    return page(
        "Dialects",
        "services/watchkeeper/exporter/normalise",
        _INTRODUCTION,
        table(["dialect", "what it reads", "scopes that begin with", "or attributes"], rows),
        _CLIENTS,
        table(["client", "tested with", "also reports", "omits"], [*_clients("coding_agents"), *_clients("clients")]),
    )


def _clients(name: str) -> list[list[str]]:
    listed = tomllib.loads((ROOT / "tests" / "clients" / f"{name}.toml").read_text(encoding="utf-8"))["client"]
    return [[client["library"], client["version"], _also(client), _omits(client)] for client in listed]


def _also(client: dict[str, Any]) -> str:
    return "; ".join(text for text in (", ".join(client.get("facts", [])), client.get("reports", "")) if text)


def _omits(client: dict[str, Any]) -> str:
    return client.get("omits") or ", ".join(f"{kind} tokens at times" for kind in client.get("unreported", []))


def _first_sentence(dialect: Dialect) -> str:
    documented = docstring_of(importlib.import_module(dialect.read.__module__))
    return documented.split("\n\n", 1)[0].replace("\n", " ")


def _some(names: tuple[str, ...]) -> str:
    """Long lists are shortened to their first names: the rest differs in its last part only."""
    shown = ", ".join(code(name) for name in names[:4])
    return f"{shown}, …" if len(names) > 4 else shown  # noqa: PLR2004
