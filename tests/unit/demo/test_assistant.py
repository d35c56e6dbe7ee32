"""The demo's application behind the real client and its official instrumentation: what each scenario shows in it."""

import msgspec
import pytest
from tests.unit.demo.support import Played, play

from watchkeeper.demo.scenarios import SCENARIOS
from watchkeeper.exporter.ingest.events import NativeEvent

CACHED = "gen_ai.usage.cache_read.input_tokens"


@pytest.fixture(scope="module")
def steady() -> Played:
    """Conversations in which nothing is wrong."""
    return play("steady", 60)


def test_every_event_is_one_that_the_exporter_takes(steady: Played) -> None:
    """No field is misspelt, no value out of range."""
    taken = [msgspec.json.decode(msgspec.json.encode(event), type=NativeEvent) for event in steady.events]

    assert len(taken) > len({event["type"] for event in steady.events}) > 1


def test_everything_that_a_dashboard_shows_is_there(steady: Played) -> None:
    """Each kind of event, each tool, several users and tenants."""
    kinds = {event["type"] for event in steady.events}

    assert kinds == {
        "branch_decision", "retrieval", "guardrail_check", "score", "quality_gate", "human_review", "feedback",
    }  # fmt: skip
    assert {tool["gen_ai.tool.name"] for tool in steady.tools()} == {"find_order", "refund_order"}
    assert len({call["user.id"] for call in steady.calls()}) > 20
    assert {call["tenant"] for call in steady.calls()} == {"acme", "globex", "initech"}


def test_calls_are_reported_by_the_instrumentation_with_what_they_are_for(steady: Played) -> None:
    """Model, tokens and finish from the library; prompt, version, user and tenant from the application."""
    [call] = [call for call in steady.calls() if call.get(CACHED)][:1]

    assert call["gen_ai.provider.name"] == "openai"
    assert call["gen_ai.usage.input_tokens"] > call[CACHED] > 100
    assert call["gen_ai.prompt.version"] == "v1"
    assert {"stop", "tool_calls"} >= set(call["gen_ai.response.finish_reasons"])


def test_events_and_spans_meet_in_the_trace(steady: Played) -> None:
    """Each event carries the id of the trace whose calls it is about."""
    traces = {f"{span.context.trace_id:032x}" for span in steady.spans if span.context}

    assert {event["trace_id"] for event in steady.events} <= traces


def test_an_answer_is_the_same_for_the_same_seed() -> None:
    """Whatever the order in which conversations happen."""
    first, second = play("steady", 20), play("steady", 20)

    def without_ids(played: Played) -> list[str]:
        return sorted(repr({k: v for k, v in event.items() if k != "trace_id"}) for event in played.events)

    assert without_ids(first) == without_ids(second)


def test_prompt_v2_is_what_its_effect_says(steady: Played) -> None:
    """Twice the tokens, none of them cached, more than twice as many reviews, answers that are no worse."""
    v2 = play("prompt-v2", 70)
    tokens = "gen_ai.usage.input_tokens", "gen_ai.usage.output_tokens"

    assert sum(map(v2.mean, tokens)) > 1.8 * sum(map(steady.mean, tokens))
    assert not any(call.get(CACHED) for call in v2.calls())
    assert v2.share("branch_decision", node="confidence", branch="person") > 0.1
    assert v2.share("quality_gate", passed=True) >= steady.share("quality_gate", passed=True)
    assert {call["gen_ai.prompt.version"] for call in v2.calls()} == {"v2"}


@pytest.mark.parametrize(
    ("scenario", "kind", "fields", "least"),
    [
        ("bad-answers", "quality_gate", {"passed": False}, 0.8),
        ("helpless", "branch_decision", {"node": "confidence", "branch": "person"}, 0.35),
        ("branch-bug", "branch_decision", {"node": "intent", "branch": "question"}, 0.4),
        ("topic-shift", "branch_decision", {"node": "intent", "branch": "refund"}, 0.3),
        ("cut-off", "branch_decision", {"node": "confidence", "branch": "person"}, 0.15),
    ],
)
def test_a_scenario_shows_in_events(
    steady: Played, scenario: str, kind: str, fields: dict[str, object], least: float
) -> None:
    """Far above what is usual, so that the alert has something to report."""
    assert play(scenario).share(kind, **fields) > least > 1.5 * steady.share(kind, **fields)


@pytest.mark.parametrize(
    ("scenario", "error", "least"),
    [
        ("provider-outage", "openai.InternalServerError", 20),
        ("errors", "openai.InternalServerError", 8),
        ("rate-limits", "openai.RateLimitError", 10),
    ],
)
def test_a_provider_that_fails_shows_in_calls(scenario: str, error: str, least: int) -> None:
    """With the class of the client's own error."""
    assert play(scenario).statuses()[error] >= least


@pytest.mark.parametrize(("scenario", "calls_at_least"), [("loop", 3.5), ("steady", 1.5)])
def test_an_agent_that_loops_runs_the_same_tool_until_it_is_stopped(scenario: str, calls_at_least: float) -> None:
    """And gives an answer in the end."""
    played = play(scenario, 30)

    assert len(played.calls()) / 30 > calls_at_least
    assert len(played.of("score")) >= 28


def test_a_skipped_tool_leaves_the_branch_without_it() -> None:
    """The question about an order was answered, and nothing was looked up."""
    played = play("tool-skipped")
    orders = [event for event in played.of("branch_decision") if event["branch"] == "order_status"]

    assert len(orders) > 1.15 * sum(tool["gen_ai.tool.name"] == "find_order" for tool in played.tools())


def test_a_flood_of_models_has_a_name_for_each_call() -> None:
    """As from a server that names every replica."""
    calls = play("model-flood", 20).calls()

    assert len({call["gen_ai.response.model"] for call in calls}) == len(calls)
    # Else an answer would cost what the model that was asked for costs.
    assert {call["gen_ai.request.model"] for call in calls} == {"assistant-large"}


def test_the_prompt_cache_of_the_shop_collapses() -> None:
    """Two thousand tokens of a catalogue, paid in full with each call."""
    played = play("cache-collapse", 20)

    assert played.mean("gen_ai.usage.input_tokens") > 2000
    assert not any(call.get(CACHED) for call in played.calls())


def test_texts_of_answers_show_what_inspection_finds() -> None:
    """A refusal and words that repeat, in the words of the exporter's own checks."""
    from watchkeeper.demo.provider.behaviour import Behaviour
    from watchkeeper.demo.provider.prompt import Prompt
    from watchkeeper.demo.provider.replies import Reply, reply_to
    from watchkeeper.exporter.watch.refusals import is_refusal

    prompt = Prompt(system="", question="Where is it?", results=(), tools=(), tokens=3)

    def said(**behaviour: float) -> str:
        from random import Random

        reply = reply_to(prompt, "gpt-5.4", Behaviour(failing_share=0, cut_off_share=0, **behaviour), Random(1))
        assert isinstance(reply, Reply)
        return reply.text

    assert is_refusal(said(refusing_share=1))
    assert said(gibberish_share=1).count("the order of") > 50


def test_every_scenario_is_somewhere_different() -> None:
    """Except the one in which nothing is."""
    from watchkeeper.demo.assistant.build import SHIPPED

    unchanged = [one.name for one in SCENARIOS if one.build == SHIPPED and not one.changes_the_provider]

    assert unchanged == ["steady"]
