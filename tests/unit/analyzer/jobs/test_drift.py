"""The job compares what Prometheus has and shows what it found."""

import asyncio
from itertools import product
from typing import Any

import pytest
from tests.support.drifting import DAY, NOW, Traffic, cumulative

from watchkeeper.analyzer.accepted.change import AcceptedChange
from watchkeeper.analyzer.accepted.changes import AcceptedChanges
from watchkeeper.analyzer.comparison.features import FEATURES, SIDE_BY_SIDE
from watchkeeper.analyzer.comparison.side_by_side import PARTS
from watchkeeper.analyzer.comparison.timeseries import SERIES, WRONGLY_RECORDED
from watchkeeper.analyzer.jobs.drift import DriftJob
from watchkeeper.analyzer.parts import Parts
from watchkeeper.config import load_config
from watchkeeper.errors import JobError
from watchkeeper.metrics.catalogue import METRICS
from watchkeeper.metrics.store import MetricStore

BOUNDS = (64.0, 256.0, 1024.0, 4096.0)
DAYS = tuple(DAY * day for day in range(1, 8))
STEADY = cumulative(BOUNDS, (100, 400, 300, 150, 50))
LONGER = cumulative(BOUNDS, (20, 100, 280, 400, 200))
PROMETHEUS = {"WATCHKEEPER_PROMETHEUS_URL": "http://prometheus:1"}
BRANCHES = {"answer": 700.0, "search": 300.0}


class Bench:
    """A job over made-up traffic of some services; time is set."""

    def __init__(self, services: int = 2, environ: dict[str, str] | None = None) -> None:
        self.traffic = Traffic()
        self.now = NOW
        self.store = MetricStore(METRICS)
        self.accepted = AcceptedChanges()
        config = load_config(None, PROMETHEUS if environ is None else environ)
        self.parts = Parts(config=config, store=self.store, client=self.traffic.client(), accepted=self.accepted)
        self.job = DriftJob(self.parts, lambda: self.now)
        for number in range(services):
            service = f"s{number}"
            self.traffic.put("llm_request_tokens_bucket", STEADY, 0, *DAYS, service=service, type="input")
            self.traffic.put("llm_branch_decisions_total", BRANCHES, 0, *DAYS, service=service, node="router")

    def run(self) -> None:
        """One cycle."""
        asyncio.run(self.job.run())

    def verdicts(self) -> dict[tuple[str, str], tuple[str, str]]:
        """Verdict and reason by service and feature."""
        return {values[:2]: values[3:5] for values in self.store.families["llm_drift_verdict"].series}

    def samples(self, metric: str) -> dict[tuple[str, ...], Any]:
        """The samples of a metric by service, feature and its own label."""
        return {values[:3]: series.value for values, series in self.store.families[metric].series.items()}


def test_steady_traffic_is_steady() -> None:
    """Of every service and feature."""
    bench = Bench()

    bench.run()

    series = product(("s0", "s1"), ("branch/router", "input_tokens"))
    assert bench.verdicts() == dict.fromkeys(series, ("steady", "below_limit"))


def test_what_moved_has_a_score_a_pvalue_and_sizes() -> None:
    """One service moves, the other does not."""
    bench = Bench()
    bench.traffic.put("llm_request_tokens_bucket", LONGER, 0, service="s1", type="input")
    bench.traffic.put("llm_branch_decisions_total", {"answer": 100.0, "human": 900.0}, 0, service="s1", node="router")

    bench.run()

    assert bench.verdicts()["s1", "input_tokens"] == ("drifted", "large_shift")
    assert bench.verdicts()["s1", "branch/router"] == ("drifted", "large_shift")
    assert bench.verdicts()["s0", "input_tokens"] == ("steady", "below_limit")
    assert bench.samples("llm_drift_score")["s1", "input_tokens", "psi"] > 0.25
    assert bench.samples("llm_drift_score")["s0", "input_tokens", "psi"] == pytest.approx(0)
    assert bench.samples("llm_drift_pvalue")["s1", "input_tokens", "psi"] < 1e-6
    assert bench.samples("llm_drift_sample_size")["s1", "input_tokens", "current"] == 1000
    assert bench.samples("llm_drift_sample_size")["s1", "input_tokens", "reference"] == 7000
    assert 0 < bench.samples("llm_drift_limit")["s1", "input_tokens", "chance"] < 0.25


