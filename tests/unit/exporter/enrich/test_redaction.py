"""What facts may report in words, for each mode of capture."""

import pytest
from msgspec.structs import replace

from watchkeeper.config.patterns import compile_pattern
from watchkeeper.config.privacy import Capture
from watchkeeper.exporter.enrich.redaction import MAX_CONTENT, Redactor
from watchkeeper.model import BranchDecision, Content, Context, Fact, Incident, LlmCall, Score, ToolCall

CONTEXT = Context(time_ns=1)
MAIL = "jane@example.com"


def call(text: str) -> LlmCall:
    """A call in which something was said."""
    return LlmCall(context=CONTEXT, content=Content(input=text, output=text))


def said(capture: Capture, text: str) -> str:
    """What is reported as a text."""
    fact = Redactor(capture).redact(call(text))
    assert isinstance(fact, LlmCall)
    assert fact.content
    assert fact.content.input == fact.content.output
    return fact.content.input


def test_metadata_reports_no_content() -> None:
    """Content that came all the same is taken off."""
    fact = Redactor("metadata").redact(call("hello"))

    assert isinstance(fact, LlmCall)
    assert fact.content is None


def test_redacted_content_has_no_secrets() -> None:
    """What was said is reported without its secrets."""
    assert said("redacted", f"write to {MAIL}") == "write to [email]"


def test_full_content_is_reported_as_it_came() -> None:
    """What was said is reported with everything in it."""
    assert said("full", f"write to {MAIL}") == f"write to {MAIL}"


@pytest.mark.parametrize("capture", ["redacted", "full"])
def test_long_content_is_cut(capture: Capture) -> None:
    """Only the beginning of a long text is reported."""
    assert said(capture, "ab " * 10_000) == ("ab " * 10_000)[:MAX_CONTENT]


@pytest.mark.parametrize("before", range(2 * MAX_CONTENT - 20, 2 * MAX_CONTENT + 1))
def test_no_cut_leaves_half_a_secret(before: int) -> None:
    """A secret where reading stops is not reported, however little remains of the text."""
    text = f"{MAIL} " * (before // (len(MAIL) + 1))
    text += " " * (before - len(text)) + MAIL + " and more"

    assert "jane" not in said("redacted", text)


def test_own_patterns_become_their_names() -> None:
    """What watchkeeper.yml adds is redacted too, in content and in words."""
    redactor = Redactor("redacted", [("customer", compile_pattern(r"C-\d{6}"))])

    fact = redactor.redact(call("C-123456 is angry"))

    assert isinstance(fact, LlmCall)
    assert fact.content == Content(input="[customer] is angry", output="[customer] is angry")
    assert redactor.words("bad C-123456") == "bad [customer]"


@pytest.mark.parametrize("capture", ["metadata", "redacted", "full"])
@pytest.mark.parametrize(
    "fact",
    [
        LlmCall(context=CONTEXT, error_class=f"Failed({MAIL})"),
        ToolCall(context=CONTEXT, tool="t", error_class=f"Failed({MAIL})"),
        Score(context=CONTEXT, name="s", source="person", category=f"as {MAIL} says"),
        BranchDecision(context=CONTEXT, node="n", branch=MAIL, condition=f"user == {MAIL}", value=MAIL),
        Incident(context=CONTEXT, alert="A", status="firing", summary=f"{MAIL} fails"),
    ],
    ids=lambda fact: type(fact).__name__,
)
def test_free_words_never_hold_secrets(fact: Fact, capture: Capture) -> None:
    """Words that a sender chooses are reported without secrets whatever is captured."""
    assert MAIL not in repr(Redactor(capture).redact(fact))


def test_free_words_are_short() -> None:
    """A class of error is a few words, and a secret at their end is not cut in half."""
    words = Redactor().words("x" * 250 + f" {MAIL}")

    assert words == "x" * 250 + " [emai"


def test_a_fact_without_words_is_the_same_fact() -> None:
    """What needs no redaction costs no copy."""
    fact = LlmCall(context=CONTEXT)

    assert Redactor().redact(fact) is fact


@pytest.mark.parametrize("field", ["trace_id", "span_id", "session_id"])
@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("AKIAIOSFODNN7EXAMPLE", "[api_key]"),
        ("chatcmpl-AKIAIOSFODNN7EXAMPLE", "chatcmpl-[api_key]"),
        ("session-sk-ant-0123456789abcdef", "session-[api_key]"),
        ("4bf92f3577b34da6a3ce929d0e0e4736", "4bf92f3577b34da6a3ce929d0e0e4736"),
        ("0190a8e2-7d3c-7a11-9c1e-3f5a2b1c0d9e", "0190a8e2-7d3c-7a11-9c1e-3f5a2b1c0d9e"),
    ],
    ids=["a key", "a key behind a head", "a key inside", "hex", "a UUID"],
)
def test_ids_have_no_keys(field: str, text: str, left: str) -> None:
    """An application may make an id of anything."""
    fact = LlmCall(context=replace(CONTEXT, **{field: text}), response_id=text)

    redacted = Redactor().redact(fact)

    assert (getattr(redacted.context, field), redacted.response_id) == (left, left)
