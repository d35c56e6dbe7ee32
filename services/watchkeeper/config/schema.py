"""What may be in watchkeeper.yml: every key, its rule and its default."""

from collections.abc import Iterator
from typing import Annotated, Protocol

from pydantic import (
    AfterValidator,
    Field,
    ValidationError,
    ValidationInfo,
    field_validator,
)
from pydantic_core import InitErrorDetails, PydanticCustomError

from watchkeeper.config.access import Access
from watchkeeper.config.archive import Archive
from watchkeeper.config.budgets import Budget, unknown_teams, unmatched_teams
from watchkeeper.config.canaries import Canaries, refuse_unknown_models
from watchkeeper.config.ceilings import Ceiling
from watchkeeper.config.contracts import Contract
from watchkeeper.config.drift import Drift
from watchkeeper.config.endpoints import Model
from watchkeeper.config.evaluators import Evaluators, refuse_unknown_judges
from watchkeeper.config.forward import Forward
from watchkeeper.config.langfuse_projects import LangfuseProject
from watchkeeper.config.matching import TeamMatch
from watchkeeper.config.notify import Notify, TeamChannels
from watchkeeper.config.prices import ExchangeRate, InferenceServer, Price, Retirement
from watchkeeper.config.privacy import Privacy
from watchkeeper.config.provider_bills import ProviderBill
from watchkeeper.config.quotas import Quota
from watchkeeper.config.section import Limit, Name, Quantity, Section, refuse_taken
from watchkeeper.config.slos import Slo
from watchkeeper.config.thresholds import ALERT_LIMITS, LIMIT_OF
from watchkeeper.metrics.admission import DEFAULT_LIMITS
from watchkeeper.metrics.store import DEFAULT_SERIES


def _known_label(label: str) -> str:
    """A limit of a label that no metric has would limit nothing, silently."""
    if label not in DEFAULT_LIMITS:
        raise PydanticCustomError("literal_error", "not a label", {"expected": ", ".join(DEFAULT_LIMITS)})
    return label


def _known_alert(alert: str) -> str:
    """A limit of an alert that no one can tune would change nothing, silently."""
    if alert not in LIMIT_OF:
        raise PydanticCustomError("literal_error", "not an alert", {"expected": ", ".join(LIMIT_OF)})
    return alert


Label = Annotated[str, AfterValidator(_known_label)]
HostName = Annotated[str, Field(pattern=r"^[A-Za-z0-9]([A-Za-z0-9.-]{0,251}[A-Za-z0-9])?$")]
AlertName = Annotated[str, AfterValidator(_known_alert), Field(json_schema_extra={"enum": [*LIMIT_OF]})]


class Team(Section):
    """A team and what it owns: ``services`` by name, with * and ? as wildcards, and what one of ``match`` fits.

    A team that owns nothing here is found in what telemetry says itself.
    """

    name: Name
    services: tuple[Name, ...] = ()
    match: tuple[TeamMatch, ...] = ()
    notify: TeamChannels | None = None

    def rules(self) -> list[dict[str, tuple[str, ...]]]:
        """Patterns by label; a call belongs to the team when all labels of one rule match."""
        return [*([{"service": self.services}] if self.services else []), *(match.rule() for match in self.match)]


class Threshold(Section):
    """The limit of an alert: for all services, and for some in particular; without ``default`` for these alone."""

    default: Limit | None
    services: dict[Name, Limit] = Field(default_factory=dict)


class Limits(Section):
    """Fences that keep one sender from hurting the others.

    ``label_values`` caps how many different values each metric label may take, for each service by itself, and
    ``prompt_version`` for each prompt; the rest becomes ``other``, of versions ``older``.
    ``series`` is the number of samples of one scrape before which new series begin to lose detail; Prometheus refuses
    a scrape of more than its ``sample_limit``. What counted nothing for ``idle_seconds`` ends.
    ``hosts`` are the names by which the exporter and the analyzer are reached, beside addresses, names of a private
    network and that in WATCHKEEPER_URL; requests to other names are refused.
    """

    max_body_bytes: Quantity = 16 * 1024 * 1024
    max_in_flight_bytes: Quantity = 128 * 1024 * 1024
    label_values: dict[Label, Quantity] = Field(default_factory=dict)
    series: Quantity = DEFAULT_SERIES
    hosts: tuple[HostName, ...] = ()
    idle_seconds: Limit = 3 * 86400.0


class Traces(Section):
    """When a trace is evaluated: after its root ended, or when nothing of it came for ``idle_seconds``."""

    idle_seconds: Limit = 300.0


DEFAULT_THRESHOLDS: dict[AlertName, Threshold] = {
    limit.alert: Threshold(default=limit.default) for limit in ALERT_LIMITS
}


def _beyond(alert: str, threshold: Threshold) -> Iterator[InitErrorDetails]:
    """Yield what is wrong with a limit that is a number but not one of its alert."""
    limit = LIMIT_OF[alert]
    if threshold.services and not limit.is_per_service:
        problem = PydanticCustomError("not_per_service", "not per service")
        yield InitErrorDetails(type=problem, loc=(alert, "services"), input=threshold.services)
    given = {("default",): threshold.default} | {("services", name): v for name, v in threshold.services.items()}
    for place, value in given.items():
        if value is not None and limit.highest is not None and value > limit.highest:
            ctx = {"le": limit.highest}
            yield InitErrorDetails(type="less_than_equal", loc=(alert, *place), input=value, ctx=ctx)


