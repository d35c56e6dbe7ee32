"""What every fact is completed by, and what is taken out of it, in this order."""

import msgspec

from watchkeeper.exporter.batch import Batch
from watchkeeper.exporter.enrich.ownership import Ownership
from watchkeeper.exporter.enrich.privacy import UserHasher
from watchkeeper.exporter.enrich.redaction import Redactor
from watchkeeper.model import Fact, Incident, LlmCall
from watchkeeper.prices.book import PriceBook


class Enricher:
    """Prices calls, names their owners, hashes users and redacts words."""

    def __init__(
        self, *, price_book: PriceBook, ownership: Ownership, user_hasher: UserHasher, redactor: Redactor
    ) -> None:
        self._price_book = price_book
        self._ownership = ownership
        self._user_hasher = user_hasher
        self._redactor = redactor

    def enrich(self, fact: Fact, _batch: Batch) -> tuple[Fact]:
        """Return the one fact that sinks may have."""
        if isinstance(fact, Incident):  # its labels were made of facts that were completed
            return (self._redactor.redact(fact),)
        if isinstance(fact, LlmCall):  # first: the price book knows a model's provider, and owners may be named by it
            fact = self._price_book.price(_of_plain_model(fact))
        context = self._user_hasher.anonymise(self._ownership.complete(fact.context))
        return (self._redactor.redact(msgspec.structs.replace(fact, context=context)),)


def _of_plain_model(call: LlmCall) -> LlmCall:
    """The call with its model's name alone: behind a question mark are parameters of a request, keys among them."""
    context = call.context
    if "?" not in context.model and "?" not in context.model_requested:
        return call
    model, requested = (name.partition("?")[0] for name in (context.model, context.model_requested))
    return msgspec.structs.replace(
        call, context=msgspec.structs.replace(context, model=model, model_requested=requested)
    )
