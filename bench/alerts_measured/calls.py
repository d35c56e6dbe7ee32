"""Every call of a service drawn by itself, and the counters that an exporter would have after each minute."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

import numpy as np

from alerts_measured.faults import Fault, Planted
from alerts_measured.shapes import DAYS_A_WEEK, MINUTES_A_DAY, Array, Service, expected_calls
from watchkeeper.metrics.catalogue import METRICS

# Shares of an ordinary service.
FAILING, REVIEWED, SCORED, RATED, TOOL_FAILING = 0.01, 0.1, 0.2, 0.05, 0.02
_BRANCHES = {"answer": 0.6, "search": 0.3, "hand_over": 0.1}
_STATUS = {"error": 0.5, "rate_limited": 0.3, "timeout": 0.2}
_ORDINARY = Fault(title="", finds=frozenset())
_SECONDS = next(metric.buckets for metric in METRICS if metric.name == "llm_request_duration_seconds")

Labels = dict[str, str]
Series = Iterator[tuple[Labels, Array]]


@dataclass(frozen=True, slots=True)
class _Calls:
    """All calls of a service in the order of time: the minute of each, and what went wrong with it."""

    minute: Array
    length: int
    faults: tuple[Planted, ...]

    @property
    def size(self) -> int:
        return self.minute.size

    def factor(self, name: str) -> Array:
        """A number of each call's fault; of an ordinary call where there is none."""
        values = np.full(self.size, getattr(_ORDINARY, name), dtype=float)
        for planted in self.faults:
            values[slice(*np.searchsorted(self.minute, (planted.begins, planted.ends)))] = getattr(planted.fault, name)
        return values

    def counter(self, amounts: Array) -> Array:
        """A counter after each minute: calls chosen by a mask, or amounts of all."""
        return np.cumsum(np.bincount(self.minute, weights=amounts, minlength=self.length)[: self.length])


def simulate(service: Service, faults: Iterable[Planted] = ()) -> Series:
    """Yield the series of a service, one value a minute."""
    planted = tuple(faults)
    expected = expected_calls(service)
    for one in planted:
        expected[one.begins : one.ends] *= one.fault.traffic
    made = service.random("calls").poisson(expected)
    calls = _Calls(np.repeat(np.arange(made.size), made), made.size, planted)
    owner = {"service": service.name, "team": service.kind}
    call = {**owner, "provider": f"provider-{service.name}", "model": "m", "operation": "chat", "prompt": "p"}
    outcomes = _outcomes(service, calls)
    by_batch = _is_by_batch(service, calls)
    usage = _usage(service, calls, outcomes, by_batch)
    for prompt, chosen in (("p", ~by_batch), ("nightly", by_batch)):
        if chosen.any():
            yield from _requests({**call, "prompt": prompt}, calls, outcomes, chosen)
            yield from _used({**call, "prompt": prompt}, calls, usage, chosen)
    yield from _failures_and_durations(service, call, calls, outcomes)
    yield from _behaviour(service, owner, calls)
    yield from _quality(service, owner, calls)


def _outcomes(service: Service, calls: _Calls) -> Array:
    """The status of each call as a number: 0 is ok. A provider has hiccups of a few minutes, twice in three weeks."""
    random = service.random("outcomes")
    hiccups = np.zeros(calls.length)
    for begins in np.flatnonzero(random.random(calls.length) < 2 / (3 * DAYS_A_WEEK * MINUTES_A_DAY)):
        hiccups[begins : begins + random.integers(2, 7)] = random.uniform(0.2, 0.6)
    failing = FAILING + calls.factor("failing") + hiccups[calls.minute]
    kinds = 1 + random.choice(len(_STATUS), calls.size, p=list(_STATUS.values()))
    # A provider that fails answers with errors of the server.
    kinds[(failing > 2 * FAILING) & (kinds == 2)] = 1  # noqa: PLR2004 the second is rate_limited
    return np.where(random.random(calls.size) < failing, kinds, 0)


def _requests(labels: Labels, calls: _Calls, outcomes: Array, chosen: Array) -> Series:
    for number, status in enumerate(("ok", *_STATUS)):
        name = {"__name__": "llm_requests_total", "status": status, "tenant": f"tenant-{labels['service']}"}
        yield {**labels, **name}, calls.counter(chosen & (outcomes == number))