def test_both_distributions_of_what_moved_are_shown() -> None:
    """On the same bins, in their order; of what is steady there are none."""
    bench = Bench()
    bench.traffic.put("llm_request_tokens_bucket", LONGER, 0, service="s1", type="input")

    bench.run()

    shares = bench.store.families["llm_drift_bin_ratio"].series
    bins = ("00 64", "01 256", "02 1024", "03 4096", "04 +Inf")
    assert {values[0] for values in shares} == {"s1"}
    assert [shares["s1", "input_tokens", "current", name].value for name in bins] == [
        0.02,
        0.1,
        0.28,
        0.4,
        0.2,
    ]
    assert [shares["s1", "input_tokens", "reference", name].value for name in bins] == [
        0.1,
        0.4,
        0.3,
        0.15,
        0.05,
    ]


def test_when_it_compared_is_said_of_a_whole_cycle() -> None:
    """Of one that failed in parts the time of the last whole one."""
    bench = Bench()

    bench.run()
    bench.now += 300
    bench.traffic.broken.add("llm_branch_decisions_total")
    with pytest.raises(JobError):
        bench.run()

    (series,) = bench.store.families["watchkeeper_drift_timestamp_seconds"].series.values()
    assert series.value == NOW


def test_its_own_history_is_a_limit() -> None:
    """Of a series that has often moved as much."""
    bench = Bench()
    bench.traffic.put("llm_request_tokens_bucket", LONGER, 0, service="s1", type="input")
    bench.traffic.own_limits["s1", "input_tokens"] = 5.0

    bench.run()

    assert bench.verdicts()["s1", "input_tokens"] == ("steady", "within_own_history")
    assert bench.samples("llm_drift_limit")["s1", "input_tokens", "own_history"] == 5.0


def test_the_number_of_queries_does_not_grow_with_services() -> None:
    """Two for each feature, one for each series and two more, none of them twice; an hour later the same once more."""
    few, many = Bench(1), Bench(60)

    few.run()
    many.run()

    assert few.traffic.asked() == many.traffic.asked()
    assert max(many.traffic.asked().values()) == 1
    assert len(many.traffic.queries) < 2 * len(FEATURES) + len(SIDE_BY_SIDE) + len(SERIES) + 3
    first = len(few.traffic.queries)
    few.now += 300
    few.run()
    assert len(few.traffic.queries) == first + 2 * len(FEATURES) + len(SIDE_BY_SIDE)


def test_what_is_gone_has_no_sample() -> None:
    """A feature that cannot be asked for is not said to be as it was; the run fails and says why, all else is shown."""
    bench = Bench()
    bench.run()

    bench.traffic.broken.add("llm_branch_decisions_total")
    with pytest.raises(JobError, match=r"\Abranch: prometheus: answers 503: too busy\Z"):
        bench.run()

    assert set(bench.verdicts()) == {("s0", "input_tokens"), ("s1", "input_tokens")}
    assert {key[1] for key in bench.samples("llm_drift_score")} == {"input_tokens"}


def test_a_prometheus_that_is_away_is_a_failed_run() -> None:
    """Not a crash."""
    bench = Bench()
    bench.traffic.broken.add("service")

    with pytest.raises(JobError, match="input_tokens: prometheus: answers 503: too busy"):
        bench.run()

    assert bench.verdicts() == {}


@pytest.mark.parametrize(
    "content",
    [b"", b"<html>", b"[]", b'{"status": "success"}', b'{"status": "success", "data": {"result": [1]}}', b"\xff"],
)
def test_an_answer_that_is_none_is_a_failed_run(content: bytes) -> None:
    """Of whatever stands in the place of Prometheus."""
    bench = Bench()
    bench.traffic.raw = content

    with pytest.raises(JobError, match="input_tokens: prometheus: answers"):
        bench.run()

    assert bench.verdicts() == {}


