"""Our own log lines: structlog to the same stream of JSON lines as the facts, with the same keys."""

import logging
from collections.abc import Callable
from typing import Any

import msgspec
import structlog
from structlog.typing import EventDict, WrappedLogger

_SERVICE = "watchkeeper"
_MAX_TEXT = 8 * 1024  # half of what a line may have: a traceback's end says what happened


def configure(write: Callable[[bytes], None]) -> None:
    """Send structlog's and the libraries' lines to ``write``; called once, by app.py."""
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.format_exc_info,
            _finish,
            structlog.processors.JSONRenderer(serializer=lambda event, **_: msgspec.json.encode(event, enc_hook=str)),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.INFO),
        logger_factory=lambda *_: _Lines(write),
        cache_logger_on_first_use=False,
    )
    logging.basicConfig(handlers=[_FromLibraries()], level=logging.WARNING, force=True)


def _finish(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    if isinstance(traceback := event.get("exception"), str):
        event["exception"] = traceback[-_MAX_TEXT:]
    return {
        "timestamp": event.pop("timestamp"),
        "level": event.pop("level"),
        "event": event.pop("event"),
        "service": _SERVICE,
        **event,
    }


class _Lines:
    """The end of structlog's chain: every level writes the rendered line."""

    def __init__(self, write: Callable[[bytes], None]) -> None:
        self.debug = self.info = self.warning = self.error = self.critical = write
        self.exception = write


class _FromLibraries(logging.Handler):
    """Lines of libraries that use the standard logging, as ours; their text is not a fact's name."""

    def emit(self, record: logging.LogRecord) -> None:
        fields: dict[str, Any] = {"logger": record.name, "message": record.getMessage()[:_MAX_TEXT]}
        if record.exc_info:
            fields["exc_info"] = record.exc_info
        structlog.get_logger().log(record.levelno, "library_logged", **fields)
