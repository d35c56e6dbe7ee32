"""Projects of Langfuse that work together with the stack, as they are in watchkeeper.yml."""

from pathlib import Path

from pydantic import model_validator
from pydantic_core import PydanticCustomError

from watchkeeper.config.endpoints import HttpUrl
from watchkeeper.config.section import Section, Slug


class LangfuseProject(Section):
    """A project of Langfuse; paths of files are relative to watchkeeper.yml.

    ``webhook_secret_file`` holds the signing secret of its prompt webhook. With ``url``, as in
    https://cloud.langfuse.com, and ``key_file``, which holds its public and its secret key with a colon between them,
    its scores are read.
    """

    name: Slug
    webhook_secret_file: Path | None = None
    url: HttpUrl | None = None
    key_file: Path | None = None

    @model_validator(mode="after")
    def _url_with_key(self) -> "LangfuseProject":
        """One without the other would read nothing, silently."""
        if (self.url is None) != (self.key_file is None):
            raise PydanticCustomError("url_and_key", "one without the other")
        return self
