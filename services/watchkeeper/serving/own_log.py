"""Our own log lines: structlog to the same stream of JSON lines as the facts, with the same keys."""

import logging
import traceback
from collections.abc import Callable, Iterator
from pathlib import Path
from types import TracebackType
from typing import Any

import msgspec
import structlog
from structlog.typing import EventDict, WrappedLogger

ExcInfo = tuple[type[BaseException], BaseException, TracebackType | None]

_SERVICE = "watchkeeper"
_MAX_TEXT = 8 * 1024  # half of what a line may have: the end says what happened
_MAX_MESSAGE = 200
_MAX_FRAMES = 40
_MAX_CAUSES = 5


def configure(write: Callable[[bytes], None]) -> None:
    """Send structlog's and the libraries' lines to ``write``; called once, by app.py."""
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.ExceptionRenderer(rendered_exception),
            _finish,
            structlog.processors.JSONRenderer(serializer=lambda event, **_: msgspec.json.encode(event, enc_hook=str)),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.INFO),
        logger_factory=lambda *_: _Lines(write),
        cache_logger_on_first_use=False,
    )
    logging.basicConfig(handlers=[_FromLibraries()], level=logging.WARNING, force=True)


def _finish(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    if isinstance(text := event.get("exception"), str):
        event["exception"] = text[-_MAX_TEXT:]
    return {
        "timestamp": event.pop("timestamp"),
        "level": event.pop("level"),
        "event": event.pop("event"),
        "service": _SERVICE,
        **event,
    }


def rendered_exception(exc_info: ExcInfo) -> str:
    """Where it failed and with which class of error, causes first; messages may quote what a sender sent."""
    lines = [f"{type(error).__name__} at {_location(error.__traceback__)}" for error in _with_causes(exc_info[1])]
    return "\n".join(reversed(lines))


def _with_causes(error: BaseException | None) -> Iterator[BaseException]:
    for _ in range(_MAX_CAUSES):
        if error is None:
            return
        yield error
        error = error.__cause__ or error.__context__


def _location(trace: TracebackType | None) -> str:
    frames = traceback.extract_tb(trace)[-_MAX_FRAMES:]
    return " > ".join(f"{Path(frame.filename).name}:{frame.lineno} {frame.name}" for frame in frames)


class _Lines:
    """The end of structlog's chain: every level writes the rendered line."""

    def __init__(self, write: Callable[[bytes], None]) -> None:
        self.debug = self.info = self.warning = self.error = self.critical = write
        self.exception = write


class _FromLibraries(logging.Handler):
    """Lines of libraries that use the standard logging, as ours; their text is not a fact's name.

    Only the first line of the constant part of a message is written: what is filled in may come from a request.
    """

    def emit(self, record: logging.LogRecord) -> None:
        message = record.msg.partition("\n")[0] if isinstance(record.msg, str) else type(record.msg).__name__
        fields: dict[str, Any] = {
            "logger": record.name,
            "message": message[:_MAX_MESSAGE],
            "location": f"{record.filename}:{record.lineno}",
        }
        if record.exc_info:
            fields["exc_info"] = record.exc_info
        structlog.get_logger().log(record.levelno, "library_logged", **fields)
