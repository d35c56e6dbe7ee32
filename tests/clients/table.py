"""clients.toml and coding_agents.toml, read: which clients are run, and what each is expected to report."""

import tomllib
from pathlib import Path

import msgspec

FOLDER = Path(__file__).parent


class Client(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One row: ``lines`` connect an app that imports ``uses``, with the variables of ``sets`` (else OpenTelemetry's).

    ``endpoint`` is the one that the library reads its address from.
    """

    id: str
    uses: str = ""
    library: str
    version: str
    packages: list[str]
    app: str
    lines: list[str] = []
    run: str = ""
    endpoint: str = "OTEL_EXPORTER_OTLP_ENDPOINT"
    sets: list[str] = []
    facts: list[str] = []
    unreported: list[str] = []
    reports: str = ""
    omits: str = ""


class _Table(msgspec.Struct, forbid_unknown_fields=True):
    as_of: str
    client: list[Client]


def _read(name: str) -> _Table:
    return msgspec.convert(tomllib.loads((FOLDER / name).read_text(encoding="utf-8")), _Table)


_LIBRARIES, _AGENTS = _read("clients.toml"), _read("coding_agents.toml")
AS_OF = max(_LIBRARIES.as_of, _AGENTS.as_of)
CLIENTS = tuple(_LIBRARIES.client)
CODING_AGENTS = tuple(_AGENTS.client)
