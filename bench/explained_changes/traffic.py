"""Services with tenants, prompts, versions and models, and what Prometheus would count of their calls in a window.

Costs are those of the exporter's own price table, call sizes have heavy tails, calls come by chance.
"""

import math
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from random import Random

from genai_prices.types import Usage

from watchkeeper.explain.samples import Sample
from watchkeeper.prices.genai import calculate, shipped

_PRICED_AT = datetime(2026, 11, 1, 12, tzinfo=UTC)
# Relative deviation of the size of a call.
_SPREAD = 1.3


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """The calls of one set of labels: how many per hour, and what one takes on average."""

    service: str
    tenant: str
    prompt: str
    version: str
    provider: str
    model: str
    calls: float
    tokens_in: float
    tokens_out: float
    cached: float = 0.3
    failed: float = 0.01
    status: str = "error"
    tries: float = 0.0
    seconds_per_token: float = 0.012
    score: float = 0.85
    price: float = 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class World:
    """Everything that runs; reviews and branches belong to a service as a whole.

    ``calls_per_run`` by service: another one makes more calls of the same runs. ``review`` is the share of runs whose
    confidence is low, ``reviewed`` the share of those that a person reads.
    """

    rows: tuple[Row, ...]
    calls_per_run: float = 3.0
    review: float = 0.1
    reviewed: float = 1.0

    def change(self, change: object, **labels: str) -> "World":
        """The same with other rows, where their labels are these; ``change`` takes a row and gives another one."""
        rows = (change(row) if all(getattr(row, n) == v for n, v in labels.items()) else row for row in self.rows)  # type: ignore[operator]
        return replace(self, rows=tuple(rows))


MODELS = (("openai", "gpt-4o"), ("anthropic", "claude-sonnet-4-5"))


def world(seed: int) -> World:
    """A service with three tenants and three prompts of one version, each on two models."""
    random = Random(seed)  # noqa: S311  # a simulation
    rows = []
    for prompt in ("answer", "classify", "summarise"):
        tokens_in, out = random.uniform(500, 2_000), random.uniform(0.1, 0.3)
        cached, calls = random.uniform(0.2, 0.5), random.uniform(3_000, 8_000)
        for tenant, share in (("acme", 0.5), ("globex", 0.3), ("initech", 0.2)):
            part = random.uniform(0.35, 0.65)
            for (provider, model), of_model in zip(MODELS, (part, 1 - part), strict=True):
                rows.append(
                    Row(
                        service="support", tenant=tenant, prompt=prompt, version="v1", provider=provider, model=model,
                        calls=calls * share * of_model, tokens_in=tokens_in, tokens_out=tokens_in * out, cached=cached,
                    )
                )  # fmt: skip
    return World(rows=tuple(rows))


def counted(found: World, seed: int) -> list[Sample]:
    """What Prometheus counts in a window of an hour."""
    random = Random(seed)  # noqa: S311  # a simulation
    samples = [sample for row in found.rows for sample in _of_row(row, random)]
    for service in sorted({row.service for row in found.rows}):
        calls = sum(row.calls for row in found.rows if row.service == service)
        samples += _of_service(service, _chance(calls / found.calls_per_run, random), found, random)
    return samples


def _of_row(row: Row, random: Random) -> Iterator[Sample]:
    # Those that failed are tried again: as many more calls, some of which took tokens.
    wanted = _chance(row.calls, random)
    failed = _chance(wanted * row.failed / max(1 - row.failed, 0.01) if row.tries else wanted * row.failed, random)
    answered = wanted if row.tries else wanted - failed
    billed = answered + failed * row.tries
    if wanted <= 0:
        return
    tokens_in, tokens_out = (_size(mean, billed, random) * billed for mean in (row.tokens_in, row.tokens_out))
    cached = tokens_in * row.cached
    labels = {"service": row.service, "provider": row.provider, "model": row.model, "tenant": row.tenant}
    labels |= {"prompt": row.prompt, "prompt_version": row.version}
    for status, count in (("ok", answered), (row.status, failed)):
        yield Sample(amount="requests", labels={**labels, "status": status}, per_hour=count)
    for kind, count in (("input", tokens_in), ("output", tokens_out), ("cached_input", cached)):
        yield Sample(amount="tokens", labels={**labels, "type": kind}, per_hour=count)
    yield Sample(amount="tokens_out", labels=labels, per_hour=tokens_out)
    yield Sample(
        amount="cost", labels=labels, per_hour=_dollars(row, tokens_in, cached, tokens_out, billed) * row.price
    )
    yield Sample(amount="billed", labels={"service": row.service}, per_hour=billed)
    yield Sample(amount="timed", labels=labels, per_hour=answered + failed)
    yield Sample(
        amount="seconds", labels=labels, per_hour=tokens_out * row.seconds_per_token * _size(1, wanted, random)
    )
    scored = {**labels, "score": "helpful", "source": "judge"}
    yield Sample(amount="scores", labels=scored, per_hour=wanted / 5)
    yield Sample(
        amount="score_sum", labels=scored, per_hour=wanted / 5 * min(row.score * random.uniform(0.99, 1.01), 1)
    )


def _of_service(service: str, runs: float, found: World, random: Random) -> Iterable[Sample]:
    low = _chance(runs * found.review, random)
    reviews = _chance(low * found.reviewed, random) if found.reviewed < 1 else low
    node = {"service": service, "node": "confidence"}
    return (
        Sample(amount="runs", labels={"service": service}, per_hour=runs),
        Sample(amount="decisions", labels={**node, "branch": "low"}, per_hour=low),
        Sample(amount="decisions", labels={**node, "branch": "high"}, per_hour=runs - low),
        Sample(amount="reviews", labels={"service": service, "outcome": "requested"}, per_hour=reviews),
    )


def _dollars(row: Row, tokens_in: float, cached: float, tokens_out: float, calls: float) -> float:
    """What the calls cost by the exporter's table; tokens of a call are whole."""
    info = shipped().find_model(row.provider, row.model)
    if info is None:
        raise LookupError(row.model)
    of_one = (round(tokens / calls) for tokens in (tokens_in, cached, tokens_out))
    usage = Usage(**dict(zip(("input_tokens", "cache_read_tokens", "output_tokens"), of_one, strict=True)))
    return float(calculate(info, usage, _PRICED_AT)) * calls


def _chance(mean: float, random: Random) -> float:
    """A Poisson number, by its normal approximation; traffic of a window also differs by some percent from usual."""
    usual = mean * random.uniform(0.96, 1.04)
    return max(random.gauss(usual, math.sqrt(usual)), 0.0) if usual > 0 else 0.0


def _size(mean: float, calls: float, random: Random) -> float:
    """The mean size of some calls."""
    return max(random.gauss(mean, mean * _SPREAD / math.sqrt(max(calls, 1.0))), mean / 10)
