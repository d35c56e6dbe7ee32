"""JSON schemas of watchkeeper.yml: checked when the file is read, compiled where they are used."""

import re
from collections.abc import Callable, Mapping
from typing import Annotated, Any

import fastjsonschema
from pydantic import AfterValidator
from pydantic_core import PydanticCustomError

Validate = Callable[[Any], bool]
# What the library raises for what is no schema, depending on where it is none.
_NO_SCHEMA = (
    fastjsonschema.JsonSchemaException,
    ValueError,
    TypeError,
    LookupError,
    AttributeError,
    RecursionError,
    re.error,
)


def _known(schema: dict[str, Any]) -> dict[str, Any]:
    """A JSON schema that can be compiled; one that no answer could be held against would change nothing."""
    fits(schema)
    return schema


def fits(schema: Mapping[str, Any]) -> Validate:
    """Compile a schema to a function that says whether a parsed answer fits it.

    What it refers to must be in it: nothing is fetched.

    Raises: PydanticCustomError when it is no schema.
    """
    handlers = dict.fromkeys(("http", "https", "file", "ftp", ""), _refuse)
    try:
        validate = fastjsonschema.compile(dict(schema), handlers=handlers, use_default=False, detailed_exceptions=False)
    except _NO_SCHEMA as error:
        raise PydanticCustomError("json_schema", "not a schema", {"reason": str(error)[:200]}) from error

    def is_fitting(value: Any) -> bool:
        try:
            validate(value)
        except fastjsonschema.JsonSchemaValueException:
            return False
        return True

    return is_fitting


Schema = Annotated[dict[str, Any], AfterValidator(_known)]


def _refuse(uri: str) -> Any:
    raise ValueError(f"{uri} is not in the schema")
