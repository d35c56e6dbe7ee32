"""What models and servers cost, where the price tables do not know it: the money of watchkeeper.yml."""

from datetime import date
from decimal import Decimal
from typing import Annotated

from pydantic import AfterValidator, BeforeValidator, Field
from pydantic_core import PydanticCustomError

from watchkeeper.config.section import Dollars, Name, Section, no_truth


def _other_than_dollars(code: str) -> str:
    """Costs in dollars need no rate, and would be changed by one."""
    if code.upper() == "USD":
        expected = "the other currencies: costs in USD need no rate"
        raise PydanticCustomError("literal_error", "dollars", {"expected": expected})
    return code.upper()


class Price(Section):
    """A price of your own, in US dollars per million tokens, for models that match ``model`` (with * and ?).

    ``from`` is the first day it is valid; cached and cache-write tokens cost what input costs unless given.
    """

    model: Name
    provider: str = ""
    input: Dollars
    output: Dollars
    cached_input: Dollars | None = None
    cache_write: Dollars | None = None
    start: Annotated[date | None, Field(alias="from")] = None


class ExchangeRate(Section):
    """What one unit of a currency is in US dollars from a day on, for costs that clients report in that currency.

    Without ``from`` it is valid from the first day on.
    """

    currency: Annotated[str, Field(pattern=r"^[A-Za-z]{3}$"), AfterValidator(_other_than_dollars)]
    usd: Annotated[Decimal, Field(gt=0, allow_inf_nan=False), BeforeValidator(no_truth)]
    start: Annotated[date | None, Field(alias="from")] = None


class Retirement(Section):
    """When a provider retires the models that match ``model`` (with * and ?), and what takes their place.

    It comes before the table of the release. Without ``date`` they are not retired, whatever the table says.
    """

    model: Name
    provider: str = ""
    day: Annotated[date | None, Field(alias="date")] = None
    successor: Annotated[str, Field(max_length=128)] = ""


class InferenceServer(Section):
    """What the GPUs of a service that serves models itself cost: ``gpus`` is how many all its processes have."""

    service: Name
    price_per_gpu_hour: Annotated[float, Field(gt=0, le=1_000_000, allow_inf_nan=False)]
    gpus: Annotated[int, Field(ge=1, le=1_000_000)] = 1

    @property
    def dollars_per_hour(self) -> float:
        """What is paid for an hour, whatever is done in it."""
        return self.price_per_gpu_hour * self.gpus
