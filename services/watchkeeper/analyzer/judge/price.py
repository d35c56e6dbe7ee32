"""What a call of a judge may cost at most, and what it did cost: without a known price there is no cap, and no call."""

from collections.abc import Sequence
from datetime import UTC, datetime
from decimal import Decimal
from fnmatch import fnmatchcase

from genai_prices import Usage, calc_price

from watchkeeper.analyzer.endpoints.answer import Answer, Question
from watchkeeper.config.endpoints import Model
from watchkeeper.config.schema import Price

_MILLION = Decimal(1_000_000)
# Marks of messages and roles around the texts; a token is a byte at least.
_AROUND_TOKENS = 64


class UnpricedError(LookupError):
    """No one knows what the model costs."""


class JudgePrices:
    """Prices of models: those of watchkeeper.yml first, else the table's, as the exporter prices calls."""

    def __init__(self, own: Sequence[Price]) -> None:
        self._own = own

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
        now = datetime.now(UTC)
        fitting = [
            price
            for price in self._own
            if (price.start is None or price.start <= now.date())
            and price.provider in ("", model.provider)
            and any(fnmatchcase(name, price.model) for name in (answered, model.model))
        ]
        if fitting:
            own = max(fitting, key=lambda price: price.start or now.date().min)
            return (own.input * input_tokens + own.output * output_tokens) / _MILLION
        usage = Usage(input_tokens=input_tokens, output_tokens=output_tokens)
        for name in (answered, model.model):
            try:
                return calc_price(
                    usage, name, provider_id=model.provider or None, genai_request_timestamp=now
                ).total_price
            except LookupError:
                continue
        raise UnpricedError(model.model)
