"""Webhooks of Langfuse: what is sent when a version of a prompt is created, updated or deleted, or its labels move.

The same channel has other types, which are of no interest here. What a prompt says is not decoded.
Source: langfuse.com/docs/prompt-management/features/webhooks-slack-integrations.
"""

from typing import Annotated

import msgspec
from msgspec import Meta

from watchkeeper.errors import DecodeError
from watchkeeper.exporter.ingest.json_values import check_values
from watchkeeper.exporter.ingest.pieces import Pieces, as_one
from watchkeeper.exporter.ingest.surrogates import decode_leniently
from watchkeeper.exporter.watch.deliveries import Deliveries
from watchkeeper.model import Rejection

PROMPT_VERSION = "prompt-version"
REPLAYED = "replayed"
_TooLong = Annotated[str, Meta(max_length=1024)]


class Prompt(msgspec.Struct, frozen=True):
    """The version of a prompt that a webhook is about."""

    name: Annotated[str, Meta(min_length=1, max_length=1024)]
    version: Annotated[int, Meta(ge=0, le=2**53)]
    labels: list[_TooLong] = []


class Author(msgspec.Struct, frozen=True):
    """Who did it."""

    name: str | None = None


class Webhook(msgspec.Struct, frozen=True):
    """One webhook of any type; ``prompt`` is None where it is about something else. ``id`` is that of the delivery."""

    id: str = ""
    type: str = ""
    action: str = ""
    timestamp: str = ""
    prompt: Prompt | None = None
    user: Author | None = None


class _OfAnyType(msgspec.Struct, frozen=True):
    type: str = ""


_decode_type = msgspec.json.Decoder(_OfAnyType).decode
_decode_webhook = msgspec.json.Decoder(Webhook).decode


class WebhookDecoder:
    """Decodes webhooks, each delivery once: who has seen a signed one cannot send it again."""

    def __init__(self, deliveries: Deliveries) -> None:
        self._deliveries = deliveries

    def decode(self, body: bytes) -> Pieces[Webhook]:
        """Return the webhook, or its rejection where it came before.

        Raises: DecodeError when the body is no webhook of Langfuse.
        """
        check_values(body)
        try:
            is_prompt = decode_leniently(_decode_type, body).type == PROMPT_VERSION
            webhook = decode_leniently(_decode_webhook, body) if is_prompt else Webhook()
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
            raise DecodeError(f"body: must be a webhook of Langfuse, {error}") from error
        if not is_prompt:
            return as_one([(0, webhook)], ())
        if not webhook.id or webhook.prompt is None:
            raise DecodeError("body: must be a webhook of Langfuse, with an id and a prompt")
        if self._deliveries.is_repeat(webhook.id):
            return as_one((), [Rejection(reason=REPLAYED, detail="id: this delivery was taken before")])
        return as_one([(0, webhook)], ())
