import pytest

from watchkeeper.exporter.normalise.failures import ERROR_TYPES, classify, judge, status_of
from watchkeeper.model import Status


@pytest.mark.parametrize(
    ("evidence", "error_type"),
    [
        (("openai.RateLimitError",), "rate_limited"),
        (("RateLimitError", "429", "Error code: 429 - insufficient_quota"), "rate_limited"),
        (("ThrottlingException",), "rate_limited"),
        (("429",), "rate_limited"),
        (("openai.APITimeoutError",), "timeout"),
        (("TimeoutError", "", "Request timed out."), "timeout"),
        (("504",), "timeout"),
        (("openai.AuthenticationError",), "auth"),
        (("PermissionDeniedError",), "auth"),
        (("BadRequestError", "400", "This model's maximum context length is 128000 tokens"), "context_length"),
        (("BadRequestError", "context_length_exceeded"), "context_length"),
        (("BadRequestError", "", "prompt is too long: 210000 tokens"), "context_length"),
        (("BadRequestError", "content_filter"), "content_filtered"),
        (("openai.InternalServerError",), "server"),
        (("APIConnectionError",), "server"),
        (("overloaded_error", "529"), "server"),
        (("503",), "server"),
        (("CancelledError",), "cancelled"),
        (("GeneratorExit",), "cancelled"),
        (
            ("ClientError", "400", "The input exceeds the maximum number of tokens"),
            "context_length",
        ),
        (("ValidationException", "", "Input is too long for requested model."), "context_length"),
        (("ClientError", "", "RESOURCE_EXHAUSTED"), "rate_limited"),
        (("ThrottlingException", "", "Too many tokens, please wait before trying again."), "rate_limited"),
        (("", "Too many tokens, please wait before trying again."), "rate_limited"),
        (("ClientError", "400", "Too many tokens per day, please wait before trying again."), "rate_limited"),
        (("", "429", "Request too large: the context window takes 8192 tokens"), "rate_limited"),
        (("RateLimitError", "", "your prompt is too long for this tier's tokens per minute"), "rate_limited"),
        (("APIError", "", "Request too large for model on tokens per minute (TPM): Limit 6000"), "rate_limited"),
        (("BadRequestError", "400", "too many tokens in the prompt"), "context_length"),
        (("InternalServerError", "500", "maximum context length is 8192 tokens"), "context_length"),
        (("ValueError", "", "no idea"), "other"),
        (("",), "other"),
    ],
    ids=" ".join,
)
def test_classify(evidence: tuple[str, ...], error_type: str) -> None:
    """The kind of an error follows from its class, code and message."""
    assert classify(*evidence) == error_type


def test_only_the_beginning_of_a_message_is_read() -> None:
    """A word far down in a message (an echoed prompt, say) decides nothing."""
    assert classify("ValueError", "x" * 500 + " rate limit") == "other"


@pytest.mark.parametrize(
    ("has_failed", "error_class", "finish_reasons", "status", "error_type"),
    [
        pytest.param(False, "", ("stop",), "ok", "", id="nothing speaks against it"),
        pytest.param(True, "RateLimitError", (), "rate_limited", "rate_limited", id="a failed span"),
        pytest.param(False, "RateLimitError", (), "rate_limited", "rate_limited", id="an error without a status"),
        pytest.param(True, "", (), "error", "other", id="a failure without a reason"),
        pytest.param(False, "", ("error",), "error", "server", id="a stream that was cut off"),
        pytest.param(False, "", ("content_filter",), "content_filtered", "content_filtered", id="a filtered answer"),
        pytest.param(False, "", ("stop", "content_filter"), "content_filtered", "content_filtered", id="one of two"),
        pytest.param(True, "AuthenticationError", (), "error", "auth", id="an error that has no status of its own"),
    ],
)
def test_judge(
    has_failed: bool, error_class: str, finish_reasons: tuple[str, ...], status: Status, error_type: str
) -> None:
    """Status and kind of error follow from everything that was reported."""
    found = judge(has_failed=has_failed, error_class=error_class, evidence=(), finish_reasons=finish_reasons)

    assert found == (status, error_type)


@pytest.mark.parametrize("error_type", sorted(ERROR_TYPES))
def test_every_error_type_has_a_status(error_type: str) -> None:
    """Every kind of error leads to a status other than ok."""
    assert status_of(error_type) != "ok"
