import pytest

from watchkeeper.exporter.normalise.finish import finish_reasons


@pytest.mark.parametrize(
    ("word", "meaning"),
    [
        ("stop", "stop"),
        ("STOP", "stop"),
        ("end_turn", "stop"),
        ("completed", "stop"),
        ("max_tokens", "length"),
        ("MAX_TOKENS", "length"),
        ("incomplete", "length"),
        ("tool_use", "tool_calls"),
        ("tool_call", "tool_calls"),
        ("function_call", "tool_calls"),
        ("SAFETY", "content_filter"),
        ("refusal", "content_filter"),
        ("FinishReason.MAX_TOKENS", "length"),
        ("guardrail_intervened", "content_filter"),
        ("blocked", "content_filter"),
        ("error", "error"),
        ("something_new", "other"),
    ],
)
def test_each_providers_word_is_translated(word: str, meaning: str) -> None:
    """Every provider's word becomes one of ours, an unknown one becomes other."""
    assert finish_reasons([word]) == (meaning,)


def test_what_goes_on_is_no_reason() -> None:
    """Some clients collect the status of each event of a stream."""
    assert finish_reasons(["in_progress", "in_progress", "completed"]) == ("stop",)


def test_every_choice_keeps_its_reason() -> None:
    """A call with several choices has several reasons, in order."""
    assert finish_reasons(["stop", "length", "stop"]) == ("stop", "length", "stop")
