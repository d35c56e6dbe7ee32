"""The repository that someone works on, as one short name whatever way it is reported."""

import re

# OpenTelemetry's names, those of Copilot, and what people write into OTEL_RESOURCE_ATTRIBUTES.
REPOSITORY = (
    "vcs.repository.name",
    "vcs.repository.url.full",
    "github.copilot.git.repository",
    "copilot_chat.repo.remote_url",
    "repository",
)
# https://user:password@host:port/path, ssh://git@host/path and git@host:path.
_URL = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*://[^/]*/|[^/@\s]+@[^/:\s]+:")
_FOLDER = re.compile(r"(?:file:/*|/|~|[A-Za-z]:[\\/]).*[\\/]")
_MAX_LENGTH = 128


def repository_named(reported: str) -> str:
    """Owner and name of an address, without its host and its credentials; of a folder its last part alone."""
    plain = re.split(r"[?#]", reported.strip(), maxsplit=1)[0].rstrip("/\\")
    name = _FOLDER.sub("", plain) if _FOLDER.match(plain) else _URL.sub("", plain, count=1)
    return name.strip("/").removesuffix(".git")[:_MAX_LENGTH]
