"""OpenInference, Langfuse's SDKs and the Vercel AI SDK: what they sent against what really happened."""

import pytest
from tests.support.golden import Sums, facts_of, sum_up

from watchkeeper.model import GuardrailCheck, LlmCall, Retrieval, ToolCall

LANGFUSE = "langfuse-5.0.4"
LANGFUSE_JS = "langfuse-js-5.11.1"
OPENINFERENCE = "openinference-0.1.66"
OPENAI_AGENTS = "openai-agents-0.24.0+openinference-2.6.0"
VERCEL = "vercel-ai-sdk-6.0.326"

# Counted by the server that the applications talked to; a silent stream has no tokens to report.
HAPPENED = {
    (LANGFUSE, "agent.1"): Sums(calls={"ok": 3}, tokens=(3387, 3072, 0, 84, 0), tools={"ok": 2}),
    (LANGFUSE, "stream.1"): Sums(calls={"ok": 1}, tokens=(1047, 1024, 0, 7, 0)),
    (LANGFUSE, "errors.1"): Sums(calls={"error": 3, "rate_limited": 2, "timeout": 1, "ok": 1}),
    (LANGFUSE, "prompt.2"): Sums(calls={"ok": 3}, tokens=(2196, 2128, 0, 55, 0)),
    (LANGFUSE, "rag.1"): Sums(calls={"ok": 3}, tokens=(1116, 1024, 0, 18, 0), embeddings=2, retrievals=1),
    (LANGFUSE, "responses.1"): Sums(calls={"ok": 3, "rate_limited": 1}, tokens=(3170, 3072, 0, 159, 128)),
    (LANGFUSE, "session.1"): Sums(calls={"ok": 3}, tokens=(3205, 3072, 0, 42, 0)),
    (LANGFUSE, "tool_error.1"): Sums(tools={"timeout": 1}),
    (LANGFUSE, "scores.1"): Sums(calls={"ok": 1}, tokens=(1047, 1024, 0, 7, 0), scores=1),
    (LANGFUSE_JS, "lf_support.2"): Sums(
        calls={"ok": 3, "rate_limited": 1}, tokens=(2080, 2048, 0, 19, 0), tools={"ok": 1, "timeout": 1}, retrievals=1
    ),
    (OPENINFERENCE, "agent.1"): Sums(calls={"ok": 3}, tokens=(3387, 3072, 0, 84, 0), tools={"ok": 2}),
    (OPENINFERENCE, "errors.1"): Sums(calls={"error": 3, "rate_limited": 2, "timeout": 1, "ok": 1}),
    (OPENINFERENCE, "lc_rag.1"): Sums(calls={"ok": 1, "rate_limited": 1}, retrievals=1),
    (OPENINFERENCE, "lc_agent.1"): Sums(calls={"ok": 3}, tokens=(3369, 3072, 0, 84, 0), tools={"ok": 2}),
    (OPENINFERENCE, "rag.1"): Sums(calls={"ok": 3}, tokens=(1116, 1024, 0, 18, 0), embeddings=2, retrievals=1),
    (OPENINFERENCE, "responses.1"): Sums(calls={"ok": 3, "rate_limited": 1}, tokens=(3170, 3072, 0, 159, 128)),
    (OPENINFERENCE, "session.1"): Sums(calls={"ok": 3}, tokens=(3205, 3072, 0, 42, 0)),
    (OPENINFERENCE, "special.1"): Sums(calls={"ok": 5, "content_filtered": 1}, tokens=(5223, 5120, 0, 154, 128)),
    (OPENAI_AGENTS, "agent.1"): Sums(calls={"ok": 3}, tokens=(3346, 3072, 0, 51, 0), tools={"ok": 2}),
    (VERCEL, "ai_agent.1"): Sums(calls={"ok": 3}, tokens=(3369, 3072, 0, 84, 0), tools={"ok": 2}),
    (VERCEL, "ai_stream.1"): Sums(calls={"ok": 1}, tokens=(1035, 1024, 0, 7, 0)),
}


