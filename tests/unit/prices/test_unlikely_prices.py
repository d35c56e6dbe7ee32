from decimal import Decimal
from pathlib import Path

import pytest
from tests.support.exporter import run_exporter

from watchkeeper.config.prices import Price
from watchkeeper.config.schema import ConfigFile
from watchkeeper.prices import genai
from watchkeeper.prices.unlikely_prices import unlikely_prices


def warnings(model: str, input_: str, output: str) -> list[str]:
    """What is said of a price."""
    file = ConfigFile(prices=(Price(model=model, input=Decimal(input_), output=Decimal(output)),))
    return unlikely_prices(file, genai.shipped())


@pytest.mark.parametrize(
    ("model", "input_", "output"),
    [
        ("gpt-4o-mini", "0.15", "0.6"),
        ("gpt-4o-mini", "0.05", "0.2"),
        ("gpt-4o-mini", "0", "0"),
        ("house-*", "0.01", "0.02"),
        ("house-*", "90", "300"),
    ],
)
def test_a_price_that_may_be(model: str, input_: str, output: str) -> None:
    """A discount, something for free, and models that no one else has are no mistakes."""
    assert warnings(model, input_, output) == []


@pytest.mark.parametrize(
    ("model", "price", "unit"),
    [
        ("gpt-4o-mini", "0.00000015", "is it per token?"),
        ("gpt-4o-mini", "0.00015", "is it per thousand tokens?"),
        ("gpt-4o-mini", "150", "is it per billion tokens?"),
        ("claude-opus-4-5*", "0.000005", "is it per token?"),
        ("house-*", "0.0000005", "is it per token?"),
    ],
)
def test_a_price_in_another_unit(model: str, price: str, unit: str) -> None:
    """The warning names the place, what is known, and the likely unit."""
    (said,) = warnings(model, price, "1" if "house" in model else "15" if "claude" in model else "0.6")

    assert said.startswith("watchkeeper.yml: prices[0].input: ")
    assert unit in said


def test_the_exporter_starts_and_says_so(tmp_path: Path) -> None:
    """It is a warning, for a price is the operator's to set."""
    file = tmp_path / "watchkeeper.yml"
    file.write_text("prices:\n  - {model: gpt-4o-mini, input: 0.00000015, output: 0.0000006}\n")

    with run_exporter(config=file) as exporter:
        pass

    assert len(exporter.lines("price_unlikely")) == 2
