import pytest

from watchkeeper.exporter.normalise.raw_usage import with_dumped_details
from watchkeeper.model import Usage

REPORTED = Usage(input=1100, output=50)
WHOLE = Usage(input=1100, output=50, cached_input=1024, reasoning=16)
REPR = (
    "ChatCompletion(id='c', choices=[...], usage=CompletionUsage(completion_tokens=50, prompt_tokens=1100, "
    "total_tokens=1150, completion_tokens_details=CompletionTokensDetails(audio_tokens=0, reasoning_tokens=16, "
    "text_tokens=None), prompt_tokens_details=PromptTokensDetails(cache_write_tokens=None, cached_tokens=1024)))"
)
DICT = (
    "_meta={'finish_reason': 'stop', 'usage': {'completion_tokens': 50, 'prompt_tokens': 1100, "
    "'completion_tokens_details': {'reasoning_tokens': 16, 'text_tokens': None}, "
    "'prompt_tokens_details': {'cached_tokens': 1024}}})"
)
JSON = (
    '{"output": [], "usage": {"input_tokens": 1100, "input_tokens_details": {"cached_tokens": 1024}, '
    '"output_tokens": 50, "output_tokens_details": {"reasoning_tokens": 16}}}'
)


@pytest.mark.parametrize(
    ("answer", "usage"),
    [
        pytest.param(REPR, WHOLE, id="an object's repr, as smolagents prints it"),
        pytest.param(DICT, WHOLE, id="a dict of Python, as haystack prints it"),
        pytest.param(JSON, WHOLE, id="JSON of the Responses API"),
        pytest.param("x" * 100_000 + DICT, WHOLE, id="behind a long text"),
        pytest.param(DICT.replace("1100", "1101"), REPORTED, id="other totals: another call's"),
        pytest.param("usage={'cached_tokens': 1024, 'tokens_details': 0}", REPORTED, id="no totals"),
        pytest.param("my usage: " * 1000 + "tokens_details", REPORTED, id="the word alone"),
        pytest.param({"usage": 5}, REPORTED, id="no text"),
        pytest.param(None, REPORTED, id="nothing"),
    ],
)
def test_a_printed_answer_completes_what_is_reported(answer: object, usage: Usage) -> None:
    """Only a usage with the totals that the span reports itself is accepted."""
    assert with_dumped_details(REPORTED, answer) == usage  # type: ignore[arg-type]


def test_what_the_span_reports_itself_is_kept() -> None:
    """A printed answer fills gaps only."""
    fields = Usage(input=1100, output=50, cached_input=0)

    assert with_dumped_details(fields, DICT) == Usage(input=1100, output=50, cached_input=0, reasoning=16)
