"""What judges found as native events; pure."""

from collections.abc import Iterator, Sequence
from typing import Any

from watchkeeper.analyzer.judge.item import Item
from watchkeeper.analyzer.judge.panel import CriterionResult, composite, passes
from watchkeeper.config.evaluators import Evaluator

_SOURCE = "judge"


def events_of(evaluator: Evaluator, item: Item, results: Sequence[CriterionResult]) -> Iterator[dict[str, Any]]:
    """Yield a score or a failure for each criterion, then the mean of all, and what the gate says."""
    origin = item.origin()
    of_calls = {"model": str(item.line.get("model", ""))}
    for result in results:
        name = result.criterion.name
        if result.verdict is None:
            yield {"type": "evaluation_failure", "name": name, "error_type": result.error_type, **_source(origin)}
            continue
        value = result.verdict.category or result.verdict.value
        yield {
            "type": "score",
            "name": name,
            "value": value,
            **_id(evaluator, name, item),
            **of_calls,
            **_source(origin),
        }
    mean = composite(results)
    if mean is not None and len(results) > 1:
        ids = _id(evaluator, evaluator.name, item)
        yield {"type": "score", "name": evaluator.name, "value": mean, **ids, **of_calls, **_source(origin)}
    if (is_passed := passes(evaluator, results)) is not None:
        yield {"type": "quality_gate", "gate": evaluator.name, "passed": is_passed, **origin}


def _source(origin: dict[str, Any]) -> dict[str, Any]:
    return {"source": _SOURCE, **origin}


def _id(evaluator: Evaluator, name: str, item: Item) -> dict[str, str]:
    """The same score that is sent twice counts once."""
    return {"score_id": f"{evaluator.name}/{name}/{item.key}"}
