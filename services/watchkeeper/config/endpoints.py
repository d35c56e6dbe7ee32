"""Models that Watchkeeper itself asks, for canaries and judges, as they are in watchkeeper.yml."""

from pathlib import Path
from typing import Annotated, Literal
from urllib.parse import urlsplit

from pydantic import AfterValidator, Field
from pydantic_core import PydanticCustomError

from watchkeeper.config.section import Limit, Name, Quantity, Section, Slug


def _http_url(text: str) -> str:
    """An address without credentials: those belong in a file."""
    parts = urlsplit(text)
    if parts.scheme not in ("http", "https") or not parts.hostname or "@" in parts.netloc:
        raise PydanticCustomError("http_url", "not an address")
    return text.rstrip("/")


HttpUrl = Annotated[str, AfterValidator(_http_url)]
Api = Literal["openai", "anthropic"]


class Model(Section):
    """A model that Watchkeeper itself asks.

    ``api`` is what it speaks: ``openai`` (chat completions, as most servers do) or ``anthropic`` (messages).
    ``url`` goes without the last part: https://api.openai.com/v1, https://api.anthropic.com/v1.
    ``key_file`` holds the key alone and is relative to watchkeeper.yml. ``provider`` is how calls to it are priced.
    """

    name: Slug
    api: Api = "openai"
    url: HttpUrl
    model: Name
    provider: Annotated[str, Field(max_length=128)] = ""
    key_file: Path | None = None
    timeout_seconds: Annotated[Limit, Field(le=300)] = 60.0
    max_output_tokens: Quantity = 1024
