from decimal import Decimal

import pytest
from tests.support.facts import chat_attributes, make_span
from tests.support.golden import Sums, facts_of, sum_up

from watchkeeper.exporter.normalise.context import read_context
from watchkeeper.exporter.normalise.litellm import read
from watchkeeper.model import AttributeValue, GuardrailCheck, LlmCall, Usage

LIBRARY = "litellm-1.105.3"
USAGE = (
    "{'completion_tokens': 20, 'prompt_tokens': 100, 'total_tokens': 120, "
    "'completion_tokens_details': {'audio_tokens': None, 'reasoning_tokens': 8}, "
    "'prompt_tokens_details': {'audio_tokens': 0, 'cached_tokens': 64}, "
    "'cache_creation_input_tokens': 16, 'cache_read_input_tokens': 64}"
)


def only_call(**changes: AttributeValue) -> LlmCall:
    """The call of a chat span with some attributes changed."""
    span = make_span(chat_attributes(**changes), scope="litellm")
    (call,) = read(span, read_context(span))
    assert isinstance(call, LlmCall)
    return call


@pytest.mark.parametrize(
    ("scenario", "sums"),
    [
        ("chat.1", Sums(calls={"ok": 1}, tokens=(1043, 1024, 0, 7, 0))),
        ("stream.1", Sums(calls={"ok": 1}, tokens=(1043, 1024, 0, 7, 0))),
        ("errors.1", Sums(calls={"rate_limited": 1, "error": 2})),
    ],
)
def test_what_litellm_sent_adds_up_to_what_happened(scenario: str, sums: Sums) -> None:
    """The facts of a captured payload have the counts and tokens that the API's own journal has."""
    assert sum_up(facts_of(LIBRARY, scenario)) == sums


def test_texts_are_read_as_what_they_mean() -> None:
    """Finish reasons, truths and costs come as text."""
    (call,) = facts_of(LIBRARY, "stream.1")

    assert isinstance(call, LlmCall)
    assert (call.finish_reasons, call.is_streaming) == (("stop",), True)
    assert call.reported_cost_usd == Decimal("0.00008384999999999999")


def test_an_error_is_named_as_litellm_names_it() -> None:
    """The class of the error reports more than its code: a context that is too long is a bad request, too."""
    calls = [fact for fact in facts_of(LIBRARY, "errors.1") if isinstance(fact, LlmCall)]

    assert [(call.error_type, call.error_class) for call in calls] == [
        ("rate_limited", "RateLimitError"),
        ("server", "InternalServerError"),
        ("context_length", "ContextWindowExceededError"),
    ]


def test_details_of_usage_come_from_a_python_repr() -> None:
    """Cached tokens, cache writes and reasoning stand nowhere else."""
    usage = only_call(**{"metadata.usage_object": USAGE}).usage

    assert usage == Usage(input=100, output=20, cached_input=64, cache_write=16, reasoning=8)


@pytest.mark.parametrize("fields", ["", "{'cached_tokens': None}", "{" * 5000, 7, None], ids=repr)
def test_a_usage_object_that_reports_nothing_changes_nothing(fields: AttributeValue) -> None:
    """Whatever is there, the call is read."""
    assert only_call(**{"metadata.usage_object": fields}).usage == Usage(input=100, output=20)


@pytest.mark.parametrize(
    ("changes", "provider", "models"),
    [
        ({}, "voyage", ("voyage-3", "voyage-3")),
        ({"gen_ai.system": "azure"}, "azure.ai.openai", ("voyage-3", "voyage-3")),
        ({"litellm.provider.model": "voyage-3"}, "", ("voyage-3", "voyage-3")),
        (
            {"gen_ai.system": "openai", "gen_ai.request.model": "openai/ada", "gen_ai.response.model": "openai/ada-2"},
            "openai",
            ("ada-2", "ada"),
        ),
    ],
    ids=["an empty provider", "a provider that is reported", "no one reports", "models with their provider in front"],
)
def test_the_provider_of_embeddings_stands_before_the_model(
    changes: dict[str, AttributeValue], provider: str, models: tuple[str, str]
) -> None:
    """LiteLLM leaves the provider of embeddings empty and writes it in front of the model."""
    fields: dict[str, AttributeValue] = {
        "gen_ai.operation.name": "embedding",
        "gen_ai.system": "",
        "gen_ai.request.model": "voyage-3",
        "gen_ai.response.model": "voyage-3",
        "gen_ai.usage.input_tokens": 31,
        "litellm.provider.model": "voyage/voyage-3",
    }
    span = make_span({**fields, **changes}, scope="litellm")

    (call,) = read(span, read_context(span))

    context = call.context
    assert (context.operation, context.provider) == ("embeddings", provider)
    assert (context.model, context.model_requested) == models


