from tests.support.facts import NOW, make_call, make_context

from watchkeeper.exporter.sinks.recent import RecentActivity
from watchkeeper.model import Feedback


def feedback(service: str = "shop") -> Feedback:
    """Feedback from a service."""
    return Feedback(context=make_context(service=service), rating="positive")


def test_facts_are_counted_by_service_and_kind() -> None:
    """The busiest service comes first, with what it sent and when."""
    recent = RecentActivity()
    recent.take(feedback("quiet"), NOW)
    recent.take(make_call(), NOW)
    recent.take(make_call(), NOW + 70)

    services = recent.services(NOW + 80)

    assert list(services) == ["shop", "quiet"]
    assert (services["shop"].facts, services["shop"].last_seen) == ({"LlmCall": 2}, NOW + 70)


def test_old_minutes_are_forgotten() -> None:
    """What came more than 15 minutes ago is no news."""
    recent = RecentActivity()
    recent.take(feedback(), NOW)

    assert list(recent.services(NOW + 14 * 60)) == ["shop"]
    assert list(recent.services(NOW + 15 * 60)) == []


def test_the_last_calls_newest_first() -> None:
    """Twenty calls are kept."""
    recent = RecentActivity()
    for n in range(25):
        recent.take(make_call(response_id=str(n)), NOW)

    assert [call.response_id for call in recent.calls()] == [str(n) for n in range(24, 4, -1)]


def test_many_services_are_bounded() -> None:
    """A sender that makes up names does not fill the memory."""
    recent = RecentActivity()
    for n in range(500):
        recent.take(feedback(f"s{n}"), NOW)

    services = recent.services(NOW)

    assert len(services) == 201
    assert services["other"].facts == {"Feedback": 300}
