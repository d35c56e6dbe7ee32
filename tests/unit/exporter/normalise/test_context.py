import pytest
from tests.support.facts import NOW_NS, make_span

from watchkeeper.exporter.normalise.context import read_context
from watchkeeper.model import AttributeValue


@pytest.mark.parametrize(
    ("name", "service"),
    [
        pytest.param("shop", "shop", id="a name"),
        pytest.param("unknown_service", "", id="what SDKs send when no one named the service"),
        pytest.param("unknown_service:python", "", id="the same with the process"),
        pytest.param(None, "", id="nothing"),
    ],
)
def test_the_service_is_the_resources(name: str | None, service: str) -> None:
    """The service's name comes from the resource, unless it only stands in for one."""
    assert read_context(make_span(resource={"service.name": name})).service == service


@pytest.mark.parametrize(
    ("attributes", "resource", "team"),
    [
        pytest.param({"team": "a"}, {"team": "b"}, "a", id="the span's own word wins"),
        pytest.param({}, {"service.team": "b"}, "b", id="else the resource's"),
        pytest.param({}, {}, "", id="else nothing"),
    ],
)
def test_the_team(attributes: dict[str, AttributeValue], resource: dict[str, AttributeValue], team: str) -> None:
    """The team may be on the span or on the resource."""
    assert read_context(make_span(attributes, resource=resource)).team == team


@pytest.mark.parametrize(
    "prefix", ["traceloop.association.properties.", "lmnr.association.properties."], ids=["Traceloop", "Laminar"]
)
def test_associations_report_the_session_and_the_user(prefix: str) -> None:
    """SDKs that hand an application's properties down to every span have names of their own for these two."""
    context = read_context(make_span({f"{prefix}session_id": "s-1", f"{prefix}user_id": "u-1"}))

    assert (context.session_id, context.user_id) == ("s-1", "u-1")


@pytest.mark.parametrize("key", ["deployment.environment.name", "deployment.environment"])
def test_the_environment_under_both_names(key: str) -> None:
    """The environment is found under its new and its old name."""
    assert read_context(make_span(resource={key: "prod"})).environment == "prod"


def test_the_time_is_the_end_of_the_span() -> None:
    """A fact happened when its span ended; without an end, when it started."""
    assert read_context(make_span(start_ns=5, end_ns=NOW_NS)).time_ns == NOW_NS
    assert read_context(make_span(start_ns=5, end_ns=0)).time_ns == 5
