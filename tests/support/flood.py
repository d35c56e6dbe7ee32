"""A flood of made-up names, in a process of its own: writes what the exporter holds before and after, as JSON."""

import json
import os
import sys
from decimal import Decimal
from pathlib import Path

import msgspec
from tests.support.facts import NOW_NS, chat_attributes, make_call, make_context, make_span

from watchkeeper.config import load_config
from watchkeeper.exporter.parts import Exporter
from watchkeeper.model import Cost, Span

REAL = ("gpt-4o-mini", "claude-sonnet-4-5", "our-own-model")
USERS = 1_000_000
MODELS = 10_000


def main() -> None:
    """Ten thousand models by the pipeline, a million users by its hash and its sketch; the first part is warming up."""
    with Path(os.devnull).open("wb") as nowhere:  # lines that were kept would be measured as well
        flood(Exporter(load_config(None, {}), nowhere))


def flood(exporter: Exporter) -> None:
    """Send everything, and write what the exporter holds after the first part and after all."""
    for n in range(MODELS // 5):
        send_model(exporter, n)
    send_users(exporter, range(USERS // 5))
    before = measured(exporter)
    for n in range(MODELS // 5, MODELS):
        send_model(exporter, n)
    send_users(exporter, range(USERS // 5, USERS))
    models = {values[4] for values in exporter.store.families["llm_requests_total"].series}
    heaviest = exporter.sinks.spenders.top("user", NOW_NS / 1e9)[0]
    sys.stdout.write(
        json.dumps({"before": before, "after": measured(exporter), "models": sorted(models), "heaviest": heaviest})
    )


def send_model(exporter: Exporter, n: int) -> None:
    """One call of a made-up model; now and then one of a model that is real."""
    names = [f"made-up-{n}", *(REAL if n % 50 == 0 else ())]
    spans = [span(name, f"{n}-{name}") for name in names]
    exporter.pipeline.take("traces", enumerate(spans), (), NOW_NS)


def span(model: str, span_id: str) -> Span:
    """A finished call of a model."""
    attributes = chat_attributes(**{"gen_ai.request.model": model, "gen_ai.response.model": model})
    attributes.pop("gen_ai.response.id", None)
    return make_span(attributes, span_id=span_id, parent_span_id="")


def send_users(exporter: Exporter, users: range) -> None:
    """One cent by each of many users in sessions of their own, and a dollar by one of them in every thousand calls."""
    call = make_call(context=make_context(), cost=Cost(usd=Decimal("0.01"), source="reported", price_date=""))
    expensive = msgspec.structs.replace(call, cost=Cost(usd=Decimal(1), source="reported", price_date=""))
    for n in users:
        context = exporter.user_hasher.anonymise(make_context(user_id=f"user-{n}", session_id=f"session-{n}"))
        exporter.sinks.spenders.take(msgspec.structs.replace(call, context=context), NOW_NS / 1e9)
        if n % 1000 == 0:
            heavy = make_context(user_hash="heavy")
            exporter.sinks.spenders.take(msgspec.structs.replace(expensive, context=heavy), NOW_NS / 1e9)


def measured(exporter: Exporter) -> dict[str, float]:
    """Series and resident memory (MB)."""
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    return {"series": exporter.store.series_count(), "megabytes": pages * 4096 / 1e6}


if __name__ == "__main__":
    main()
