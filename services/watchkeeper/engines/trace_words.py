"""What a line of a trace is, in the words of the glossary. Pure."""

from collections.abc import Callable

from watchkeeper.engines.fact_lines import FactLine

# What it is, its name, and what else there is to say.
Said = tuple[str, str, str]


def said_of(line: FactLine) -> Said:
    """The kind of thing, its name and the rest; any of the last two may be empty."""
    return _SAID[line.event](line)


def _llm_call(line: FactLine) -> Said:
    model = line.model or line.model_requested or "unknown"
    prompt = f"prompt {line.prompt}/{line.prompt_version}".rstrip("/") if line.prompt else ""
    operation = line.operation if line.operation != "chat" else ""
    return "LLM call", model, _joined(operation, prompt, _outcome(line), line.unpriced_reason.replace("_", " "))


def _retrieval(line: FactLine) -> Said:
    documents = "" if line.documents is None else f"{line.documents} documents"
    top_score = "" if line.top_score is None else f"best score {line.top_score:.3g}"
    return "retrieval", line.retriever, _joined(documents, top_score, _outcome(line))


def _agent_step(line: FactLine) -> Said:
    return "agent step", line.agent, _joined(line.kind, _outcome(line))


def _branch(line: FactLine) -> Said:
    why = f"{line.condition} ({line.value})" if line.condition and line.value else line.condition or _text(line.value)
    return "branch decision", f"{line.node}: {line.branch}", why


def _score(line: FactLine) -> Said:
    value = line.category or (f"{line.value:.3g}" if isinstance(line.value, float) else _text(line.value))
    return "score", line.score, _joined(value, f"by {line.source}" if line.source else "")


def _silent_failure(line: FactLine) -> Said:
    contract = f"contract {line.contract}" if line.contract else ""
    expected = f"expected {line.expected}" if line.expected else ""
    observed = f"observed {line.observed}" if line.observed else ""
    return "silent failure", line.type, _joined(contract, line.rule, line.tool, expected, observed)


def _outcome(line: FactLine) -> str:
    if line.status in ("", "ok"):
        return ""
    kind = line.error_type if line.error_type != line.status else ""
    return " ".join(word for word in (line.status, kind, line.error_class) if word)


def _joined(*parts: str) -> str:
    return ", ".join(part for part in parts if part)


def _text(value: float | str | None) -> str:
    return "" if value is None else str(value)


_SAID: dict[str, Callable[[FactLine], Said]] = {
    "llm_call_completed": _llm_call,
    "tool_call_completed": lambda line: ("tool call", line.tool, _outcome(line)),
    "retrieval_completed": _retrieval,
    "agent_step_completed": _agent_step,
    "branch_decided": _branch,
    "human_review_recorded": lambda line: ("human review", line.outcome, ""),
    "score_recorded": _score,
    "evaluation_failed": lambda line: ("failed evaluation", line.score, _joined(line.error_type, line.source)),
    "feedback_received": lambda line: ("feedback", line.rating, ""),
    "quality_gate_evaluated": lambda line: ("quality gate", line.gate, line.result),
    "cache_looked_up": lambda line: ("cache lookup", line.cache, line.result),
    "guardrail_checked": lambda line: ("guardrail check", line.guardrail, line.result),
    "embedding_received": lambda line: ("embedding", line.source, line.outcome),
    "trace_completed": lambda line: ("trace", line.agent, _outcome(line)),
    "silent_failure_detected": _silent_failure,
}