def _failures_and_durations(service: Service, labels: Labels, calls: _Calls, outcomes: Array) -> Series:
    for number, kind in ((1, "server"), (2, "rate_limit"), (3, "timeout")):
        yield {**labels, "__name__": "llm_errors_total", "error_type": kind}, calls.counter(outcomes == number)
    seconds = _durations(service, calls)
    yield {**labels, "__name__": "llm_request_duration_seconds_sum"}, calls.counter(seconds)
    yield {**labels, "__name__": "llm_request_duration_seconds_count"}, calls.counter(np.ones(calls.size))
    for bound in (*_SECONDS, np.inf):
        le = "+Inf" if bound == np.inf else str(bound)
        yield {**labels, "__name__": "llm_request_duration_seconds_bucket", "le": le}, calls.counter(seconds <= bound)


def _durations(service: Service, calls: _Calls) -> Array:
    """Two seconds or so, the longest tail a minute; a provider is slower in the afternoon and drifts by a tenth."""
    random = service.random("durations")
    hour = calls.minute % MINUTES_A_DAY / 60
    days = np.exp(random.normal(0, 0.07, calls.length // MINUTES_A_DAY + 1))
    pace = days[calls.minute // MINUTES_A_DAY] * (1 + 0.15 * np.cos((hour - 16) / 24 * 2 * np.pi))
    return 2 * pace * calls.factor("slower") * random.lognormal(0, 0.7, calls.size)


def _usage(service: Service, calls: _Calls, outcomes: Array, by_batch: Array) -> dict[str, Array]:
    """Tokens have heavy tails, and cost goes with them; a nightly batch has its own prompt, three times as long."""
    random = service.random("usage")
    factor = calls.factor("tokens") * (outcomes == 0)
    inputs = 1200 * random.lognormal(0, 1.0, calls.size) * np.where(by_batch, 3, 1) * factor
    outputs = 300 * random.lognormal(0, 0.8, calls.size) * factor
    # A call of ordinary size costs its share of an ordinary day; a token of output as much as four of input.
    price = service.dollars_a_day / service.calls_a_day / (1200 * np.exp(0.5) + 4 * 300 * np.exp(0.32))
    cost = (inputs + 4 * outputs) * price * calls.factor("cost")
    return {"input": np.round(inputs), "output": np.round(outputs), "cost": cost}


def _used(labels: Labels, calls: _Calls, usage: Mapping[str, Array], chosen: Array) -> Series:
    for kind in ("input", "output"):
        yield {**labels, "__name__": "llm_tokens_total", "type": kind}, calls.counter(usage[kind] * chosen)
    cost = {**labels, "__name__": "llm_cost_dollars_total", "tenant": f"tenant-{labels['service']}"}
    yield cost, calls.counter(usage["cost"] * chosen)


def _is_by_batch(service: Service, calls: _Calls) -> Array:
    """Most calls around two at night."""
    minute = calls.minute % MINUTES_A_DAY
    random = service.random("by batch")
    return (service.kind == "batch") & (minute >= 110) & (minute < 170) & (random.random(calls.size) < 0.9)  # noqa: PLR2004


def _behaviour(service: Service, owner: Labels, calls: _Calls) -> Series:
    random = service.random("behaviour")
    yield {**owner, "__name__": "llm_trace_duration_seconds_count"}, calls.counter(np.ones(calls.size))
    reviewed = random.random(calls.size) < REVIEWED + calls.factor("reviews")
    yield {**owner, "__name__": "llm_human_reviews_total", "outcome": "requested"}, calls.counter(reviewed)
    place, moved, low = random.random(calls.size), calls.factor("branches"), 0.0
    for branch, share in _BRANCHES.items():
        high = low + share + {"answer": -moved, "search": moved}.get(branch, 0.0)
        decided = {**owner, "__name__": "llm_branch_decisions_total", "node": "router", "branch": branch}
        yield decided, calls.counter((place >= low) & (place < high))
        low = high
    failed = random.random(calls.size) < TOOL_FAILING + calls.factor("tools")
    used = random.random(calls.size) < 0.5  # noqa: PLR2004
    for status, chosen in (("ok", used & ~failed), ("error", used & failed)):
        yield {**owner, "__name__": "llm_tool_calls_total", "tool": "lookup", "status": status}, calls.counter(chosen)


def _quality(service: Service, owner: Labels, calls: _Calls) -> Series:
    random = service.random("quality")
    scored = random.random(calls.size) < SCORED
    values = np.minimum(random.beta(6, 1.2, calls.size) * calls.factor("scores"), 1.0)
    score = {**owner, "score": "relevance", "source": "judge"}
    yield {**score, "__name__": "llm_score_sum"}, calls.counter(values * scored)
    yield {**score, "__name__": "llm_score_count"}, calls.counter(scored)
    rated, negative = random.random(calls.size) < RATED, random.random(calls.size) < 0.15  # noqa: PLR2004
    for rating, chosen in (("positive", rated & ~negative), ("negative", rated & negative)):
        yield {**owner, "__name__": "llm_feedback_total", "rating": rating}, calls.counter(chosen)
