"""The prices of watchkeeper.yml as the price book takes them."""

from datetime import date

from watchkeeper.config.schema import ConfigFile
from watchkeeper.prices.book import OwnPrice


def own_prices(file: ConfigFile) -> list[OwnPrice]:
    """The prices of watchkeeper.yml; cached and written tokens cost what input costs unless they have their own."""
    return [
        OwnPrice(
            model=price.model,
            provider=price.provider,
            start=price.start or date.min,
            input=price.input,
            output=price.output,
            cached_input=price.input if price.cached_input is None else price.cached_input,
            cache_write=price.input if price.cache_write is None else price.cache_write,
        )
        for price in file.prices
    ]