class _Named(Protocol):
    @property
    def name(self) -> str: ...


class ConfigFile(Section):
    """The whole of watchkeeper.yml; an empty file is a valid one."""

    teams: tuple[Team, ...] = ()
    notify: Notify = Notify()
    prices: tuple[Price, ...] = ()
    exchange_rates: tuple[ExchangeRate, ...] = ()
    retirements: tuple[Retirement, ...] = ()
    inference_servers: tuple[InferenceServer, ...] = ()
    alerts: dict[AlertName, Threshold] = DEFAULT_THRESHOLDS
    limits: Limits = Limits()
    traces: Traces = Traces()
    forward: tuple[Forward, ...] = ()
    privacy: Privacy = Privacy()
    archive: Archive = Archive()
    access: Access = Access()
    slos: tuple[Slo, ...] = ()
    budgets: tuple[Budget, ...] = ()
    ceilings: tuple[Ceiling, ...] = ()
    quotas: tuple[Quota, ...] = ()
    contracts: tuple[Contract, ...] = ()
    drift: Drift = Drift()
    models: tuple[Model, ...] = ()
    canaries: Canaries = Canaries()
    evaluators: Evaluators = Evaluators()
    langfuse_projects: tuple[LangfuseProject, ...] = ()
    provider_bills: tuple[ProviderBill, ...] = ()

    @field_validator(
        "teams", "forward", "slos", "budgets", "ceilings", "quotas", "contracts", "models", "langfuse_projects",
        mode="after",
    )  # fmt: skip
    @classmethod
    def _named_once(cls, given: tuple[_Named, ...]) -> tuple[_Named, ...]:
        """Names distinguish them, in metrics and wherever one is named: two of one name would be taken for one."""
        refuse_taken([one.name for one in given])
        return given

    @field_validator("canaries", mode="after")
    @classmethod
    def _canaries_of_known_models(cls, given: Canaries, info: ValidationInfo) -> Canaries:
        """A canary of a model that is not there would never be asked, silently."""
        if "models" in info.data:
            refuse_unknown_models(given, info.data["models"])
        return given

    @field_validator("evaluators", mode="after")
    @classmethod
    def _evaluators_of_known_models(cls, given: Evaluators, info: ValidationInfo) -> Evaluators:
        """A judge that is not there would never score, silently."""
        if "models" in info.data:
            refuse_unknown_judges(given, info.data["models"])
        return given

    @field_validator("inference_servers", mode="after")
    @classmethod
    def _servers_priced_once(cls, given: tuple[InferenceServer, ...]) -> tuple[InferenceServer, ...]:
        """Of two prices of one service it would not be clear which holds."""
        refuse_taken([server.service for server in given], "service")
        return given

    @field_validator("provider_bills", mode="after")
    @classmethod
    def _billed_once(cls, given: tuple[ProviderBill, ...]) -> tuple[ProviderBill, ...]:
        """Metrics know a bill by its provider: two of one would overwrite each other."""
        refuse_taken([bill.provider for bill in given], "provider")
        return given

    @field_validator("archive", mode="after")
    @classmethod
    def _archive_of_what_is_captured(cls, given: Archive, info: ValidationInfo) -> Archive:
        """An archive that nothing is put into would be taken for one of what was said."""
        if given.to and "privacy" in info.data and info.data["privacy"].capture == "metadata":
            raise PydanticCustomError("uncaptured", "nothing is captured")
        return given

    @field_validator("budgets", mode="after")
    @classmethod
    def _budgets_of_known_teams(cls, given: tuple[Budget, ...], info: ValidationInfo) -> tuple[Budget, ...]:
        """What a budget says of teams holds with those that there are."""
        known = [team.name for team in info.data.get("teams", ())]
        problems = [problem for place, budget in enumerate(given) for problem in unknown_teams(place, budget, known)]
        if problems and "teams" in info.data:
            raise ValidationError.from_exception_data("budgets", problems)
        return given

    @field_validator("ceilings", "quotas", mode="after")
    @classmethod
    def _limits_of_known_teams(
        cls, given: tuple[Ceiling | Quota, ...], info: ValidationInfo
    ) -> tuple[Ceiling | Quota, ...]:
        """A limit of a team that is misspelt would hold for no one, silently."""
        known = [team.name for team in info.data.get("teams", ())]
        problems = [one for place, limit in enumerate(given) for one in unmatched_teams(place, limit.match, known)]
        if problems and "teams" in info.data:
            raise ValidationError.from_exception_data("limits", problems)
        return given

    @field_validator("alerts", mode="after")
    @classmethod
    def _keep_other_defaults(cls, given: dict[AlertName, Threshold]) -> dict[AlertName, Threshold]:
        """Setting one alert's limit leaves the others at theirs; each must be one that its alert can have."""
        problems = [problem for alert, threshold in given.items() for problem in _beyond(alert, threshold)]
        if problems:
            raise ValidationError.from_exception_data("alerts", problems)
        return {**DEFAULT_THRESHOLDS, **given}
