"""Where telemetry goes on to, as it is in watchkeeper.yml."""

from pathlib import Path
from typing import Annotated, Literal
from urllib.parse import urlsplit

from pydantic import AfterValidator
from pydantic_core import PydanticCustomError

from watchkeeper.config.section import Name, Quantity, Section, at_least_one

Signal = Literal["traces", "logs", "metrics"]
RESERVED_DESTINATION = "prometheus"


def _not_reserved(name: str) -> str:
    """The stack's own Prometheus has its name already."""
    if name == RESERVED_DESTINATION:
        raise PydanticCustomError("reserved", "reserved")
    return name


def http_url(text: str) -> str:
    """Where OTLP over HTTP can go; credentials belong in a file, not in an address."""
    parts = urlsplit(text)
    if parts.scheme not in ("http", "https") or not parts.hostname or "@" in parts.netloc or parts.query:
        raise PydanticCustomError("http_url", "not an address")
    return text.rstrip("/")


class Forward(Section):
    """Another backend that accepted OTLP goes on to; /v1/traces and the like are appended to ``endpoint``.

    ``headers_file`` holds its keys, one ``Name: value`` a line. Prompts and outputs are removed unless ``content``.
    ``queue_bytes`` is what may wait for it while it is away.
    """

    name: Annotated[Name, AfterValidator(_not_reserved)]
    endpoint: Annotated[str, AfterValidator(http_url)]
    signals: Annotated[tuple[Signal, ...], AfterValidator(at_least_one)] = ("traces",)
    headers_file: Path | None = None
    content: bool = False
    queue_bytes: Quantity = 16 * 1024 * 1024
