"""Canaries as they are in watchkeeper.yml: fixed questions with known answers, asked on a schedule."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Annotated, Any

from pydantic import AfterValidator, Field, ValidationError, field_validator
from pydantic_core import InitErrorDetails, PydanticCustomError

from watchkeeper.config.endpoints import HttpUrl, Model
from watchkeeper.config.expectations import (
    DEFAULT_INTERVAL_SECONDS,
    Expectation,
    Interval,
    JsonPath,
    Text,
    with_placeholder,
)
from watchkeeper.config.section import Limit, Name, Quantity, Section, Slug, at_least_one, refuse_taken

PROMPT = "{{prompt}}"
QUERY = "{{query}}"
# A search is asked all of them at each run.
_MOST_QUERIES = 1000


def _with_prompt(body: dict[str, Any]) -> dict[str, Any]:
    if not with_placeholder(body, PROMPT):
        raise PydanticCustomError("placeholder", "no placeholder", {"placeholder": PROMPT})
    return body


def _with_query(body: dict[str, Any]) -> dict[str, Any]:
    if not with_placeholder(body, QUERY):
        raise PydanticCustomError("placeholder", "no placeholder", {"placeholder": QUERY})
    return body


class _Endpoint(Section):
    """Where a request goes: POST of a JSON ``body`` to ``url``; ``headers_file`` has a ``Name: value`` a line."""

    url: HttpUrl
    headers_file: Path | None = None
    timeout_seconds: Annotated[Limit, Field(le=300)] = 60.0


class Application(_Endpoint):
    """Your own application: ``{{prompt}}`` in ``body`` becomes the question, ``answer`` is where its JSON has the text.

    ``answer`` is a JMESPath expression. ``model`` names the model of ``models`` that the application works with: where
    a canary asks both, it shows whether the provider or the application changed.
    """

    name: Slug
    body: Annotated[dict[str, Any], AfterValidator(_with_prompt)] = Field(default_factory=lambda: {"prompt": PROMPT})
    answer: JsonPath = "answer"
    model: Slug | None = None


class Canary(Section):
    """A fixed question: asked of each of ``targets`` (models or applications) ``repeats`` times, at ``temperature`` 0.

    With ``temperature: null`` none is sent, for models that refuse one.
    """

    name: Slug
    prompt: Text
    system: Annotated[str, Field(max_length=16_384)] = ""
    targets: Annotated[tuple[Slug, ...], AfterValidator(at_least_one)]
    expect: Expectation
    every: Interval = DEFAULT_INTERVAL_SECONDS
    repeats: Annotated[Quantity, Field(le=10)] = 3
    temperature: Annotated[float, Field(ge=0, le=2)] | None = 0.0


class GoldenQuery(Section):
    """A search with the ids of the documents it must find; with numbers they are graded, higher is more relevant.

    ``name`` stands for it in metrics and messages; without one it is its place among the queries, ``query-1`` first.
    """

    query: Text
    name: Slug | None = None
    documents: Annotated[tuple[Name, ...], AfterValidator(at_least_one)]
    grades: tuple[Quantity, ...] = ()
    difficulty: Slug = "normal"

    @field_validator("grades", mode="after")
    @classmethod
    def _one_each(cls, given: tuple[int, ...], info: Any) -> tuple[int, ...]:
        """Each document has one, or none has."""
        if given and len(given) != len(info.data.get("documents", given)):
            raise PydanticCustomError("grades", "not one for each")
        return given


def _some_queries(queries: tuple[GoldenQuery, ...]) -> tuple[GoldenQuery, ...]:
    if not 0 < len(queries) <= _MOST_QUERIES:
        raise PydanticCustomError("some", "too few or too many", {"most": _MOST_QUERIES})
    named = tuple(query.model_copy(update={"name": query.name or f"query-{n}"}) for n, query in enumerate(queries, 1))
    refuse_taken([query.name for query in named if query.name])
    return named


class Search(_Endpoint):
    """Golden queries of a retriever: ``{{query}}`` in ``body`` becomes each of ``queries``.

    ``ids`` is a JMESPath expression for the list of ids in the answer, the best first; the first ``k`` count.
    """

    name: Slug
    body: Annotated[dict[str, Any], AfterValidator(_with_query)] = Field(default_factory=lambda: {"query": QUERY})
    ids: JsonPath = "results[].id"
    k: Annotated[Quantity, Field(le=1000)] = 10
    every: Interval = DEFAULT_INTERVAL_SECONDS
    queries: Annotated[tuple[GoldenQuery, ...], AfterValidator(_some_queries)]


class Canaries(Section):
    """Fixed questions with known answers; without ``prompts`` and ``searches`` nothing is asked.

    A prompt and a search have different names: both are canaries in metrics.
    """

    applications: tuple[Application, ...] = ()
    prompts: tuple[Canary, ...] = ()
    searches: tuple[Search, ...] = ()

    @field_validator("applications", "prompts", "searches", mode="after")
    @classmethod
    def _named_once(cls, given: tuple[Any, ...]) -> tuple[Any, ...]:
        """Names distinguish them in metrics."""
        refuse_taken([entry.name for entry in given])
        return given


def refuse_unknown_models(canaries: Canaries, models: tuple[Model, ...]) -> None:
    """Every name of a target, of a judge and of an application's model must be of something.

    Raises: ValidationError with each that is not.
    """
    known = [model.name for model in models]
    problems = list(_unknown(canaries, known))
    if problems:
        raise ValidationError.from_exception_data("canaries", problems)


def _unknown(canaries: Canaries, models: list[str]) -> Iterator[InitErrorDetails]:
    yield from _taken(canaries, models)
    for place, application in enumerate(canaries.applications):
        if application.model is not None and application.model not in models:
            yield _problem(("applications", place, "model"), application.model, "unknown_name", models)
    targets = [*models, *(application.name for application in canaries.applications)]
    for place, canary in enumerate(canaries.prompts):
        for number, target in enumerate(canary.targets):
            if target not in targets:
                yield _problem(("prompts", place, "targets", number), target, "unknown_name", targets)
        judge = canary.expect.judge
        if judge is not None and judge not in models:
            yield _problem(("prompts", place, "expect", "judge"), judge, "unknown_name", models)


def _taken(canaries: Canaries, models: list[str]) -> Iterator[InitErrorDetails]:
    prompts = {canary.name for canary in canaries.prompts}
    for place, application in enumerate(canaries.applications):
        if application.name in models:
            yield _problem(("applications", place, "name"), application.name, "taken", ())
    for place, search in enumerate(canaries.searches):
        if search.name in prompts:
            yield _problem(("searches", place, "name"), search.name, "taken", ())


def _problem(place: tuple[str | int, ...], name: str, kind: Any, known: Sequence[str]) -> InitErrorDetails:
    error = PydanticCustomError(kind, "unknown", {"known": ", ".join(known) or "none"})
    return InitErrorDetails(type=error, loc=place, input=name)
