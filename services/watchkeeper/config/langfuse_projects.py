"""Projects of Langfuse that work together with the stack, as they are in watchkeeper.yml."""

from pathlib import Path
from typing import Annotated, get_args

from pydantic import BeforeValidator, Field, model_validator
from pydantic_core import PydanticCustomError

from watchkeeper.config.endpoints import HttpUrl
from watchkeeper.config.section import Patterns, Quantity, Section, Slug, no_truth
from watchkeeper.model.runs import FailureType

Ratio = Annotated[float, Field(ge=0, le=1), BeforeValidator(no_truth)]


class ReviewQueue(Section):
    """An annotation queue that traces with a bad verdict are put into; ``id`` is the last part of its address.

    Bad are silent failures of the types in ``failures``, all as a rule, and scores of judges below ``scores_below``. Of
    these traces a ``share`` is put there, and no more than ``most_per_day`` on a day of UTC.
    """

    id: Annotated[str, Field(pattern=r"^[A-Za-z0-9_-]{1,64}$")]
    failures: tuple[FailureType, ...] = get_args(FailureType)
    scores_below: Ratio | None = None
    share: Ratio = 1.0
    most_per_day: Annotated[Quantity, Field(le=1000)] = 20


class Verdicts(Section):
    """Verdicts on traces of ``services`` (with * and ?), which become scores of the project."""

    services: Patterns
    queue: ReviewQueue | None = None


class AlertEvents(Section):
    """Alerts about ``services`` (with * and ?), which become events in the project when they fire and resolve."""

    services: Patterns


class LangfuseProject(Section):
    """A project of Langfuse; paths of files are relative to watchkeeper.yml.

    ``webhook_secret_file`` holds the signing secret of its prompt webhook. With ``url``, as in
    https://cloud.langfuse.com, and ``key_file``, which holds its public and its secret key with a colon between them,
    its scores are read unless ``read_scores`` is false, what waits in its annotation queues is counted unless
    ``read_queues`` is, and ``verdicts`` and ``alerts`` are written. ``read_observations`` takes over
    the calls, tools and steps of applications that send to Langfuse only. ``compare_costs`` lays what Langfuse says
    that calls cost beside what was counted here.
    """

    name: Slug
    webhook_secret_file: Path | None = None
    url: HttpUrl | None = None
    key_file: Path | None = None
    read_scores: bool = True
    read_queues: bool = True
    read_observations: bool = False
    compare_costs: bool = False
    verdicts: Verdicts | None = None
    alerts: AlertEvents | None = None

    @model_validator(mode="after")
    def _url_with_key(self) -> "LangfuseProject":
        """One without the other would do nothing, silently."""
        if (self.url is None) != (self.key_file is None):
            raise PydanticCustomError("url_and_key", "one without the other")
        if self.read_observations and self.key_file is None:
            raise PydanticCustomError("observations_and_key", "nowhere to read from")
        if self.compare_costs and self.key_file is None:
            raise PydanticCustomError("costs_and_key", "nowhere to read from")
        if self.verdicts is not None and self.key_file is None:
            raise PydanticCustomError("verdicts_and_key", "nowhere to write to")
        if self.alerts is not None and self.key_file is None:
            raise PydanticCustomError("alerts_and_key", "nowhere to write to")
        return self
