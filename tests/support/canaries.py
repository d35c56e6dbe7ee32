"""Canaries, what they gave, and a prober that asks a fake model, as tests need them."""

from pathlib import Path
from typing import Any

import httpx

from watchkeeper.analyzer.endpoints.answer import Answer
from watchkeeper.analyzer.events.sender import EventSender
from watchkeeper.analyzer.notes.notes import MemoryNotes, Notes
from watchkeeper.analyzer.prober.build import build_prober
from watchkeeper.analyzer.prober.cause import Cause, Standing
from watchkeeper.analyzer.prober.expectation import Part
from watchkeeper.analyzer.prober.prober import Prober
from watchkeeper.analyzer.prober.result import CanaryResult, GoldenResult, Graded, QueryResult, TargetResult
from watchkeeper.config.canaries import Search
from watchkeeper.config.schema import ConfigFile
from watchkeeper.metrics.store import MetricStore

MEASURED = {"hit_rate": 1.0, "recall": 0.5, "mrr": 1.0, "ndcg": 0.75}


def make_answer(text: str = "Paris", **more: Any) -> Answer:
    """An answer of a model."""
    return Answer(
        **{"text": text, "duration_seconds": 0.5, "model": "m", "input_tokens": 20, "output_tokens": 5, **more}
    )


def make_target_result(**more: Any) -> TargetResult:
    """One target that answered and did not change."""
    graded = Graded(answer=make_answer(), parts=(Part(expected="keywords Paris", score=1.0),))
    given = {"target": "gpt", "graded": (graded,), "score": 1.0, "similarity": 1.0, "standing": Standing.STEADY}
    return TargetResult(**{**given, "cause": Cause.NONE, "changes": {"model": False}, **more})


def make_canary_result(*targets: TargetResult) -> CanaryResult:
    """A run of the canary ``capital`` against one target that answers and one that does not."""
    silent = TargetResult(target="shop", error_type="unreachable", error="http://shop could not be reached")
    return CanaryResult(
        canary="capital", prompt="Capital?", limit=0.8, targets=targets or (make_target_result(), silent)
    )


def make_search(**more: Any) -> Search:
    """A search with one golden query."""
    given = {"name": "docs", "url": "http://docs/search", "queries": [{"query": "q", "documents": ["a", "b"]}]}
    return Search.model_validate({**given, **more})


def make_golden_result() -> GoldenResult:
    """A run of one golden query that found one of its two documents."""
    found = QueryResult(
        name="query-1", query="q", difficulty="normal", expected=("a", "b"), found=("a",), measured=MEASURED
    )
    return GoldenResult(search="docs", k=10, queries=(found,))


def make_prober(
    content: dict[str, Any],
    client: httpx.AsyncClient,
    store: MetricStore,
    notes: Notes | None = None,
    exporter: str = "",
) -> Prober:
    """A prober of a watchkeeper.yml with this content."""
    sender = EventSender(client, exporter, None, Path(), store)
    file = ConfigFile.model_validate(content)
    return build_prober(file, Path(), client, store=store, notes=notes or MemoryNotes(), sender=sender)


def configured(address: str, **canary: Any) -> dict[str, Any]:
    """A watchkeeper.yml with a model, an application of it, and the canary ``capital`` that asks both."""
    given = {
        "name": "capital",
        "prompt": "What is the capital of France?",
        "targets": ["gpt", "shop"],
        "repeats": 2,
        "expect": {"keywords": ["Paris"]},
    }
    return {
        "models": [{"name": "gpt", "url": f"{address}/v1", "model": "gpt-9", "provider": "openai"}],
        "canaries": {
            "applications": [
                {
                    "name": "shop",
                    "url": f"{address}/ask",
                    "body": {"question": "{{prompt}}", "tenant": "canary"},
                    "answer": "answer.text",
                    "model": "gpt",
                }
            ],
            "prompts": [{**given, **canary}],
        },
    }