@pytest.mark.parametrize(("library", "payload"), HAPPENED)
def test_the_sums_are_what_happened(library: str, payload: str) -> None:
    """Calls by outcome, tokens by type, tools, retrievals and scores of a captured scenario are the true ones."""
    assert sum_up(facts_of(library, payload)) == HAPPENED[library, payload]


@pytest.mark.parametrize(
    ("library", "payload", "reported"),
    [
        (LANGFUSE, "session.1", ("sess-7", "user-42", "", "")),
        (LANGFUSE, "prompt.2", ("", "", "support-agent", "7")),
        (OPENINFERENCE, "session.1", ("sess-7", "user-42", "", "v7")),
        (OPENINFERENCE, "lc_agent.1", ("thread-1", "", "", "")),
        (VERCEL, "ai_agent.1", ("sess-7", "user-42", "support-agent", "7")),
    ],
)
def test_calls_know_their_session_user_and_prompt(
    library: str, payload: str, reported: tuple[str, str, str, str]
) -> None:
    """Every call of a scenario carries the session, user and prompt that the library reported."""
    contexts = [fact.context for fact in facts_of(library, payload) if isinstance(fact, LlmCall)]

    assert {(c.session_id, c.user_id, c.prompt, c.prompt_version) for c in contexts} == {reported}


@pytest.mark.parametrize(("library", "payload"), HAPPENED)
def test_calls_of_known_models_name_them(library: str, payload: str) -> None:
    """No call of a captured scenario is without a model."""
    models = [fact.context.model for fact in facts_of(library, payload) if isinstance(fact, LlmCall)]

    assert all(models)


@pytest.mark.parametrize(
    ("library", "payload", "longest"),
    [(LANGFUSE, "stream.1", 0.196), (OPENINFERENCE, "responses.1", 0.184), (VERCEL, "ai_stream.1", 0.203)],
)
def test_streams_report_when_the_first_token_came(library: str, payload: str, longest: float) -> None:
    """The first token of a captured stream came after the call began and before it ended."""
    streamed = [fact for fact in facts_of(library, payload) if isinstance(fact, LlmCall) and fact.is_streaming]

    assert len(streamed) == 1
    assert 0.04 < (streamed[0].time_to_first_token_seconds or 0) < longest


@pytest.mark.parametrize(("library", "payload"), [(LANGFUSE, "rag.1"), (OPENINFERENCE, "rag.1")])
def test_a_retrieval_has_its_documents_and_best_score(library: str, payload: str) -> None:
    """A captured search found two documents, the better with a score of 0.91."""
    (retrieval,) = (fact for fact in facts_of(library, payload) if isinstance(fact, Retrieval))

    assert (retrieval.retriever, retrieval.documents, retrieval.top_score) == ("kb_search", 2, 0.91)


def test_responses_are_known_by_their_ids() -> None:
    """The ids that providers gave are read out of dumped responses, so that a second span of a call is found."""
    calls = [fact for fact in facts_of(OPENINFERENCE, "responses.1") if isinstance(fact, LlmCall)]

    assert [call.response_id[:5] for call in calls] == ["resp_", "resp_", "resp_", ""]


def test_a_guardrail_that_raised_its_level_is_flagged() -> None:
    """A Langfuse guardrail observation of level WARNING is a flagged check."""
    (check,) = (fact for fact in facts_of(LANGFUSE, "scores.1") if isinstance(fact, GuardrailCheck))

    assert (check.guardrail, check.result) == ("pii_check", "flagged")


def test_tools_of_an_agent_are_named() -> None:
    """Tools carry their own names, not those of the spans around them."""
    tools = [fact.tool for fact in facts_of(VERCEL, "ai_agent.1") if isinstance(fact, ToolCall)]

    assert tools == ["get_weather", "convert_temperature"]


@pytest.mark.parametrize(("library", "payload"), HAPPENED)
def test_no_content_gets_into_a_fact(library: str, payload: str) -> None:
    """Neither questions, answers, documents nor stack traces of the applications are in any fact."""
    reported = repr(facts_of(library, payload))

    for content in ("capital of France", "Refunds are accepted", "refund policy", "umbrella", "Traceback", "/app/"):
        assert content not in reported
