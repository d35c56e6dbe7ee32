import io
import threading

import pytest

from watchkeeper.serving import lines
from watchkeeper.serving.lines import LineWriter


class Drops:
    """Counts what was dropped."""

    def __init__(self) -> None:
        self.count = 0

    def __call__(self) -> None:
        """Note one dropped line."""
        self.count += 1


class HeldStream(io.BytesIO):
    """A reader that takes nothing until it is released."""

    def __init__(self) -> None:
        super().__init__()
        self.reached = threading.Event()
        self.released = threading.Event()

    def write(self, data: object) -> int:
        """Wait for the release, then write."""
        self.reached.set()
        self.released.wait(10)
        return super().write(data)  # type: ignore[arg-type]


class BrokenStream(io.BytesIO):
    """A reader that has gone away."""

    def write(self, _data: object) -> int:
        """Refuse, as a closed pipe does."""
        raise BrokenPipeError


def test_lines_come_out_in_order() -> None:
    """Thousands of lines keep their order, one line each."""
    stream, drops = io.BytesIO(), Drops()
    writer = LineWriter(stream, drops)

    for n in range(5000):
        writer.write(str(n).encode())
    writer.close()

    assert stream.getvalue().splitlines() == [str(n).encode() for n in range(5000)]
    assert drops.count == 0


def test_a_stalled_reader_costs_lines_and_not_time(monkeypatch: pytest.MonkeyPatch) -> None:
    """What finds the queue full is dropped and counted; the writer never waits."""
    monkeypatch.setattr(lines, "_MAX_WAITING", 10)
    stream, drops = HeldStream(), Drops()
    writer = LineWriter(stream, drops)
    writer.write(b"first")
    stream.reached.wait(10)

    for n in range(15):
        writer.write(str(n).encode())
    stream.released.set()
    writer.close()

    assert drops.count == 5
    assert stream.getvalue().splitlines() == [b"first", *(str(n).encode() for n in range(10))]


def test_a_reader_that_has_gone_is_no_failure() -> None:
    """Lines that no one reads are counted as dropped."""
    drops = Drops()
    writer = LineWriter(BrokenStream(), drops)

    writer.write(b"one")
    writer.write(b"two")
    writer.close()

    assert drops.count == 2


def test_closing_writes_what_waits() -> None:
    """Nothing that was taken is lost at the end."""
    stream = HeldStream()
    writer = LineWriter(stream, Drops())
    writer.write(b"one")
    stream.reached.wait(10)
    writer.write(b"two")

    stream.released.set()
    writer.close()

    assert stream.getvalue() == b"one\ntwo\n"


def test_closing_without_a_line() -> None:
    """A writer that wrote nothing closes at once."""
    stream = io.BytesIO()

    LineWriter(stream, Drops()).close()

    assert stream.getvalue() == b""