def test_older_versions_name_only_the_type_of_the_request() -> None:
    """A completion is a chat there, and finish reasons are spread over numbered attributes."""
    attributes = chat_attributes(**{"llm.request.type": "acompletion", "gen_ai.completion.0.finish_reason": "length"})
    del attributes["gen_ai.operation.name"]
    span = make_span(attributes, scope="litellm")

    (call,) = read(span, read_context(span))

    assert isinstance(call, LlmCall)
    assert (call.context.operation, call.finish_reasons) == ("chat", ("length",))


def test_a_call_belongs_to_the_keys_team_and_the_end_user() -> None:
    """The proxy knows the team of an API key, the end user, and the managed prompt."""
    context = only_call(
        **{
            "metadata.user_api_key_team_alias": "search",
            "metadata.user_api_key_end_user_id": "user-42",
            "metadata.prompt_management_metadata": "{'prompt_id': 'support', 'prompt_version': 3}",
        }
    ).context

    assert (context.team, context.user_id) == ("search", "user-42")
    assert (context.prompt, context.prompt_version) == ("support", "3")


@pytest.mark.parametrize(
    "attributes",
    [
        {"llm.openai.id": "chatcmpl-1", "llm.openai.usage": USAGE},
        {"service": "redis", "call_type": "async_set_cache"},
    ],
    ids=["the raw request is the same call again", "the proxy's own cache"],
)
def test_spans_of_no_interest_report_nothing(attributes: dict[str, AttributeValue]) -> None:
    """Only the request itself counts, whatever the spans are called."""
    span = make_span(attributes, scope="litellm", name="my generation")

    assert list(read(span, read_context(span))) == []


@pytest.mark.parametrize(
    ("attributes", "result"),
    [
        ({}, "passed"),
        ({"masked_entity_count": '{"EMAIL": 2}'}, "flagged"),
        ({"guardrail_status": "guardrail_intervened"}, "blocked"),
    ],
    ids=["nothing happened", "something was masked", "the guardrail stepped in"],
)
def test_a_guardrail_reports_its_verdict(attributes: dict[str, AttributeValue], result: str) -> None:
    """A guardrail's span has its name and, if it did something, what."""
    span = make_span({"guardrail_name": "pii", "guardrail_mode": "pre_call", **attributes}, scope="litellm")

    (check,) = read(span, read_context(span))

    assert isinstance(check, GuardrailCheck)
    assert (check.guardrail, check.result) == ("pii", result)


def test_callbacks_that_speak_openinference() -> None:
    """For Langfuse, Phoenix and Arize the same spans carry OpenInference's names, and a few of LiteLLM's own."""
    fields: dict[str, AttributeValue] = {
        "openinference.span.kind": "LLM",
        "metadata.user_api_key_team_alias": "search",
        "llm.model_name": "claude-sonnet-4-5",
        "llm.response.model": "claude-sonnet-4-5-20250929",
        "llm.provider": "anthropic",
        "llm.is_streaming": "True",
        "llm.response.id": "chatcmpl-6770015e",
        "llm.token_count.prompt": 1322,
        "llm.token_count.completion": 52,
        "llm.token_count.total": 1374,
        "llm.token_count.prompt_details.cache_read": 1024,
        "llm.cost.total": 0.0021732,
        "langfuse.observation.type": "generation",
    }
    span = make_span(fields, scope="litellm")

    (call,) = read(span, read_context(span))

    assert isinstance(call, LlmCall)
    assert (call.context.model, call.context.provider, call.context.team) == (
        "claude-sonnet-4-5-20250929",
        "anthropic",
        "search",
    )
    assert (call.usage, call.is_streaming) == (Usage(input=1322, output=52, cached_input=1024), True)
    assert (call.response_id, call.reported_cost_usd) == ("chatcmpl-6770015e", Decimal("0.0021732"))
