"""What goes on between this stack and projects of Langfuse, by the names of the projects."""

from collections.abc import Mapping
from dataclasses import dataclass

from watchkeeper.analyzer.langfuse.alert import AlertLine
from watchkeeper.analyzer.langfuse.line_writing import LineWriting
from watchkeeper.analyzer.langfuse.queues import QueueReading
from watchkeeper.analyzer.langfuse.reading import Reading
from watchkeeper.analyzer.langfuse.verdict import Verdict


@dataclass(frozen=True, slots=True, kw_only=True)
class Bridge:
    """``scores`` and ``observations`` bring those from there to here, ``writings`` and ``alerts`` the other way.

    ``queues`` say what waits for people there, ``costs`` lay what calls cost there beside what they cost here.
    """

    scores: Mapping[str, Reading]
    observations: Mapping[str, Reading]
    costs: Mapping[str, Reading]
    queues: Mapping[str, QueueReading]
    writings: Mapping[str, LineWriting[Verdict]]
    alerts: Mapping[str, LineWriting[AlertLine]]
