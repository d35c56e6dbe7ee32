"""What a version of the application does otherwise than the usual one, as data."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from watchkeeper.demo.assistant.prompts import V1


@dataclass(frozen=True, slots=True, kw_only=True)
class Build:
    """One version of the application.

    ``topics`` are weights of what is asked for, ``sends_whole_history`` forgets to shorten what was said before,
    ``stamps_prompt`` begins the instruction with the time, ``sends_all_to`` is the branch that a bug sends everything
    to. ``model_alias`` is what it asks for in the place of its models. ``extra`` are conversations of one user for each
    usual one, with ``extra_model``. ``stale_index`` searches documents of last year.
    """

    prompt_version: str = V1
    topics: Mapping[str, float] = field(default_factory=lambda: {"order_status": 5, "refund": 2, "question": 3})
    failing_tools_share: float = 0.02
    sends_whole_history: bool = False
    stamps_prompt: bool = False
    sends_all_to: str = ""
    stale_index: bool = False
    service_tier: str = ""
    timeout_seconds: float = 150.0
    model_alias: str = ""
    extra: int = 0
    extra_model: str = ""
    is_silent: bool = False


SHIPPED = Build()
