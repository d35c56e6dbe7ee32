"""The exceptions of this package.

WatchkeeperError
├── ArchiveError      a text cannot be archived, or not read again; has a reason
├── ConfigError       watchkeeper.yml or the environment is wrong; lists every problem
├── DecodeError       a request body cannot be understood at all
│   └── TooManyError  a request holds more than is made objects of
├── EndpointError     a model, an application, a search or Langfuse did not answer as it should
├── EngineError       an engine could not be obtained, started or reached
│   └── EngineAwayError  no engine answers at its address
├── InvalidValueError one record holds a value that cannot be what it should be
├── JobError          a job of the analyzer could not do its work
├── OperationError    a backup, a restore, a reload or another operation could not be done
├── PriceFileError    the file of fetched price tables cannot be used
└── StateError        the database of what must outlive the process cannot be read or written
"""

from collections.abc import Mapping, Sequence
from http import HTTPStatus


class WatchkeeperError(Exception):
    """Root of all errors a user may see; its text is a sentence that names the fix."""


class ArchiveError(WatchkeeperError):
    """A text cannot be archived, or not read again; ``reason`` is one of a few words, for a label."""

    def __init__(self, reason: str, detail: str) -> None:
        self.reason = reason
        super().__init__(detail)


class ConfigError(WatchkeeperError):
    """The configuration is wrong.

    ``problems`` holds one line per error, each as ``<file>: <key path> must be <rule>, got <value>``; ``places`` has
    where in the file some of them are. The text has both.
    """

    def __init__(self, problems: Sequence[str], places: Mapping[str, str] | None = None) -> None:
        self.problems = tuple(problems)
        self.places = dict(places or {})
        shown = (f"{problem}\n{self.places[problem]}" if self.places.get(problem) else problem for problem in problems)
        super().__init__("\n".join(shown))


class DecodeError(WatchkeeperError):
    """A request body is not what its content type says; the text names where and what."""


class TooManyError(DecodeError, ValueError):
    """A request, or one record of it, holds more than is made objects of; the text says how much may be."""


class InvalidValueError(WatchkeeperError, ValueError):
    """A record's value is not what its field says; the text is reported to the sender."""


class EndpointError(WatchkeeperError):
    """What a canary or a judge asks, or a Langfuse, did not answer as it should; ``error_type`` is one of a few kinds.

    ``is_passing`` says whether the same request may succeed in a moment; ``wait_seconds`` is how long the other side
    asks to wait for that, 0 when it does not say. ``status`` is that of an HTTP answer, 0 where there was none.
    """

    def __init__(
        self, error_type: str, text: str, *, is_passing: bool = False, wait_seconds: float = 0.0, status: int = 0
    ) -> None:
        self.error_type = error_type
        self.is_passing = is_passing
        self.wait_seconds = wait_seconds
        self.status = status
        super().__init__(text)

    @property
    def is_not_found(self) -> bool:
        """Whether the other side answered that there is nothing there."""
        return self.status == HTTPStatus.NOT_FOUND


class EngineError(WatchkeeperError):
    """An engine (Prometheus, Alertmanager, Loki, Promtail) could not be obtained, started or reached."""


class EngineAwayError(EngineError):
    """No engine answers at its address; a command adds how the stack is started."""


class JobError(WatchkeeperError):
    """A job of the analyzer could not do its work; the text, which /health shows, says why."""


class OperationError(WatchkeeperError):
    """An operation on the bundle (backup, restore, reload, upgrade, pin) could not be done; the text says why."""


class PriceFileError(WatchkeeperError):
    """The file of fetched price tables cannot be used, or what was fetched is no such table."""


class StateError(WatchkeeperError):
    """The database of what must outlive the process cannot be read or written."""
