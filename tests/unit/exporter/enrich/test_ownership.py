import pytest
from tests.support.facts import make_context

from watchkeeper.exporter.enrich.ownership import Ownership

TEAMS = [("search", [{"service": ["search-api", "search-*"]}]), ("shop", [{"service": ["*-shop", "search-legacy"]}])]


@pytest.mark.parametrize(
    ("reported", "service", "team"),
    [
        pytest.param("mine", "search-api", "mine", id="what the telemetry says is kept"),
        pytest.param("", "search-api", "search", id="by name"),
        pytest.param("", "search-batch", "search", id="by pattern"),
        pytest.param("", "search-legacy", "search", id="the first match wins"),
        pytest.param("", "eu-shop", "shop", id="a pattern of the second team"),
        pytest.param("", "Search-api", "unassigned", id="case matters"),
        pytest.param("", "", "unassigned", id="an unnamed service belongs to no one"),
    ],
)
def test_the_team_of_a_service(reported: str, service: str, team: str) -> None:
    """A service belongs to the first team with a fitting pattern, unless its telemetry says otherwise."""
    assert Ownership(TEAMS).complete(make_context(team=reported, service=service)).team == team


RULES = [
    ("growth", [{"prompt": ["growth-*"], "environment": ["production"]}, {"user": ["*@growth.example.com"]}]),
    ("research", [{"model": ["o3*", "*-deep-*"]}]),
    ("partners", [{"tenant": ["acme"]}, {"agent": ["broker"]}]),
]


@pytest.mark.parametrize(
    ("reported", "team"),
    [
        pytest.param({"prompt": "growth-mail", "environment": "production"}, "growth", id="all labels of a rule match"),
        pytest.param({"prompt": "growth-mail", "environment": "staging"}, "unassigned", id="one of them does not"),
        pytest.param({"user_id": "ada@growth.example.com"}, "growth", id="by the user, before the id is hashed"),
        pytest.param({"model": "o3-mini", "tenant": "acme"}, "research", id="by the model; the first team wins"),
        pytest.param({"tenant": "acme"}, "partners", id="by the tenant"),
        pytest.param({"agent": "broker"}, "partners", id="by another rule of the same team"),
        pytest.param({}, "unassigned", id="nothing of it reported"),
    ],
)
def test_the_team_by_other_labels(reported: dict[str, str], team: str) -> None:
    """A call belongs to the first team of which one rule fits with all its labels."""
    assert Ownership(RULES).complete(make_context(team="", **reported)).team == team


def test_gaps_get_names() -> None:
    """What was not reported has a name of its own, so that no label is empty."""
    context = Ownership().complete(make_context(service="", team="", tenant=""))

    assert (context.service, context.team, context.tenant) == ("unknown", "unassigned", "default")


def test_a_reported_tenant_is_kept() -> None:
    """The tenant of the telemetry stays."""
    assert Ownership().complete(make_context(tenant="acme")).tenant == "acme"


@pytest.mark.parametrize("rule", [{"tenant": ["default"]}, {"service": ["unknown"]}], ids=["tenant", "service"])
def test_rules_know_the_names_of_what_was_not_reported(rule: dict[str, list[str]]) -> None:
    """A rule may be for everything without a tenant or a service."""
    context = make_context(service="", team="", tenant="")

    assert Ownership([("house", [rule])]).complete(context).team == "house"
