"""Times that senders write as text or as seconds: which of them are times at all."""

from datetime import UTC, datetime

from watchkeeper.errors import InvalidValueError

# Times outside this range are errors of unit (milliseconds sent as seconds), not times: years 2001 to 2100.
_EARLIEST_SECONDS, _LATEST_SECONDS = 1e9, 4.1e9


def time_ns_of(timestamp: str | float, name: str = "timestamp") -> int:
    """Nanoseconds since 1970 of RFC 3339 text or Unix seconds; without a zone it is UTC.

    Raises: InvalidValueError when it is no time, or none that anything can have happened at.
    """
    seconds = _seconds(timestamp, name) if isinstance(timestamp, str) else timestamp
    if not _EARLIEST_SECONDS <= seconds <= _LATEST_SECONDS:
        raise InvalidValueError(f"{name}: must be RFC 3339 or Unix seconds, got {timestamp}")
    return int(seconds * 1e9)


def _seconds(text: str, name: str) -> float:
    try:
        instant = datetime.fromisoformat(text)
        return (instant if instant.tzinfo else instant.replace(tzinfo=UTC)).timestamp()
    except (ValueError, OverflowError) as error:
        raise InvalidValueError(f"{name}: must be RFC 3339 or Unix seconds, got {text[:40]!r}") from error
