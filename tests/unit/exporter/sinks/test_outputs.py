import io

from watchkeeper.exporter.sinks.outputs import Both, StoreLineMeter, open_lines
from watchkeeper.metrics.catalogue import METRICS
from watchkeeper.metrics.store import MetricStore

LINE = b'{"timestamp":"2026-11-21T16:00:00Z","level":"info","event":"started","service":"watchkeeper"}'
# A port that nothing listens on: the connection is refused at once.
NOWHERE = "http://127.0.0.1:9"


def test_without_an_address_lines_go_to_standard_output_alone() -> None:
    """The usual case; the gauge says that someone else brings the lines to Loki."""
    stream, store = io.BytesIO(), MetricStore(METRICS)

    lines = open_lines(stream, "", store)
    lines.write(LINE)
    lines.close()

    assert stream.getvalue() == LINE + b"\n"
    assert store.families["watchkeeper_line_push_configured"].series[()].value == 0


def test_with_an_address_a_line_goes_both_ways() -> None:
    """Standard output has it; what Loki, which is away, did not get until the end is counted."""
    stream, store = io.BytesIO(), MetricStore(METRICS)

    lines = open_lines(stream, NOWHERE, store)
    lines.write(LINE)
    lines.close()

    assert stream.getvalue() == LINE + b"\n"
    assert store.families["watchkeeper_line_push_configured"].series[()].value == 1
    assert store.families["watchkeeper_ingest_dropped_total"].series["loki", "shutdown"].value == 1


def test_pushed_lines_are_counted() -> None:
    """Lines in all, not pushes."""
    store = MetricStore(METRICS)

    StoreLineMeter(store).pushed(3)
    StoreLineMeter(store).pushed(4)

    assert store.families["watchkeeper_lines_pushed_total"].series[()].value == 7


def test_both_close_both() -> None:
    """What waits in either is written."""
    first, second = Kept(), Kept()

    both = Both(first, second)
    both.write(LINE)
    both.close()

    assert first.lines == second.lines == [LINE, b"closed"]


class Kept:
    """An output that remembers."""

    def __init__(self) -> None:
        self.lines: list[bytes] = []

    def write(self, line: bytes, /) -> None:
        """Remember a line."""
        self.lines.append(line)

    def close(self) -> None:
        """Remember the end."""
        self.lines.append(b"closed")
