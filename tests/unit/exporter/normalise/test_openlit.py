from decimal import Decimal

import pytest
from tests.support.facts import chat_attributes, make_span
from tests.support.golden import Sums, facts_of, sum_up

from watchkeeper.exporter.normalise.catalogue import DIALECTS
from watchkeeper.exporter.normalise.context import read_context
from watchkeeper.exporter.normalise.dialect import Normaliser
from watchkeeper.exporter.normalise.openlit import read
from watchkeeper.model import AttributeValue, LlmCall, Retrieval, Score, Usage

LIBRARY = "openlit-1.45.0"


def only_call(scope: str = "openlit.instrumentation.openai", **changes: AttributeValue) -> LlmCall:
    """The call of a chat span with some attributes changed."""
    span = make_span(chat_attributes(**changes), scope=scope)
    (call,) = read(span, read_context(span))
    assert isinstance(call, LlmCall)
    return call


@pytest.mark.parametrize(
    ("scenario", "sums"),
    [
        ("agent.2", Sums(calls={"ok": 3}, tokens=(3387, 3072, 0, 84, 0))),
        ("errors.1", Sums(calls={"rate_limited": 2, "error": 4, "timeout": 1}, tokens=(40, 0, 0, 7, 0))),
        ("rag.2", Sums(calls={"ok": 3}, embeddings=2, tokens=(1116, 1024, 0, 18, 0))),
        ("responses.2", Sums(calls={"ok": 3, "rate_limited": 1}, tokens=(3170, 3072, 0, 159, 128))),
        ("score.1", Sums(calls={"ok": 1}, tokens=(1047, 1024, 0, 7, 0), scores=3)),
    ],
)
def test_what_openlit_sent_adds_up_to_what_happened(scenario: str, sums: Sums) -> None:
    """The facts of a captured payload have the counts and tokens that the payload reports."""
    assert sum_up(facts_of(LIBRARY, scenario)) == sums


def test_scores_of_a_span_keep_their_kind() -> None:
    """A truth and a number are values, a word is a category; a reviewer is a person."""
    scores = [fact for fact in facts_of(LIBRARY, "score.1") if isinstance(fact, Score)]

    assert [(score.name, score.value, score.category, score.source) for score in scores] == [
        ("user_feedback", 1.0, "", "program"),
        ("quality", 0.85, "", "person"),
        ("category", None, "accurate", "program"),
    ]


@pytest.mark.parametrize(
    ("is_streaming", "seconds"),
    [(True, 0.12), (False, None), ("false", None)],
    ids=["of a stream", "without a stream it is the whole duration", "also when reported as text"],
)
def test_time_to_first_token_counts_only_for_streams(is_streaming: AttributeValue, seconds: float | None) -> None:
    """The client reports a first token for every call."""
    changes = {"gen_ai.server.time_to_first_token": 0.12, "gen_ai.request.stream": is_streaming}

    assert only_call(**changes).time_to_first_token_seconds == seconds


@pytest.mark.parametrize(
    ("scope", "fields", "whole"),
    [
        ("openlit.instrumentation.anthropic", (40, 1024, 256), 1320),
        ("openlit.instrumentation.anthropic", (2000, 1024, 0), 3024),
        ("@openlit/instrumentation-anthropic", (2000, 1024, 0), 3024),
        ("openlit.instrumentation.anthropic", (40, 0, 0), 40),
        ("openlit.instrumentation.openai", (1047, 1024, 0), 1047),
        ("openlit.instrumentation.litellm", (40, 1024, 0), 1064),
    ],
    ids=[
        "Anthropic counts cached tokens beside the input",
        "also where the numbers do not show it",
        "and in JavaScript",
        "nothing cached, nothing to add",
        "OpenAI counts them in the input",
        "elsewhere the contradiction reports",
    ],
)
def test_input_includes_cached_tokens(scope: str, fields: tuple[int, int, int], whole: int) -> None:
    """One meaning of input, whatever the provider's SDK means."""
    changes: dict[str, AttributeValue] = dict(
        zip(
            (
                "gen_ai.usage.input_tokens",
                "gen_ai.usage.cache_read.input_tokens",
                "gen_ai.usage.cache_creation.input_tokens",
            ),
            fields,
            strict=True,
        )
    )

    usage = only_call(scope, **changes).usage

    assert usage == Usage(input=whole, output=20, cached_input=fields[1], cache_write=fields[2])


def test_the_javascript_sdk_is_known_by_its_scope() -> None:
    """Its spans have no attribute of OpenLIT's own."""
    span = make_span(chat_attributes(**{"gen_ai.request.is_stream": True}), scope="@openlit/instrumentation-openai")

    (call,) = Normaliser(DIALECTS).read(span).facts

    assert isinstance(call, LlmCall)
    assert call.is_streaming


@pytest.mark.parametrize(
    ("scope", "output"),
    [
        ("openlit.instrumentation.google_ai_studio", 36),
        ("@openlit/instrumentation-google-ai", 36),
        ("openlit.instrumentation.openai", 20),
    ],
    ids=["Gemini counts thoughts beside the output", "and in JavaScript", "OpenAI counts them in it"],
)
def test_output_includes_reasoning(scope: str, output: int) -> None:
    """One meaning of output, whatever the provider's SDK means."""
    usage = only_call(scope, **{"gen_ai.usage.reasoning_tokens": 16}).usage

    assert usage == Usage(input=100, output=output, reasoning=16)


