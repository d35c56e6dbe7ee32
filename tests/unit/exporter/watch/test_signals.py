"""What a service was ever seen to report."""

from tests.support.facts import make_context

from watchkeeper.exporter.watch.signals import ReportedSignals
from watchkeeper.model import HumanReview, ToolCall


def test_a_service_reports_what_it_was_seen_to_report() -> None:
    """Each for itself, and nothing at first."""
    signals = ReportedSignals()

    signals.note(ToolCall(context=make_context(service="shop"), tool="a"))
    signals.note(HumanReview(context=make_context(service="shop"), outcome="approved"))

    assert signals.of_service("shop") == {"tools", "reviews"}
    assert signals.of_service("desk") == frozenset()


def test_counters_of_before_the_restart_know_it_too() -> None:
    """A service whose agent skips its tool since the deployment has not lost its client."""
    signals = ReportedSignals()

    signals.restore("retrievals", ("shop", "desk"))

    assert signals.of_service("desk") == {"retrievals"}


def test_memory_is_bounded() -> None:
    """The services that were not seen for longest are forgotten."""
    signals = ReportedSignals(capacity=4)
    for name in "abcdef":
        signals.note(ToolCall(context=make_context(service=name), tool="a"))

    assert len(signals) <= 4
    assert signals.of_service("f") == {"tools"}
    assert signals.of_service("a") == frozenset()
