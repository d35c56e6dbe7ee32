"""What a canary expects of an answer, as it is in watchkeeper.yml."""

import re
from collections.abc import Mapping
from typing import Annotated, Any

import jmespath
from pydantic import AfterValidator, BeforeValidator, Field, model_validator
from pydantic_core import PydanticCustomError

from watchkeeper.config.json_schemas import Schema
from watchkeeper.config.patterns import regular_expression
from watchkeeper.config.section import Name, Section, Slug

_UNIT_SECONDS = {"s": 1.0, "m": 60.0, "h": 3600.0, "d": 86400.0}
_SHORTEST_SECONDS = 60.0
# LLMCanaryStale fires after two intervals without a run, and looks three days back for the last one.
_LONGEST_SECONDS = 86400.0
DEFAULT_INTERVAL_SECONDS = 6 * 3600.0


def _interval(given: Any) -> float:
    """Text like 30m or 6h, or seconds, as seconds."""
    seconds = -1.0
    if isinstance(given, str) and (found := re.fullmatch(r"([0-9]{1,6})([smhd])", given)):
        seconds = float(found[1]) * _UNIT_SECONDS[found[2]]
    elif isinstance(given, int | float) and not isinstance(given, bool):
        seconds = float(given)
    if not _SHORTEST_SECONDS <= seconds <= _LONGEST_SECONDS:
        raise PydanticCustomError("interval", "not an interval")
    return seconds


def _expression(text: str) -> str:
    try:
        jmespath.compile(text)
    except jmespath.exceptions.JMESPathError as error:
        raise PydanticCustomError("jmespath", "not an expression") from error
    return text


def with_placeholder(body: Mapping[str, Any], placeholder: str) -> bool:
    """Whether the placeholder stands in a text somewhere in a JSON object."""
    return any(placeholder in text for text in _texts(body))


def _texts(value: Any) -> list[str]:
    if isinstance(value, str):
        return [value]
    parts = value.values() if isinstance(value, Mapping) else value if isinstance(value, list) else ()
    return [text for part in parts for text in _texts(part)]


Interval = Annotated[float, BeforeValidator(_interval), Field(json_schema_extra={"type": "string"})]
JsonPath = Annotated[str, Field(min_length=1, max_length=256), AfterValidator(_expression)]
Text = Annotated[str, Field(min_length=1, max_length=16_384)]


class Expectation(Section):
    """What a right answer has; its score is the mean of what is given here, each from 0 to 1.

    ``keywords``: the share of them that it contains, whatever their case. ``output``: it is this text, whatever the
    case and the space around it. ``regex``: a pattern of RE2 is found in it. ``json_schema``: it is JSON that fits.
    ``rubric``: what the model named ``judge`` says of it, asked with these words.
    """

    keywords: tuple[Name, ...] = ()
    output: Text | None = None
    regex: Annotated[Text, AfterValidator(regular_expression)] | None = None
    json_schema: Schema | None = None
    rubric: Text | None = None
    judge: Slug | None = None

    @model_validator(mode="after")
    def _of_something(self) -> "Expectation":
        """A canary that expects nothing would always sing."""
        if not (self.keywords or self.output or self.regex or self.json_schema is not None or self.rubric):
            raise PydanticCustomError("nothing_expected", "nothing expected")
        if (self.rubric is None) != (self.judge is None):
            raise PydanticCustomError("rubric_and_judge", "one without the other")
        return self