def test_hours_are_compared_once_an_hour() -> None:
    """A cost that triples is found at the next full hour."""
    bench = Bench()
    bench.traffic.hours["llm_cost_dollars"] = {"s0": lambda at: 30.0 if at > NOW else 10.0}

    bench.run()
    before = bench.verdicts()["s0", "cost_per_hour"]
    bench.now += 1800
    bench.run()
    between = sum("llm_cost_dollars" in query for query in bench.traffic.queries)
    bench.now += 1800
    bench.run()

    assert (before, between) == (("steady", "below_limit"), 1)
    assert bench.verdicts()["s0", "cost_per_hour"] == ("drifted", "large_shift")
    assert bench.samples("llm_drift_score")["s0", "cost_per_hour", "zscore"] > 6


@pytest.mark.parametrize("hours_ago", [0, 1, 5])
def test_an_hour_whose_past_came_after_it_was_recorded_is_no_anomaly(hours_ago: int) -> None:
    """A history of the demo is written: of the hour before, rules saw minutes alone, and the counters know better."""
    bench = Bench()
    late = NOW - hours_ago * 3600
    bench.traffic.hours["llm_cost_dollars"] = {"s0": lambda at: 0.1 if at == late else 10.0}
    bench.run()
    taken_for_one = bench.verdicts()["s0", "cost_per_hour"]

    bench.job = DriftJob(bench.parts, lambda: bench.now)
    bench.traffic.hours[WRONGLY_RECORDED] = {"s0": lambda at: 1.0 if at == late else None}
    bench.run()

    assert taken_for_one == ("drifted", "large_shift")
    assert bench.verdicts()["s0", "cost_per_hour"] == (
        ("no_data", "no_values") if late == NOW else ("steady", "below_limit")
    )


def test_that_an_hour_was_recorded_wrongly_is_asked_once_an_hour() -> None:
    """For all series together."""
    bench = Bench()
    bench.run()
    bench.run()
    bench.now += 3600
    bench.run()

    assert bench.traffic.asked()[WRONGLY_RECORDED] == 2


def test_without_a_prometheus_there_is_nothing_to_do() -> None:
    """A process of its own, for a trial."""
    bench = Bench(environ={})

    bench.run()

    assert bench.traffic.queries == []


def embeddings(shift: float, service: str, traffic: Traffic, *offsets: int) -> None:
    """A thousand vectors of a source, whose projections are moved by so many buckets' worth of values."""
    bounds = tuple(1.0 + 0.5 * n for n in range(13))
    counts = [0.0] * 5 + [200 - 200 * shift, 300.0, 300.0, 200 + 200 * shift] + [0.0] * 5
    for number in range(12):
        labels = {"service": service, "source": "query", "model": "e", "dimension": "256", "projection": str(number)}
        traffic.put("llm_embedding_projection_bucket", cumulative(bounds, tuple(counts)), *offsets, **labels)


def test_embeddings_are_one_series_of_all_projections() -> None:
    """By the shift of their centroid; what steady ones and moved ones are called."""
    bench = Bench(0)
    for service in ("calm", "moved", "shifting"):
        embeddings(0.0, service, bench.traffic, 0, *DAYS)
    embeddings(0.9, "moved", bench.traffic, 0)
    embeddings(0.3, "shifting", bench.traffic, 0)

    bench.run()

    assert bench.verdicts() == {
        ("calm", "embedding/query/e/256"): ("steady", "below_limit"),
        ("moved", "embedding/query/e/256"): ("drifted", "large_shift"),
        ("shifting", "embedding/query/e/256"): ("shifting", "shift"),
    }
    scores = bench.samples("llm_drift_score")
    assert (
        scores["moved", "embedding/query/e/256", "centroid"] > scores["shifting", "embedding/query/e/256", "centroid"]
    )
    assert scores["calm", "embedding/query/e/256", "centroid"] == 0
    assert ("moved", "embedding/query/e/256", "wasserstein_normalised") in scores
    assert ("moved", "embedding/query/e/256", "outliers") in scores


def test_another_embedding_model_is_another_series() -> None:
    """A change of the model is no drift: the new one is learnt, the old one has no values."""
    bench = Bench(0)
    embeddings(0.0, "bot", bench.traffic, *DAYS)
    for number in range(12):
        labels = {"service": "bot", "source": "query", "model": "f", "dimension": "512", "projection": str(number)}
        counts = cumulative((4.0,), (500.0, 500.0))
        bench.traffic.put("llm_embedding_projection_bucket", counts, 0, **labels)

    bench.run()

    assert bench.verdicts() == {
        ("bot", "embedding/query/e/256"): ("no_data", "no_values"),
        ("bot", "embedding/query/f/512"): ("learning", "short_history"),
    }


