"""How an operation ended: the part of reading a span that all dialects share."""

from collections.abc import Sequence

from watchkeeper.exporter.normalise.failures import judge
from watchkeeper.exporter.normalise.values import first_text, text_of
from watchkeeper.model import Span, Status
from watchkeeper.model.span import STATUS_ERROR


def outcome(span: Span, reasons: Sequence[str] = (), *, is_failure: bool = False) -> tuple[Status, str, str]:
    """Return (status, error type, the client's own name of the error).

    ``reasons`` are finish reasons in our vocabulary; ``is_failure`` is for dialects that show a failure elsewhere than
    in the span's status.
    """
    has_failed = is_failure or span.status_code == STATUS_ERROR
    error_class = text_of(span.attributes, "error.type") or (exception_class(span) if has_failed else "")
    if error_class.startswith("<class '"):  # a class as Python prints it
        error_class = error_class[len("<class '") :].removesuffix("'>")
    evidence = _evidence(span) if has_failed or error_class else ()
    status, error_type = judge(
        has_failed=has_failed, error_class=error_class, evidence=evidence, finish_reasons=reasons
    )
    return status, error_type, error_class


def _evidence(span: Span) -> Sequence[str]:
    code = first_text(span.attributes, "http.response.status_code", "error.code")
    return code, span.status_message or _first_exception(span, "exception.message")


def exception_class(span: Span) -> str:
    """The class of the first recorded exception; ask only of spans that failed."""
    return _first_exception(span, "exception.type")


def _first_exception(span: Span, attribute: str) -> str:
    exceptions = (event.attributes for event in span.events if event.name == "exception")
    return next((first_text(attributes, attribute) for attributes in exceptions), "")
