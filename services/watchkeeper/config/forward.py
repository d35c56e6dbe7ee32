"""Where telemetry goes on to, as it is in watchkeeper.yml."""

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Literal
from urllib.parse import urlsplit

from pydantic import AfterValidator, Field, model_validator
from pydantic_core import PydanticCustomError

from watchkeeper.config.section import Limit, Name, Quantity, Section, at_least_one

Signal = Literal["traces", "logs", "metrics"]
AuditApi = Literal["tempo", "langfuse", "loki", "prometheus", "none"]
# What each can be asked for.
AUDITED: Mapping[AuditApi, Signal] = {"tempo": "traces", "langfuse": "traces", "loki": "logs", "prometheus": "metrics"}
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


class Audit(Section):
    """How a destination is asked whether it stored what it acknowledged; ``none`` asks nothing.

    ``url`` is where its API begins: http://tempo:3200, https://cloud.langfuse.com. ``headers_file`` holds the keys for
    asking, one ``Name: value`` a line; of Langfuse ``key_file`` holds both keys with a colon between them instead.
    Each sampled item is asked for ``after_seconds``, and twice and three times as long after its delivery while it is
    not found. Paths are relative to watchkeeper.yml.
    """

    api: AuditApi
    url: Annotated[str, AfterValidator(http_url)] | None = None
    headers_file: Path | None = None
    key_file: Path | None = None
    after_seconds: Annotated[Limit, Field(le=86_400)] = 900.0

    @model_validator(mode="after")
    def _somewhere_to_ask(self) -> "Audit":
        """An API without an address would be asked nothing, silently; a key of Langfuse is no key of another."""
        if (self.url is None) != (self.api == "none"):
            raise PydanticCustomError("audit_url", "nowhere to ask")
        if self.key_file is not None and self.api != "langfuse":
            raise PydanticCustomError("audit_key", "not a Langfuse")
        return self


class Forward(Section):
    """Another backend that accepted OTLP goes on to; /v1/traces and the like are appended to ``endpoint``.

    ``headers_file`` holds its keys, one ``Name: value`` a line. Prompts and outputs are removed unless ``content``.
    ``queue_bytes`` is what may wait for it while it is away. ``audit`` is how it is asked whether it stored what it
    acknowledged; a Tempo and a Langfuse of the bundle, and a Langfuse of ``langfuse_projects``, need no entry.
    """

    name: Annotated[Name, AfterValidator(_not_reserved)]
    endpoint: Annotated[str, AfterValidator(http_url)]
    signals: Annotated[tuple[Signal, ...], AfterValidator(at_least_one)] = ("traces",)
    headers_file: Path | None = None
    content: bool = False
    queue_bytes: Quantity = 16 * 1024 * 1024
    audit: Audit | None = None

    @model_validator(mode="after")
    def _audit_of_what_is_sent(self) -> "Forward":
        """Nothing would be found of a signal that is not sent, or it would never be asked for."""
        if self.audited is None and self.audit is not None and self.audit.api != "none":
            raise PydanticCustomError("audit_signal", "not sent", {"signal": AUDITED[self.audit.api]})
        return self

    @property
    def audited(self) -> Signal | None:
        """The signal of which samples are looked for at the destination; None where it is not asked."""
        signal = AUDITED.get(self.audit.api) if self.audit else None
        return signal if signal in self.signals else None
