"""Where texts go that are too large for a log line, as it is in watchkeeper.yml."""

import re
from pathlib import Path
from typing import Annotated

from pydantic import AfterValidator, Field
from pydantic_core import PydanticCustomError

from watchkeeper.config.forward import http_url
from watchkeeper.config.section import Quantity, Section

_BUCKET = re.compile(r"s3://[a-z0-9][a-z0-9.-]{1,61}[a-z0-9](/[\w!.*'()/-]*)?\Z", re.ASCII)


def _place(text: str) -> str:
    """A folder, or s3:// with a bucket and maybe a prefix."""
    if "://" in text and not _BUCKET.match(text):
        raise PydanticCustomError("archive_place", "not a place")
    return text


class Archive(Section):
    """Prompts, outputs and the like that a log line cannot hold; ``to`` is a folder, or `s3://bucket/prefix`.

    Only with ``privacy.capture`` redacted or full, and as that says. Relative paths begin at watchkeeper.yml.
    ``endpoint`` is the address of a bucket that is not Amazon's; ``credentials_file`` has its keys, ``key_file`` the
    key by which texts are encrypted, if any. Texts of more than ``longest`` characters are not archived.
    """

    to: Annotated[str, Field(max_length=1024), AfterValidator(_place)] = ""
    endpoint: Annotated[str, AfterValidator(http_url)] | None = None
    region: Annotated[str, Field(pattern=r"^[a-z0-9-]{1,64}$")] = "us-east-1"
    credentials_file: Path | None = None
    key_file: Path | None = None
    days: Annotated[Quantity, Field(le=3650)] = 30
    longest: Annotated[Quantity, Field(le=4 * 1024 * 1024)] = 64 * 1024

    @property
    def is_bucket(self) -> bool:
        """Whether it goes to a bucket."""
        return self.to.startswith("s3://")
