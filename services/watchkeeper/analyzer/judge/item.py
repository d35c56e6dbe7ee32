"""One answer that is to be scored, read from its log line; pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from fnmatch import fnmatchcase
from typing import Any

from watchkeeper.analyzer.sampling import is_sampled
from watchkeeper.config.evaluators import Evaluator

# What a line shows of a text at most (enrich/redaction.py): a text of that length may be cut.
_MAX_CONTENT = 6 * 1024
# Fields of a line that a verdict takes over, so that it counts where the call counted.
_KEPT = ("team", "trace_id", "span_id", "session_id", "agent", "prompt", "prompt_version")
# Who answers in text; embeddings and rerankings have none, and judges are judged by no one.
_ANSWERING = frozenset({"chat", "text_completion", "generate_content"})
_EVALUATE = "evaluate"


class Skip(StrEnum):
    """Why an answer that was chosen is not scored."""

    NOT_CAPTURED = "not_captured"
    CUT = "cut"
    NO_CONTEXT = "no_context"
    QUEUE_FULL = "queue_full"
    BUDGET = "budget"


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """One answer: its line, and the documents that its trace found."""

    line: Mapping[str, Any]
    context: str = ""

    @property
    def key(self) -> str:
        """The same for the same call."""
        return str(self.line.get("span_id") or self.line.get("timestamp", ""))

    @property
    def is_captured(self) -> bool:
        """Whether the line may say what was asked and answered: privacy.capture, and that its client sent it."""
        return "capture" in self.line

    @property
    def is_cut(self) -> bool:
        """Whether what people or models said is not all there: a judge of half an answer would score something else."""
        texts = (str(self.line.get(name, "")) for name in ("input", "output"))
        return bool(self.line.get("is_truncated")) or any(len(text) >= _MAX_CONTENT for text in texts)

    def material(self) -> dict[str, str]:
        """What a rubric's placeholders stand for."""
        given = {name: str(value) for name, value in self.line.items() if isinstance(value, str | int | float)}
        return {
            "input": str(self.line.get("input", "")),
            "output": str(self.line.get("output", "")),
            "context": self.context,
            **{f"metadata.{name}": value for name, value in given.items() if name not in ("input", "output")},
        }

    def origin(self) -> dict[str, Any]:
        """Where a verdict belongs, as fields of an event."""
        service = self.line.get("service_name") or self.line.get("service", "")
        kept = {name: self.line[name] for name in _KEPT if self.line.get(name)}
        environment = {"environment": self.line["env"]} if self.line.get("env") else {}
        tenant = {"tenant": self.line["tenant"]} if self.line.get("tenant") else {}
        return {"service": service, **environment, **tenant, **kept}


def is_chosen(evaluator: Evaluator, line: Mapping[str, Any]) -> bool:
    """Whether an evaluator wants this call: it went well, answered, matches, and its trace is in the sample."""
    if line.get("status") != "ok" or not _has_answered(line):
        return False
    labels = {**line, "environment": line.get("env", "")}
    for label, patterns in evaluator.match:
        if patterns is not None and not any(fnmatchcase(str(labels.get(label, "")), one) for one in patterns):
            return False
    return is_sampled(str(line.get("trace_id") or line.get("span_id") or line.get("timestamp", "")), evaluator.sample)


def _has_answered(line: Mapping[str, Any]) -> bool:
    """Whether there is an output, or must have been one, where the line may not have it."""
    operation = line.get("operation")
    return operation != _EVALUATE if line.get("output") else "capture" not in line and operation in _ANSWERING
