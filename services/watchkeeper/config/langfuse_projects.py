"""Projects of Langfuse that work together with the stack, as they are in watchkeeper.yml."""

from pathlib import Path

from watchkeeper.config.section import Section, Slug


class LangfuseProject(Section):
    """A project of Langfuse.

    ``webhook_secret_file`` holds the signing secret of its prompt webhook, and is relative to watchkeeper.yml.
    """

    name: Slug
    webhook_secret_file: Path | None = None
