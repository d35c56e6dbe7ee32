"""What the parts of watchkeeper.yml are made of: the base of every section, and the kinds of values they share."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Annotated
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, PositiveInt, ValidationError
from pydantic_core import InitErrorDetails, PydanticCustomError

# Whose services no one owns.
UNASSIGNED = "unassigned"


class Section(BaseModel):
    """A part of the file: unknown keys are errors, values never change."""

    model_config = ConfigDict(extra="forbid", frozen=True)


def no_truth(value: object) -> object:
    """YAML reads yes and on as true, and true would pass for the number 1."""
    if isinstance(value, bool):
        raise PydanticCustomError("float_type", "a boolean is no number")
    return value


def refuse_taken(names: Sequence[str], key: str = "name") -> None:
    """Names distinguish entries of a list, in metrics too: a second one of the same name is an error."""
    taken = PydanticCustomError("taken", "taken")
    problems = [
        InitErrorDetails(type=taken, loc=(place, key), input=name)
        for place, name in enumerate(names)
        if name in names[:place]
    ]
    if problems:
        raise ValidationError.from_exception_data("names", problems)


def at_least_one(entries: tuple[str, ...]) -> tuple[str, ...]:
    """An empty list would stand for nothing; what may be anything is left out."""
    if not entries:
        raise PydanticCustomError("too_short", "empty", {"min_length": 1})
    return entries


def known_zone(name: str) -> str:
    """A name of the IANA database; a path or a guess would be the wrong midnight."""
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise PydanticCustomError("zone", "not a time zone") from error
    return name


Name = Annotated[str, Field(min_length=1, max_length=128)]
# With * and ? as wildcards.
Patterns = Annotated[tuple[Name, ...], AfterValidator(at_least_one)]
# A name that becomes the value of a label of our own.
Slug = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9._-]{0,63}$")]
Dollars = Annotated[Decimal, Field(ge=0, allow_inf_nan=False), BeforeValidator(no_truth)]
Limit = Annotated[float, Field(gt=0, allow_inf_nan=False), BeforeValidator(no_truth)]
Quantity = Annotated[PositiveInt, BeforeValidator(no_truth)]
Timezone = Annotated[str, AfterValidator(known_zone)]
