"""Judges, what they score, and a fake model that grades, as tests need them."""

import json
import re
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any

import httpx

from watchkeeper.analyzer.events.sender import EventSender
from watchkeeper.analyzer.judge.budget import DailyBudget
from watchkeeper.analyzer.judge.build import build_judges
from watchkeeper.analyzer.judge.item import Item
from watchkeeper.analyzer.judge.judges import Judges
from watchkeeper.analyzer.judge.panel import CriterionResult
from watchkeeper.analyzer.notes.notes import MemoryNotes, Notes
from watchkeeper.analyzer.rubric.scale import Verdict
from watchkeeper.config.evaluators import Evaluator
from watchkeeper.config.schema import ConfigFile
from watchkeeper.metrics.store import MetricStore

RUBRIC = "How helpful is {{output}} for {{input}}?"
HELPFUL = {"name": "helpful", "rubric": RUBRIC}


def make_evaluator(**more: Any) -> Evaluator:
    """An evaluator of all calls with one criterion and two judges."""
    judges = [{"model": "gpt", "weight": 0.75}, {"model": "claude", "weight": 0.25}]
    given = {"name": "helpful", "sample": 1, "judges": judges, "criteria": [HELPFUL]}
    return Evaluator.model_validate({**given, **more})


def make_line(**more: Any) -> dict[str, Any]:
    """The log line of a model call with captured content."""
    return {
        "timestamp": "2026-11-20T12:00:00Z",
        "event": "llm_call_completed",
        "service": "shop",
        "trace_id": "0af7651916cd43dd8448eb211c80319c",
        "span_id": "b7ad6b7169203331",
        "team": "search",
        "model": "gpt-4o-mini",
        "prompt": "greeting",
        "prompt_version": "3",
        "operation": "chat",
        "status": "ok",
        "input": "Capital?",
        "output": "Paris",
        "capture": "full",
        **more,
    }


def make_item(**more: Any) -> Item:
    """An answer to score."""
    return Item(line=make_line(**more))


def make_result(evaluator: Evaluator, *values: float) -> CriterionResult:
    """What judges said of the first criterion."""
    verdicts = tuple(Verdict(value=value) for value in values)
    return CriterionResult(criterion=evaluator.criteria[0], verdict=verdicts[0], by_judge=verdicts)


async def spend(budget: DailyBudget, usd: Decimal) -> None:
    """Spend that much."""
    async with budget.reserved(usd):
        pass


def grading(grade: Callable[[str], Any]) -> Callable[[str, str], str]:
    """What a fake model must say to give what ``grade`` makes of the prompt; it obeys the form that it is asked for."""

    def respond(system: str, prompt: str) -> str:
        nonce = re.search(r"\[begin (\w+) NAME\]", system)
        assert nonce
        return json.dumps({"id": nonce[1], "score": grade(prompt)})

    return respond


def judging(address: str, *evaluators: Evaluator, limit: str = "1", output_price: str = "10") -> dict[str, Any]:
    """A watchkeeper.yml with two models, what they cost per million output tokens, and evaluators."""
    model = {"url": f"{address}/v1", "provider": "openai", "max_output_tokens": 1000}
    return {
        "prices": [{"model": "*", "input": 0, "output": output_price}],
        "models": [{**model, "name": name, "model": f"{name}-9"} for name in ("gpt", "claude")],
        "evaluators": {
            "limit_usd_per_day": limit,
            "sets": [evaluator.model_dump(mode="json", exclude_none=True) for evaluator in evaluators],
        },
    }


def make_judges(
    content: dict[str, Any], client: httpx.AsyncClient, store: MetricStore, *, exporter: str, notes: Notes | None = None
) -> Judges:
    """The judges of a watchkeeper.yml with this content; Loki and the exporter are at one address."""
    sender = EventSender(client, exporter, None, Path(), store)
    judges = build_judges(
        ConfigFile.model_validate(content),
        Path(),
        client,
        loki_url=exporter,
        store=store,
        notes=notes or MemoryNotes(),
        sender=sender,
    )
    assert judges is not None
    return judges