@pytest.mark.parametrize(
    ("changes", "status"),
    [
        ({"gen_ai.request.stream": True}, "error"),
        ({"gen_ai.request.stream": False}, "ok"),
        ({"gen_ai.request.stream": True, "gen_ai.provider.name": "ollama"}, "ok"),
    ],
    ids=["a stream of a provider that always reports", "no stream", "a provider that may not report"],
)
def test_an_empty_finish_reason_is_a_stream_that_was_cut_off(changes: dict[str, AttributeValue], status: str) -> None:
    """The client reports success when the connection is lost in the middle."""
    assert only_call(**{"gen_ai.response.finish_reasons": [""], **changes}).status == status


@pytest.mark.parametrize("scope", ["openlit.instrumentation.anthropic", "openlit.otel.tracing"])
def test_a_failed_call_without_attributes_counts(scope: str) -> None:
    """Some instrumentations drop every attribute when the request fails; what was asked is in the name."""
    fields = {"scope": scope, "status_code": 2, "status_message": "RateLimitError: 429"}
    span = make_span({}, name="chat claude-sonnet-4-5", **fields)

    (call,) = read(span, read_context(span))

    assert isinstance(call, LlmCall)
    assert (call.status, call.context.operation, call.context.model) == ("rate_limited", "chat", "claude-sonnet-4-5")


@pytest.mark.parametrize(
    "changes",
    [{"scope": "openlit"}, {"status_code": 1}, {"name": "chat"}, {"name": "greet everyone"}],
    ids=["a decorated function", "a span that did not fail", "a name without a model", "another name"],
)
def test_a_name_alone_makes_no_call(changes: dict[str, object]) -> None:
    """Only a failed span of an instrumentation is read by its name."""
    fields = {"scope": "openlit.instrumentation.anthropic", "status_code": 2, "name": "chat claude-sonnet-4-5"}
    span = make_span({}, **{**fields, **changes})

    assert list(read(span, read_context(span))) == []


def test_the_clients_cost_is_kept_exactly() -> None:
    """The cost is the client's, digit by digit."""
    assert only_call(**{"gen_ai.usage.cost": 8.445e-05}).reported_cost_usd == Decimal("0.00008445")


def test_a_decorated_function_is_not_called_a_tool() -> None:
    """No one says whether a function is a tool, an agent or a step."""
    span = make_span({"function.args": "()", "function.kwargs": "{'city': 'Paris'}"}, scope="openlit")

    assert list(read(span, read_context(span))) == []


def test_a_search_in_a_vector_store_is_a_retrieval() -> None:
    """Database spans that search count; the collection is the retriever."""
    attributes: dict[str, AttributeValue] = {
        "gen_ai.operation.name": "vectordb",
        "db.system.name": "qdrant",
        "db.operation.name": "query",
        "db.collection.name": "handbook",
        "db.response.returned_rows": 4,
    }
    span = make_span(attributes, scope="openlit.instrumentation.qdrant")

    (fact,) = read(span, read_context(span))

    assert isinstance(fact, Retrieval)
    assert (fact.retriever, fact.documents, fact.top_score) == ("handbook", 4, None)


ANSWER = '[{"role": "assistant", "parts": [{"type": "text", "content": "The capital of"}], "finish_reason": ""}]'


@pytest.mark.parametrize(
    ("scope", "fields", "is_estimated"),
    [
        ("openai", {"gen_ai.output.messages": ANSWER}, True),
        ("openai", {}, True),
        ("openai", {"gen_ai.output.messages": ANSWER.replace("capital", "capitals!")}, False),
        ("openai", {"gen_ai.usage.cache_read.input_tokens": 0, "gen_ai.output.messages": ANSWER}, False),
        ("openai", {"gen_ai.request.stream": False, "gen_ai.output.messages": ANSWER}, False),
        ("transformers", {"gen_ai.request.stream": False}, True),
    ],
    ids=[
        "half of the answer's length",
        "an answer that is not reported",
        "another number than half the length",
        "cached tokens are reported, if only zero",
        "no stream",
        "a model in the process itself",
    ],
)
def test_tokens_that_are_made_up_are_marked(scope: str, fields: dict[str, AttributeValue], is_estimated: bool) -> None:
    """A stream without usage is guessed at two characters a token; the tokens stay as reported."""
    changes: dict[str, AttributeValue] = {"gen_ai.request.stream": True, "gen_ai.usage.output_tokens": 7, **fields}

    call = only_call(f"openlit.instrumentation.{scope}", **changes)

    assert (call.is_usage_estimated, call.usage.output) == (is_estimated, 7)


def test_the_captured_guess_is_known_for_one() -> None:
    """A stream that was cut off is the one call of the captured payloads whose tokens no one counted."""
    scenarios = ("agent.2", "errors.1", "rag.2", "responses.2")
    calls = [fact for name in scenarios for fact in facts_of(LIBRARY, name) if isinstance(fact, LlmCall)]

    assert [call.context.model for call in calls if call.is_usage_estimated] == ["gpt-4o-mini-midfail"]
