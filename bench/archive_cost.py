"""What the archive of long texts costs: taking the same spans with and without it, in turns in one process.

    .venv/bin/python bench/archive_cost.py

Chat spans that say 4, 32 and 256 KiB of words, captured redacted. The loop's own time is what ingest has less of; the
archive's thread, which compresses and writes, adds to the CPU time of the process.
"""

import asyncio
import io
import json
import statistics
import tempfile
import time
from pathlib import Path

from watchkeeper.config import load_config
from watchkeeper.exporter.ingest.intake import Intake
from watchkeeper.exporter.parts import Exporter
from watchkeeper.exporter.state.journal import Journal

TURNS = 7
SPANS = 20
WORDS = "Where is order 4711 of jo@example.com, which was to come on Tuesday? "


def body(kib: int, turn: int) -> bytes:
    """A request of chat spans, each with a text of its own."""
    now = time.time_ns()

    def span(number: int) -> dict[str, object]:
        said = (f"{turn}.{number} " + WORDS * (kib * 1024 // len(WORDS) + 1))[: kib * 1024]
        values = {"gen_ai.operation.name": "chat", "gen_ai.request.model": "gpt-4o", "gen_ai.input.messages": said}
        return {
            "traceId": f"{turn:016x}{number:016x}",
            "spanId": f"{kib:08x}{number + 1:08x}",
            "startTimeUnixNano": str(now - 10**9),
            "endTimeUnixNano": str(now),
            "attributes": [{"key": key, "value": {"stringValue": value}} for key, value in values.items()],
        }

    return json.dumps({"resourceSpans": [{"scopeSpans": [{"spans": [span(n) for n in range(SPANS)]}]}]}).encode()


async def take(exporter: Exporter, request: bytes) -> float:
    """Milliseconds of the loop for a span."""
    intake = Intake(exporter.pipeline, Journal(None))
    began = time.thread_time()
    await intake.take("traces json", request, "")
    return (time.thread_time() - began) * 1000 / SPANS


def main() -> None:
    """Print the medians, and how many texts were lost."""
    with tempfile.TemporaryDirectory() as folder:
        exporters = {}
        for name, archive in (("without", ""), ("with", "archive: {to: texts, longest: 262144}\n")):
            file = Path(folder) / f"{name}.yml"
            file.write_text(f"privacy: {{capture: redacted}}\n{archive}", encoding="utf-8")
            exporters[name] = Exporter(load_config(file, {}), io.BytesIO())
        writer = exporters["with"].archiving.writer
        assert writer
        writer.start()
        for kib in (4, 32, 256):
            taken: dict[str, list[float]] = {name: [] for name in exporters}
            for turn in range(TURNS):
                for name, exporter in exporters.items():
                    taken[name].append(asyncio.run(take(exporter, body(kib, turn))))
            without, with_ = (statistics.median(taken[name][1:]) for name in ("without", "with"))
            print(f"{kib:4} KiB: {without:.2f} ms a span without, {with_:.2f} ms with the archive")
        writer.close(60)
        lost = exporters["with"].store.families["watchkeeper_ingest_dropped_total"].series
        print(f"not archived: { {labels[1]: value for labels, value in lost.items() if labels[0] == 'archive'} }")


if __name__ == "__main__":
    main()
