import json
import logging
from collections.abc import Iterator
from typing import Any

import pytest
import structlog

from watchkeeper.serving import own_log


def fail(text: str) -> None:
    """Fail as a library would."""
    raise ValueError(text)


class Lines(list[bytes]):
    """The lines that were written."""

    def read(self) -> list[dict[str, Any]]:
        """The lines as objects."""
        return [json.loads(line) for line in self]


@pytest.fixture
def lines() -> Iterator[Lines]:
    """The exporter's own log, into a list; put back afterwards."""
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    written = Lines()
    own_log.configure(written.append)
    yield written
    root.handlers[:] = handlers
    root.setLevel(level)
    structlog.reset_defaults()


def test_a_line_has_the_keys_of_a_fact(lines: Lines) -> None:
    """Our own lines are found like all others, under our own service."""
    structlog.get_logger().info("something_happened", count=3)

    (line,) = lines.read()
    assert list(line) == ["timestamp", "level", "event", "service", "count"]
    assert (line["level"], line["event"], line["service"], line["count"]) == (
        "info",
        "something_happened",
        "watchkeeper",
        3,
    )
    assert line["timestamp"].endswith("Z")


def test_the_correlation_id_is_on_the_line(lines: Lines) -> None:
    """What is bound around a request is on each of its lines."""
    with structlog.contextvars.bound_contextvars(correlation_id="abc"):
        structlog.get_logger().warning("something_happened")

    assert lines.read()[0]["correlation_id"] == "abc"


def test_a_failure_is_reported_with_its_place_and_without_its_message(lines: Lines) -> None:
    """The class of an error and the way to it are reported; what its message quotes from a request is not."""
    try:
        fail("the secret " * 2_000)
    except ValueError:
        structlog.get_logger().exception("record_failed")

    (line,) = lines.read()
    assert line["level"] == "error"
    assert line["exception"].startswith("ValueError at test_own_log.py:")
    assert line["exception"].endswith(" fail")
    assert b"secret" not in lines[0]


def test_causes_of_a_failure_come_first(lines: Lines) -> None:
    """An error that was made of another one is reported after it."""
    try:
        try:
            fail("secret")
        except ValueError as error:
            raise LookupError("secret") from error
    except LookupError:
        structlog.get_logger().exception("record_failed")

    (line,) = lines.read()
    assert [reported.split()[0] for reported in line["exception"].splitlines()] == ["ValueError", "LookupError"]
    assert b"secret" not in lines[0]


def test_libraries_warnings_become_lines(lines: Lines) -> None:
    """A library's warning is one of our lines, without what it filled in; its chatter is none."""
    logger = logging.getLogger("some.library")

    logger.info("chatter")
    logger.warning("disk is %s", "full")

    (line,) = lines.read()
    assert (line["event"], line["level"]) == ("library_logged", "warning")
    assert (line["logger"], line["message"]) == ("some.library", "disk is %s")


def test_a_librarys_failure_brings_its_place(lines: Lines) -> None:
    """An exception that a library logs is reported like ours."""
    try:
        fail("broken")
    except ValueError:
        logging.getLogger("some.library").exception("failed")

    assert lines.read()[0]["exception"].startswith("ValueError at test_own_log.py:")
    assert b"broken" not in lines[0]


def test_values_json_does_not_know_become_text(lines: Lines) -> None:
    """A field of any type never costs the line."""
    structlog.get_logger().info("something_happened", thing=object, raw=b"x")

    assert lines.read()[0]["thing"] == "<class 'object'>"


def test_debug_lines_are_left_out(lines: Lines) -> None:
    """The log reports what happened, not what was thought."""
    structlog.get_logger().debug("thought")

    assert lines == []
