"""One judge: a model that is asked within the budget, again when that may help, and left alone while it fails."""

from decimal import Decimal

from circuitbreaker import CircuitBreaker, CircuitBreakerError

from watchkeeper.analyzer.endpoints.answer import Answer, Question
from watchkeeper.analyzer.endpoints.models import ModelEndpoint
from watchkeeper.analyzer.endpoints.retrying import with_retries
from watchkeeper.analyzer.judge.budget import DailyBudget
from watchkeeper.analyzer.judge.price import JudgePrices, UnpricedError
from watchkeeper.errors import EndpointError

# As many as one evaluator may have criteria: one bad minute of a provider is no reason to stop.
_FAILURES = 16
_REST_SECONDS = 120
UNPRICED = "unpriced"
CIRCUIT_OPEN = "circuit_open"
_NOT_BILLED = frozenset(
    {"rate_limited", "overloaded", "unauthorized", "refused", "server_error", "no_key", "unreachable"}
)


class AskedJudge:
    """Asks one model; ``calls`` has what it answered since someone last took it, for the bill."""

    def __init__(self, endpoint: ModelEndpoint, budget: DailyBudget, prices: JudgePrices) -> None:
        self.model = endpoint.model
        self.calls: list[Answer] = []
        self._endpoint = endpoint
        self._budget = budget
        self._prices = prices
        self._breaker = CircuitBreaker(_FAILURES, _REST_SECONDS, EndpointError, name=endpoint.model.name)

    @property
    def is_resting(self) -> bool:
        """Whether it failed so often that no one asks it for a while."""
        return bool(self._breaker.opened) and self._breaker.open_remaining > 0

    async def ask(self, question: Question) -> Answer:
        """Ask it.

        Raises: EndpointError when there is no answer, or no known price of one; BudgetSpentError when there could be a
        bill over the cap; StateError when what is spent cannot be noted.
        """
        try:
            answer: Answer = await self._breaker.call_async(with_retries, lambda: self._ask_once(question))
        except CircuitBreakerError as error:
            text = f"judge {self.model.name} failed {_FAILURES} times in a row and is left alone for a while"
            raise EndpointError(CIRCUIT_OPEN, text) from error
        return answer

    async def _ask_once(self, question: Question) -> Answer:
        """Each try is a call that may be on the bill."""
        try:
            most = self._prices.most(self.model, question)
        except UnpricedError as error:
            text = f"judge {self.model.name}: no price is known of {self.model.model}; give one under prices"
            raise EndpointError(UNPRICED, text) from error
        async with self._budget.reserved(most) as reservation:
            try:
                answer = await self._endpoint.ask(question)
            except EndpointError as error:
                # What was answered halfway, or too late, may be on the bill all the same.
                if error.error_type in _NOT_BILLED:
                    reservation.usd = Decimal(0)
                raise
            self.calls.append(answer)
            cost = self._prices.of(self.model, answer)
            reservation.usd = most if cost is None else cost
            return answer
