"""What a call of a judge may cost at most, and what it did cost: without a known price there is no cap, and no call."""

import time
from decimal import Decimal

from watchkeeper.analyzer.endpoints.answer import Answer, Question
from watchkeeper.config.endpoints import Model
from watchkeeper.model import Context, LlmCall, Usage
from watchkeeper.prices.book import PriceBook

# Marks of messages and roles around the texts; a token is a byte at least.
_AROUND_TOKENS = 64


class UnpricedError(LookupError):
    """No one knows what the model costs."""


class JudgePrices:
    """Prices of models, by the price book that prices the same calls in the exporter."""

    def __init__(self, book: PriceBook) -> None:
        self._book = book

    def most(self, model: Model, question: Question) -> Decimal:
        """What a question costs at most, in US dollars. Raises: UnpricedError."""
        texts = len(question.prompt.encode()) + len(question.system.encode())
        return self._usd(model, model.model, texts + _AROUND_TOKENS, model.max_output_tokens)

    def of(self, model: Model, answer: Answer) -> Decimal | None:
        """What an answer did cost; None where the provider reports no tokens. Raises: UnpricedError."""
        if answer.input_tokens is None or answer.output_tokens is None:
            return None
        return self._usd(model, answer.model or model.model, answer.input_tokens, answer.output_tokens)

    def _usd(self, model: Model, answered: str, input_tokens: int, output_tokens: int) -> Decimal:
        context = Context(time_ns=time.time_ns(), provider=model.provider, model=answered, model_requested=model.model)
        usage = Usage(input=input_tokens, output=output_tokens)
        cost = self._book.price(LlmCall(context=context, usage=usage)).cost
        if cost is None:
            raise UnpricedError(model.model)
        return cost.usd
