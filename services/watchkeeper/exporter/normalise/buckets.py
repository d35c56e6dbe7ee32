"""Tokens as totals, from clients that count some of them in buckets of their own.

Clients agree on the words and not on the meaning: "input" is the whole input of a call, or only what was neither read
from a cache nor written to one; "output" is the whole output, or only what is not reasoning. The client's own total
reports which; without one, the counts must at least not contradict each other.
"""

import msgspec

from watchkeeper.model import Usage


class Buckets(msgspec.Struct, frozen=True, kw_only=True):
    """Counts as reported. ``beside_*`` are those that the client may have left out of ``input`` and ``output``.

    ``are_separate`` is what the client usually means, and ``is_output_separate`` that of the output alone: it decides
    where the total is not reported or fits no reading.
    """

    input: int | None = None
    output: int | None = None
    beside_input: int = 0
    beside_output: int = 0
    total: int | None = None
    are_separate: bool = False
    is_output_separate: bool | None = None

    def whole(self) -> tuple[int | None, int | None]:
        """The whole input and the whole output; what was not reported stays None."""
        if not self.beside_input and not self.beside_output:
            return self.input, self.output
        reported_input, reported_output = self.input or 0, self.output or 0
        beside_input = 0 if self.input is None else self.beside_input
        beside_output = 0 if self.output is None else self.beside_output
        is_output_separate = self.are_separate if self.is_output_separate is None else self.is_output_separate
        is_whole = self.total == reported_input + reported_output
        is_usual = self.total is None and not self.are_separate and not is_output_separate
        if (is_whole or is_usual) and reported_input >= beside_input and reported_output >= beside_output:
            return self.input, self.output  # so most clients report
        readings = [
            (reported_input + more_input, reported_output + more_output)
            for more_input in (0, beside_input)
            for more_output in (0, beside_output)
            if reported_input + more_input >= beside_input and reported_output + more_output >= beside_output
        ]
        usual_input = (max if self.are_separate else min)(whole for whole, _ in readings)
        usual_output = (max if is_output_separate else min)(whole for _, whole in readings)
        whole_input, whole_output = next((r for r in readings if sum(r) == self.total), (usual_input, usual_output))
        return (
            None if self.input is None else whole_input,
            None if self.output is None else whole_output,
        )


def whole_usage(reported: Usage, total: int | None, *, is_exclusive: bool = False) -> Usage:
    """The usage with its totals made whole, where a client's own total or its subsets show that they are not.

    ``is_exclusive``: the client is known to leave caches out of its input; a total that is only the sum of its input
    and its output is one that it made up.
    """
    if is_exclusive and total == (reported.input or 0) + (reported.output or 0):
        total = None
    whole_input, whole_output = Buckets(
        input=reported.input,
        output=reported.output,
        beside_input=(reported.cached_input or 0) + (reported.cache_write or 0),
        beside_output=reported.reasoning or 0,
        total=total,
        are_separate=is_exclusive,
        is_output_separate=False,
    ).whole()
    return msgspec.structs.replace(reported, input=whole_input, output=whole_output)
