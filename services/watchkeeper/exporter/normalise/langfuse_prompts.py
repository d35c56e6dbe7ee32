"""Changes of prompts as Langfuse's webhooks report them, to facts."""

from collections.abc import Sequence

from watchkeeper.exporter.ingest.prompt_webhook import Webhook
from watchkeeper.exporter.normalise.times import time_ns_of
from watchkeeper.model import Context, Deployment

_ACTIONS = frozenset({"created", "updated", "deleted"})
_SOURCE = "langfuse"
# Labels are a few words: production, staging, latest.
_MOST_LABELS = 16
_MAX_WORDS = 128


def read_changes(webhook: Webhook, services: Sequence[str], received_ns: int) -> list[Deployment]:
    """Return the change as one of each service; none for an action that is no change.

    Raises: InvalidValueError when its timestamp is no time.
    """
    prompt = webhook.prompt
    if prompt is None or webhook.action not in _ACTIONS:
        return []
    time_ns = time_ns_of(webhook.timestamp) if webhook.timestamp else received_ns
    version, author = str(prompt.version), webhook.user.name if webhook.user else None
    return [
        Deployment(
            context=Context(time_ns=time_ns, service=service, prompt=prompt.name, prompt_version=version),
            kind="prompt",
            name=prompt.name,
            version=version,
            source=_SOURCE,
            action=webhook.action,
            label=", ".join(sorted(label[:_MAX_WORDS] for label in prompt.labels[:_MOST_LABELS])),
            author=(author or "")[:_MAX_WORDS],
        )
        for service in services
    ]
