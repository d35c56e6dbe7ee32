"""How destinations are asked what they stored, where watchkeeper.yml need not say it. Pure."""

from collections.abc import Mapping

from watchkeeper.config.forward import Audit, Forward
from watchkeeper.config.schema import ConfigFile

# What Langfuse takes OTLP below; the rest of its API begins before it.
LANGFUSE_OTLP = "/api/public/otel"


def with_audit(forward: Forward, file: ConfigFile, of_profiles: Mapping[str, Audit]) -> Forward:
    """The destination with how it is asked: as it says itself, as a backend of the bundle, or as a Langfuse with keys.

    ``of_profiles`` are the audits of what profiles run, by the endpoint that takes OTLP.
    """
    if forward.audit is not None or "traces" not in forward.signals:
        return forward
    audit = of_profiles.get(forward.endpoint) or _of_project(forward, file)
    return forward.model_copy(update={"audit": audit}) if audit else forward


def _of_project(forward: Forward, file: ConfigFile) -> Audit | None:
    """With the keys of ``langfuse_projects``; of two projects at one address no one knows which is meant."""
    if not forward.endpoint.endswith(LANGFUSE_OTLP):
        return None
    url = forward.endpoint.removesuffix(LANGFUSE_OTLP)
    keys = [project.key_file for project in file.langfuse_projects if project.key_file and project.url == url]
    return Audit(api="langfuse", url=url, key_file=keys[0]) if len(keys) == 1 else None
