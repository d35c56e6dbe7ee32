"""Verdicts of this stack as scores of Langfuse: what went wrong in a run, and what judges said of an answer. Pure."""

import hashlib
import re
from collections.abc import Collection
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Any

from watchkeeper.analyzer.sampling import is_sampled
from watchkeeper.config.langfuse_projects import ReviewQueue
from watchkeeper.engines.fact_lines import FactLine

# Scores of our own, which are not read back.
OWN = "watchkeeper-"
_FAILURE = "silent_failure"
_MAX_COMMENT = 500
# Source: langfuse.com/docs/observability/features/environments.
_ENVIRONMENT = re.compile(r"(?!langfuse)[a-z0-9_-]{1,40}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """One verdict on a trace: ``failure`` is its type, empty for a judge's score of ``name``."""

    line: FactLine
    name: str
    failure: str

    @property
    def id(self) -> str:
        """The same for the same verdict, however often it is written."""
        line = self.line
        parts = (line.trace_id, line.span_id, self.name, self.failure, line.contract, line.rule, line.tool)
        return OWN + hashlib.sha256(repr(parts).encode()).hexdigest()[:32]

    def body(self) -> dict[str, Any]:
        """The score as Langfuse's API takes it."""
        line = self.line
        value = self.failure or line.category or line.value
        given = {
            "observationId": "" if self.failure else line.span_id,
            "environment": line.env if _ENVIRONMENT.fullmatch(line.env) else "",
            "comment": self._comment()[:_MAX_COMMENT],
        }
        return {
            "id": self.id,
            "traceId": line.trace_id,
            "name": self.name,
            "value": value,
            "dataType": "CATEGORICAL" if isinstance(value, str) else "NUMERIC",
            "timestamp": line.happened_at,
            "metadata": {"by": "watchkeeper", "service": line.service},
            **{name: text for name, text in given.items() if text},
        }

    def is_for(self, queue: ReviewQueue) -> bool:
        """Whether a person should see its trace."""
        if not is_sampled(self.line.trace_id, queue.share):
            return False
        if self.failure:
            return self.failure in queue.failures
        value = self.line.value
        return queue.scores_below is not None and isinstance(value, int | float) and value < queue.scores_below

    def _comment(self) -> str:
        line = self.line
        rule = f"contract {line.contract}, {line.rule}" if line.contract else ""
        differs = f"expected {line.expected}, observed {line.observed}" if line.expected or line.observed else ""
        return ": ".join(part for part in (rule, differs) if part)


def verdict_of(line: FactLine, services: Collection[str], scored_here: Collection[str]) -> Verdict | None:
    """The verdict that a line has; None for other lines, services and judges, and where no trace is named.

    ``scored_here`` are the names of what judges of this stack score: those of Langfuse are there already.
    """
    if not line.trace_id or not any(fnmatchcase(line.service, pattern) for pattern in services):
        return None
    if line.event == "silent_failure_detected" and line.type:
        return Verdict(line=line, name=_FAILURE, failure=line.type)
    is_scored = line.event == "score_recorded" and (line.category or isinstance(line.value, int | float))
    if is_scored and line.source == "judge" and line.score in scored_here:
        return Verdict(line=line, name=line.score, failure="")
    return None
