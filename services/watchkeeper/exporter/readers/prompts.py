"""Webhooks about prompts: a change of each service whose calls name the prompt."""

from collections.abc import Callable, Sequence

from watchkeeper.exporter.batch import Batch
from watchkeeper.exporter.ingest.prompt_webhook import Webhook
from watchkeeper.exporter.normalise.langfuse_prompts import read_changes
from watchkeeper.model import Deployment

ServicesWith = Callable[[str], Sequence[str]]


class PromptReader:
    """Reads webhooks; ``services_with`` knows whose calls name a prompt, because Langfuse does not."""

    def __init__(self, services_with: ServicesWith) -> None:
        self._services_with = services_with

    def read(self, webhook: Webhook, batch: Batch) -> Sequence[Deployment]:
        """Return a change for each service, none for what is about something else."""
        services = self._services_with(webhook.prompt.name) if webhook.prompt else ()
        changes = read_changes(webhook, services, batch.received_ns)
        if not changes:
            batch.drop("normalise", "webhook_of_no_interest")
        return batch.owned(changes)
