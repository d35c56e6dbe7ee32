"""What watchkeeper.yml says of prompts and outputs: what is looked at, kept and shown of them."""

from typing import Annotated, Literal

from pydantic import AfterValidator, Field

from watchkeeper.config.patterns import regular_expression
from watchkeeper.config.section import Section

Capture = Literal["metadata", "redacted", "full"]


class RedactionPattern(Section):
    """Something of your own that must not be shown: what ``regex`` (in RE2's syntax) matches becomes ``[name]``."""

    name: Annotated[str, Field(pattern=r"^[a-z0-9_-]{1,32}$")]
    regex: Annotated[str, Field(min_length=1, max_length=1000), AfterValidator(regular_expression)]


class Privacy(Section):
    """What log lines show of prompts and outputs.

    ``metadata``: nothing. ``redacted``: the text without e-mail addresses, phone and card numbers, API keys and what
    ``patterns`` match. ``full``: the text as it came.
    With ``inspect`` answers are looked at while they are in memory, for what looks wrong in them, and not kept.
    With ``journal`` requests are kept on disk as they came, for some minutes and for the exporter alone, so that a
    crash loses none of them.
    """

    inspect: bool = False
    journal: bool = True
    capture: Capture = "metadata"
    patterns: tuple[RedactionPattern, ...] = ()
