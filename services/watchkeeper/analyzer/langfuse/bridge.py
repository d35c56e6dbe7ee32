"""What goes on between this stack and projects of Langfuse, by the names of the projects."""

from collections.abc import Mapping
from dataclasses import dataclass

from watchkeeper.analyzer.langfuse.reading import ScoreReading
from watchkeeper.analyzer.langfuse.writing import VerdictWriting


@dataclass(frozen=True, slots=True, kw_only=True)
class Bridge:
    """``readings`` bring scores from there to here, ``writings`` verdicts from here to there."""

    readings: Mapping[str, ScoreReading]
    writings: Mapping[str, VerdictWriting]
