"""Whether the tools of a run go round in circles, without any contract.

The same tool with other arguments is progress: an agent that reads thirty files reads each once. So runs are compared
by tool and arguments, and what a model is sent, which grows with every step, is not looked at.
"""

from collections.abc import Hashable, Sequence

import msgspec

from watchkeeper.model import ToolRun, Trace

# A-B-C-D-A-B-C-D; longer circles are rare, and cost money all the same (see token_baseline.py).
_LONGEST_CYCLE = 4
# One tool alone is asked again now and then; two or more in the same order with the same arguments are not.
_REPEATS_ALONE = 3
_REPEATS = 2
# Where clients report no arguments only the tools' names are known, and those repeat in honest work.
_REPEATS_UNKNOWN = 11
# A try that failed may be made again: frameworks retry two or three times.
_REPEATS_FAILED = 6
# In any order: at least so many runs of which at most a third are different.
_MANY_RUNS = 9
_DIFFERENT_SHARE = 1 / 3


class Loop(msgspec.Struct, frozen=True, gc=False):
    """The tools of one round, and how often they went round in a row; of no order, how often the busiest ran."""

    tools: tuple[str, ...]
    rounds: int


def find_loop(trace: Trace) -> Loop | None:
    """The shortest circle in the tools of a run; None where there is none."""
    runs = trace.tool_runs
    if len(runs) < _REPEATS_ALONE:
        return None
    known = [run for run in runs if run.arguments_hash]
    went_well = [run for run in known if run.status == "ok"]
    return (
        _circle(went_well, alone=_REPEATS_ALONE, longer=_REPEATS)
        or _circle(known, alone=_REPEATS_FAILED, longer=_REPEATS_FAILED)
        or _few_different(went_well)
        or (None if known else _circle(runs, alone=_REPEATS_UNKNOWN, longer=_REPEATS_UNKNOWN))
    )


def _circle(runs: Sequence[ToolRun], *, alone: int, longer: int) -> Loop | None:
    marks = [(run.tool, run.arguments_hash) for run in runs]
    for length in range(1, _LONGEST_CYCLE + 1):
        needed = alone if length == 1 else longer
        if len(marks) < length * needed:
            return None
        end, rounds = _most_rounds(marks, length)
        if rounds >= needed:
            return Loop(tuple(run.tool for run in runs[end - length : end]), rounds)
    return None


def _most_rounds(marks: Sequence[Hashable], length: int) -> tuple[int, int]:
    """Where the longest stretch ends that repeats itself after ``length``, and how often it goes round."""
    best, best_end, same = 0, 0, 0
    for place in range(length, len(marks)):
        same = same + 1 if marks[place] == marks[place - length] else 0
        if same > best:
            best, best_end = same, place + 1
    return best_end, best // length + 1


def _few_different(runs: Sequence[ToolRun]) -> Loop | None:
    """The same few calls again and again, in whatever order."""
    if len(runs) < _MANY_RUNS:
        return None
    counted: dict[tuple[str, int], int] = {}
    for run in runs:
        mark = run.tool, run.arguments_hash
        counted[mark] = counted.get(mark, 0) + 1
    if len(counted) > _DIFFERENT_SHARE * len(runs):
        return None
    return Loop(tuple(dict.fromkeys(tool for tool, _ in counted)), max(counted.values()))
