"""What the journal costs: CPU time of taking the same requests with and without it, in turns in one process.

    .venv/bin/python bench/journal_cost.py

Real spans of many libraries (bench/spans.py) in batches of a hundred, fresh in every turn.
"""

import asyncio
import io
import statistics
import tempfile
import time
from pathlib import Path

from spans import batches, libraries

from watchkeeper.config import load_config
from watchkeeper.exporter.ingest.intake import Intake
from watchkeeper.exporter.parts import Exporter
from watchkeeper.exporter.state.journal import Journal

TURNS = 6
# Of each library in a turn, so that all turns are alike.
OF_EACH = 1
SPANS = 100


async def take(intake: Intake, bodies: list[bytes]) -> float:
    """CPU seconds for the bodies."""
    began = time.process_time()
    for body in bodies:
        await intake.take("traces protobuf", body, "")
    return time.process_time() - began


def main() -> None:
    """Print the median of what it costs in each pair of turns."""
    exporter = Exporter(load_config(None, {}), io.BytesIO())
    requests = OF_EACH * len(libraries())
    bodies = batches(libraries(), SPANS, (2 * TURNS + 2) * requests)
    portions = [bodies[start : start + requests] for start in range(0, len(bodies), requests)]
    with tempfile.TemporaryDirectory() as folder:
        journal = Journal(Path(folder))
        intakes = {used: Intake(exporter.pipeline, one) for used, one in ((True, journal), (False, Journal(None)))}
        ratios = []
        for turn in range(TURNS + 1):
            journal.begin(turn + 1)
            seconds = {}
            for place, is_used in enumerate((True, False) if turn % 2 else (False, True)):
                seconds[is_used] = asyncio.run(take(intakes[is_used], portions[2 * turn + place]))
            journal.forget_before(turn + 1, keeps_some=False)
            if turn:  # the first turn is for caches
                ratios.append(seconds[True] / seconds[False] - 1)
    size = sum(map(len, portions[0])) / requests / 1024
    print(f"{TURNS} turns of {requests} requests of {SPANS} spans, {size:.0f} KiB each")
    spread = f"{min(ratios):+.1%} to {max(ratios):+.1%}"
    print(f"the journal costs {statistics.median(ratios):+.1%} of CPU time (median; {spread})")


if __name__ == "__main__":
    main()
