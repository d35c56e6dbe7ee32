"""Times as text, RFC 3339 in UTC: with nanoseconds of log lines, as Loki orders them, and with milliseconds."""

from datetime import UTC, datetime
from functools import lru_cache

_SECOND = 1_000_000_000


def rfc3339(time_ns: int) -> str:
    """Unix time in nanoseconds as text."""
    if time_ns >= _SECOND:  # the last nine digits are the nanoseconds; formatting them takes three times as long
        return f"{_to_the_second(time_ns // _SECOND)}.{str(time_ns)[-9:]}Z"
    seconds, rest = divmod(time_ns, _SECOND)
    return f"{_to_the_second(seconds)}.{rest:09d}Z"


def in_milliseconds(seconds: float) -> str:
    """Unix time as text, as Langfuse is asked."""
    return datetime.fromtimestamp(seconds, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def nanoseconds(timestamp: str) -> int:
    """The text as Unix time in nanoseconds; datetime would cut the last three digits, which keep lines apart."""
    whole, _, fraction = timestamp.removesuffix("Z").partition(".")
    seconds = int(datetime.fromisoformat(whole).replace(tzinfo=UTC).timestamp())
    return seconds * _SECOND + int(fraction.ljust(9, "0"))


@lru_cache(maxsize=1024)  # lines of a quarter of an hour: formatting one costs more than all the rest
def _to_the_second(seconds: int) -> str:
    return f"{datetime.fromtimestamp(seconds, UTC):%Y-%m-%dT%H:%M:%S}"
