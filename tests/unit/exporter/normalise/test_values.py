from decimal import Decimal

import pytest

from watchkeeper.exporter.normalise import values
from watchkeeper.model import AttributeValue

NAN = float("nan")


@pytest.mark.parametrize(
    ("value", "count"),
    [
        pytest.param(0, 0, id="zero is a count"),
        pytest.param(12, 12, id="a whole number"),
        pytest.param("12", 12, id="digits in text"),
        pytest.param(" 12 ", 12, id="text with spaces around"),
        pytest.param(12.0, 12, id="a float without fraction"),
        pytest.param("12.0", 12, id="a float in text"),
        pytest.param("1e3", 1000, id="text with an exponent"),
        pytest.param(12.5, None, id="a fraction of a token is an error"),
        pytest.param(-1, None, id="negative"),
        pytest.param(True, None, id="a boolean is not a number"),
        pytest.param("True", None, id="a boolean in text"),
        pytest.param("", None, id="empty text"),
        pytest.param("many", None, id="a word"),
        pytest.param(NAN, None, id="not a number"),
        pytest.param("nan", None, id="not a number, in text"),
        pytest.param("inf", None, id="infinity in text"),
        pytest.param(2**63, None, id="more tokens than any model takes"),
        pytest.param("9" * 33, None, id="text too long for a number"),
        pytest.param([12], None, id="a list"),
        pytest.param(None, None, id="nothing"),
    ],
)
def test_as_count(value: AttributeValue, count: int | None) -> None:
    """A count is accepted in any spelling, and nothing else is."""
    assert values.as_count(value) == count


@pytest.mark.parametrize(
    ("attributes", "text"),
    [
        pytest.param({"a": "x", "b": "y"}, "x", id="the first key wins"),
        pytest.param({"b": "y"}, "y", id="the second stands in for the first"),
        pytest.param({"a": "", "b": "y"}, "y", id="empty text is no answer"),
        pytest.param({"a": None, "b": "y"}, "y", id="nothing is no answer"),
        pytest.param({"a": ["x"], "b": "y"}, "y", id="a list is no text"),
        pytest.param({"a": {"x": 1}, "b": "y"}, "y", id="a mapping is no text"),
        pytest.param({"a": b"x", "b": "y"}, "y", id="bytes are no text"),
        pytest.param({"a": 7}, "7", id="a number becomes text"),
        pytest.param({"a": False}, "False", id="a boolean becomes text"),
        pytest.param({"a": "x" * 2000}, "x" * 1024, id="long text is cut"),
        pytest.param({}, "", id="absent"),
    ],
)
def test_first_text(attributes: dict[str, AttributeValue], text: str) -> None:
    """The first key that holds something wins, as text of bounded length."""
    assert values.first_text(attributes, "a", "b") == text


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        pytest.param(1.5, 1.5, id="a number"),
        pytest.param("1.5", 1.5, id="text"),
        pytest.param(0, 0.0, id="zero"),
        pytest.param(-0.1, None, id="negative"),
        pytest.param(NAN, None, id="not a number"),
        pytest.param(True, None, id="a boolean"),
    ],
)
def test_first_seconds(value: AttributeValue, seconds: float | None) -> None:
    """Seconds are finite and not negative."""
    assert values.first_seconds({"a": value}, "a") == seconds


@pytest.mark.parametrize(
    ("value", "dollars"),
    [
        pytest.param("0.1", Decimal("0.1"), id="text is taken to the digit"),
        pytest.param(0.1, Decimal("0.1"), id="a float is taken as it is spelled, not as its binary value"),
        pytest.param(2, Decimal(2), id="a whole number"),
        pytest.param("0", Decimal(0), id="zero"),
        pytest.param("-1", None, id="negative"),
        pytest.param("NaN", None, id="not a number"),
        pytest.param("sNaN", None, id="a signalling NaN"),
        pytest.param("Infinity", None, id="infinite"),
        pytest.param("$1", None, id="with a currency sign"),
        pytest.param(True, None, id="a boolean"),
    ],
)
def test_first_dollars(value: AttributeValue, dollars: Decimal | None) -> None:
    """Money is exact, finite and not negative."""
    assert values.first_dollars({"a": value}, "a") == dollars


@pytest.mark.parametrize(
    ("value", "truth"),
    [
        pytest.param(True, True, id="true"),
        pytest.param("True", True, id="Python's spelling"),
        pytest.param("true", True, id="JSON's spelling"),
        pytest.param(1, True, id="one"),
        pytest.param(False, False, id="false"),
        pytest.param("yes", False, id="another word"),
        pytest.param(None, False, id="nothing"),
        pytest.param([True], False, id="a list"),
    ],
)
def test_is_true(value: AttributeValue, truth: bool) -> None:
    """Truth in its usual spellings, and nothing else."""
    assert values.is_true(value) is truth


@pytest.mark.parametrize(
    ("value", "words"),
    [
        pytest.param(["stop", "length"], ("stop", "length"), id="an array"),
        pytest.param('["stop"]', ("stop",), id="a JSON array in text"),
        pytest.param("stop", ("stop",), id="one word"),
        pytest.param("", (), id="empty text"),
        pytest.param(["stop", "", 3, None], ("stop",), id="what is no word is left out"),
        pytest.param("[stop", (), id="broken JSON"),
        pytest.param("[" * 5000, (), id="JSON nested without end"),
        pytest.param(None, (), id="nothing"),
        pytest.param(7, (), id="a number"),
    ],
)
def test_text_list(value: AttributeValue, words: tuple[str, ...]) -> None:
    """A list of words in any of its spellings."""
    assert values.text_list(value) == words
