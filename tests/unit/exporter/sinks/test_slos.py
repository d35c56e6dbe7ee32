"""Good and bad events by objective, service and team, and the objectives beside them."""

from tests.support.facts import NOW, make_call, make_context
from tests.support.objectives import make_slo

from watchkeeper.config import Slo
from watchkeeper.exporter.sinks.slos import SloSink
from watchkeeper.metrics.admission import LabelAdmission
from watchkeeper.metrics.catalogue import METRICS
from watchkeeper.metrics.store import MetricStore
from watchkeeper.model import Score, ToolCall


class Evaluated:
    """A sink of some objectives and its store."""

    def __init__(self, *slos: Slo, store: MetricStore | None = None, limits: dict[str, int] | None = None) -> None:
        self.store = store or MetricStore(METRICS)
        self.sink = SloSink(slos, self.store, LabelAdmission(limits or {}, lambda _label, _service: None))

    def samples(self, metric: str) -> dict[tuple[str, ...], object]:
        """The samples of a metric by their label values."""
        return {values: series.value for values, series in self.store.families[metric].series.items()}


def test_events_are_counted_by_outcome_from_zero_on() -> None:
    """One good call: the bad ones are 0, not missing."""
    evaluated = Evaluated(make_slo())

    evaluated.sink.take(make_call(), NOW)
    evaluated.sink.take(make_call(status="cancelled"), NOW)
    evaluated.sink.take(ToolCall(context=make_context(), tool="t", status="error"), NOW)

    assert evaluated.samples("llm_slo_events_total") == {
        ("availability", "shop", "search", "good"): 1,
        ("availability", "shop", "search", "bad"): 0,
    }


def test_a_call_is_evaluated_by_every_objective_of_its_service() -> None:
    """Each service and each team has samples of its own."""
    evaluated = Evaluated(make_slo(), make_slo("latency", under="1s", services=["shop"]))

    for service, team in (("shop", "search"), ("shop", "sales"), ("bot", "search")):
        evaluated.sink.take(make_call(context=make_context(service=service, team=team)), NOW)

    good = {values[:3] for values, count in evaluated.samples("llm_slo_events_total").items() if count == 1}
    assert good == {
        ("availability", "shop", "search"),
        ("availability", "shop", "sales"),
        ("availability", "bot", "search"),
        ("latency", "shop", "search"),
        ("latency", "shop", "sales"),
    }


def test_scores_are_evaluated() -> None:
    """A score below the limit is bad."""
    evaluated = Evaluated(make_slo("quality", score="grounded", at_least=0.7))

    evaluated.sink.take(Score(context=make_context(), name="grounded", source="judge", value=0.2), NOW)

    assert evaluated.samples("llm_slo_events_total")["quality", "shop", "search", "bad"] == 1


def test_the_objective_stands_beside_every_service_that_has_events() -> None:
    """Rules join the objective one to one; known services have it before their first call."""
    evaluated = Evaluated(make_slo(objective=0.95), make_slo("cost_per_request", under=0.05, services=["bot"]))

    evaluated.sink.start(["old"])
    evaluated.sink.take(make_call(), NOW)

    assert evaluated.samples("llm_slo_objective_ratio") == {
        ("availability", "availability", "old"): 0.95,
        ("availability", "availability", "other"): 0.95,
        ("availability", "availability", "shop"): 0.95,
        ("cost_per_request", "cost_per_request", "other"): 0.99,
    }
    assert evaluated.samples("llm_slo_threshold") == {("cost_per_request", "cost_per_request"): 0.05}


def test_services_without_a_place_share_one() -> None:
    """Their events count under other, which has the objective too."""
    evaluated = Evaluated(make_slo(), limits={"service": 1})

    for service in ("a", "b", "c"):
        evaluated.sink.take(make_call(context=make_context(service=service)), NOW)

    assert evaluated.samples("llm_slo_events_total")["availability", "other", "search", "good"] == 2
    assert ("availability", "availability", "other") in evaluated.samples("llm_slo_objective_ratio")


def test_an_objective_that_is_gone_is_forgotten() -> None:
    """Counters of a clean stop come back only for what is still documented."""
    before = Evaluated(make_slo(name="old"), make_slo(name="kept"))
    before.sink.take(make_call(), NOW)

    after = Evaluated(make_slo(name="kept"), store=before.store)
    after.sink.start([])

    assert {values[0] for values in after.samples("llm_slo_events_total")} == {"kept"}