def test_what_was_before_an_accepted_change_is_no_reference() -> None:
    """Four days after it the last three of them are, and the same weekday is still missing."""
    bench = Bench()
    bench.accepted.accept(AcceptedChange("s1", "*", NOW - 4 * DAY - 3600))
    bench.traffic.put("llm_request_tokens_bucket", LONGER, 0, service="s1", type="input")
    bench.traffic.put("llm_request_tokens_bucket", LONGER, 0, service="s0", type="input")

    bench.run()

    assert bench.verdicts()["s1", "input_tokens"] == ("learning", "accepted")
    assert bench.verdicts()["s1", "branch/router"] == ("learning", "accepted")
    assert bench.verdicts()["s0", "input_tokens"] == ("drifted", "large_shift")
    assert bench.samples("llm_drift_sample_size")["s1", "input_tokens", "reference"] == 3000
    assert bench.samples("llm_drift_accepted_timestamp_seconds") == {("s1", "*"): NOW - 4 * DAY - 3600}


def test_an_accepted_change_is_heard_of_at_the_next_run_and_so_is_its_end() -> None:
    """Of hourly values, too, which are asked for again."""
    bench = Bench()
    bench.traffic.hours["llm_cost_dollars"] = {"s0": lambda at: 30.0 if at >= NOW - 3600 else 10.0}
    bench.run()
    before = bench.verdicts()["s0", "cost_per_hour"]

    bench.accepted.accept(AcceptedChange("s0", "cost_per_hour", NOW - 3600))
    bench.run()
    accepted = bench.verdicts()["s0", "cost_per_hour"]
    bench.accepted.undo("s0", "cost_per_hour")
    bench.run()

    assert (before, accepted) == (("drifted", "large_shift"), ("learning", "accepted"))
    assert bench.verdicts()["s0", "cost_per_hour"] == before
    assert bench.samples("llm_drift_accepted_timestamp_seconds") == {}


def test_two_versions_that_run_side_by_side_are_compared_with_each_other() -> None:
    """By the same metrics, which name both; of versions with few values and of one alone there is nothing."""
    bench = Bench(0)
    of_prompt = {"service": "bot", "prompt": "answer", "model": "m"}
    parts = [int(21_600 / PARTS * part) for part in range(PARTS)]
    for version, counts in (("9", STEADY), ("10", LONGER), ("11", cumulative(BOUNDS, (5, 5, 5, 5, 4)))):
        bench.traffic.put("llm_request_duration_seconds_bucket", counts, *parts, prompt_version=version, **of_prompt)

    bench.run()

    sides = ("answer", "10", "", "9")
    verdicts = bench.store.families["llm_drift_verdict"].series
    assert [values for values in verdicts if values[-1]] == [
        ("bot", "duration", "side_by_side", "drifted", "large_shift", *sides)
    ]
    assert bench.store.families["llm_drift_score"].series["bot", "duration", "psi", *sides].value > 0.25
    assert bench.store.families["llm_drift_pvalue"].series["bot", "duration", "psi", *sides].value < 1e-6
    sizes = bench.store.families["llm_drift_sample_size"].series
    assert sizes["bot", "duration", "current", *sides].value == 4000
    assert sizes["bot", "duration", "reference", *sides].value == 4000
    assert not bench.store.families["llm_drift_bin_ratio"].series


@pytest.mark.parametrize("known", [(6, 7), (5, 6, 7), (1, 7), (1, 2, 3)], ids=lambda days: f"days {days} ago")
def test_a_service_whose_series_ended_and_return_has_not_drifted(known: tuple[int, ...]) -> None:
    """Days without series are no reference, and days that counted nothing are none either."""
    bench = Bench(services=0)
    nothing = dict.fromkeys(STEADY, 0.0)
    for day in range(1, 8):
        counts = STEADY if day in known else nothing
        if day in known or day % 2:
            bench.traffic.put("llm_request_tokens_bucket", counts, DAY * day, service="s0", type="input")
    bench.traffic.put("llm_request_tokens_bucket", STEADY, 0, service="s0", type="input")

    bench.run()

    assert bench.verdicts()["s0", "input_tokens"][0] in {"steady", "learning"}
