"""A prompt version or a model is a change the first time, and never again."""

from tests.support.facts import NOW, make_call, make_context

from watchkeeper.exporter.watch.first_seen import FirstSeen
from watchkeeper.model import LlmCall

LEARNING = 900.0


def call(prompt: str = "greeting", version: str = "1", model: str = "gpt-4o", service: str = "bot") -> LlmCall:
    """A call with what may be new about it."""
    return make_call(
        context=make_context(service=service, prompt=prompt, prompt_version=version, model=model, team="support")
    )


def started(*rows: tuple[str, str, str, str]) -> FirstSeen:
    """Memories of before the restart, which was NOW."""
    first_seen = FirstSeen(LEARNING)
    first_seen.start(rows, NOW)
    return first_seen


KNOWN = ("bot", "gpt-4o", "greeting", "1")


def reported(first_seen: FirstSeen, seen: LlmCall, now: float = NOW) -> list[tuple[str, str, str]]:
    """Kind, name and version of each change."""
    return [(change.kind, change.name, change.version) for change in first_seen.see(seen, now)]


def test_a_new_version_is_reported_once() -> None:
    """The second call with it is no news."""
    first_seen = started(KNOWN)

    assert reported(first_seen, call(version="2")) == [("prompt", "greeting", "2")]
    assert reported(first_seen, call(version="2")) == []


def test_a_new_model_is_reported_once_whatever_prompt_uses_it() -> None:
    """Another prompt with the same model is one change, not two."""
    first_seen = started(KNOWN)

    assert reported(first_seen, call(model="gpt-5")) == [("model", "gpt-5", "")]
    assert reported(first_seen, call(model="gpt-5", prompt="farewell")) == [("prompt", "farewell", "1")]


def test_each_service_has_its_own_news() -> None:
    """What one service uses for long is new for another."""
    assert ("model", "gpt-4o", "") in reported(started(KNOWN), call(service="other bot"))


def test_what_came_back_from_before_is_known() -> None:
    """A clean restart is no change of anything."""
    assert reported(started(KNOWN), call()) == []


def test_the_first_minutes_after_a_start_from_nothing_are_learnt_from() -> None:
    """After a crash everything would look new; what comes later is."""
    first_seen = started()

    assert reported(first_seen, call(), NOW + 10) == []
    assert reported(first_seen, call(version="2"), NOW + LEARNING) == [("prompt", "greeting", "2")]


def test_a_call_that_names_nothing_reports_nothing() -> None:
    """An empty name is no prompt and no model."""
    assert reported(started(KNOWN), call(prompt="", version="", model="")) == []


def test_a_change_carries_whose_it_is_and_that_no_one_announced_it() -> None:
    """Service and team of the call, not its trace or user."""
    (change,) = started(KNOWN).see(call(version="2"), NOW)

    assert (change.context.service, change.context.team, change.is_inferred) == ("bot", "support", True)
    assert not change.context.trace_id


def test_a_flood_of_names_is_reported_for_a_while_each_day() -> None:
    """A hundred changes of a service a day; other services, and the next day, are reported as ever."""
    first_seen = started(KNOWN)

    news = sum(len(first_seen.see(call(version=str(number)), NOW)) for number in range(2, 5000))

    assert news == 100
    assert reported(first_seen, call(service="calm", version="2"), NOW)
    assert reported(first_seen, call(version="the next"), NOW + 86_400) == [("prompt", "greeting", "the next")]


def test_versions_are_new_for_years() -> None:
    """The memory is bounded, and never full."""
    first_seen = started(KNOWN)

    for number in range(2, 200_000):
        first_seen.see(call(service=f"s{number % 200}", version=str(number)), NOW + 864 * number)

    assert ("prompt", "greeting", "newest") in reported(first_seen, call(version="newest"), NOW + 10**9)
    assert len(first_seen) <= 2 * 131_072


def test_rows_cannot_be_taken_for_each_other() -> None:
    """Whatever is in their parts."""
    first_seen = started(("a", "m", "p1", "2"))

    assert reported(first_seen, call(service="a", model="m", prompt="p", version="12")) == [("prompt", "p", "12")]
