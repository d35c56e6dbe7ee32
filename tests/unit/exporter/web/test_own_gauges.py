"""What is counted when it is read: the first scrape of a counter shows that it had been zero before."""

from tests.support.facts import NOW

from watchkeeper.config.prices import InferenceServer, Retirement
from watchkeeper.exporter.web.own_gauges import OwnGauges
from watchkeeper.metrics.admission import LabelAdmission
from watchkeeper.metrics.catalogue import METRICS
from watchkeeper.metrics.store import MetricStore
from watchkeeper.prices.retirements import RetirementBook


def test_what_lost_detail_is_counted_from_the_scrape_before() -> None:
    """Prometheus sees an increase from zero, even if no scrape follows."""
    store = MetricStore(METRICS)
    gauges = OwnGauges(store, LabelAdmission({}, lambda _label, _service: None), {}, None, RetirementBook())
    gauges.refresh(NOW)
    store.capacity.count_folded("shop", "model")

    gauges.refresh(NOW + 15)

    counted = store.families["watchkeeper_label_overflow_total"].series["shop", "model", "series_limit"]
    assert (counted.created, counted.value) == (NOW, 1)


def test_models_in_use_have_the_day_of_their_retirement() -> None:
    """Those that no one retires, and those that are no longer used, have none."""
    store = MetricStore(METRICS)
    own = [Retirement.model_validate({"model": "old-*", "date": "2027-03-01", "successor": "new-1"})]
    gauges = OwnGauges(store, LabelAdmission({}, lambda _label, _service: None), {}, None, RetirementBook(own))
    requests = store.families["llm_requests_total"]
    for model in ("old-1", "old-2", "new-1"):
        for status in ("ok", "error"):
            requests.add(("shop", "web", "chat", "acme", model, "", "", "", status), 1, NOW)
    gauges.refresh(NOW)
    before = dict(store.families["llm_model_retirement_timestamp_seconds"].series)
    for status in ("ok", "error"):
        requests.drop(("shop", "web", "chat", "acme", "old-2", "", "", "", status))

    gauges.refresh(NOW + 15)

    assert set(before) == {("acme", "old-1", "new-1"), ("acme", "old-2", "new-1")}
    assert set(store.families["llm_model_retirement_timestamp_seconds"].series) == {("acme", "old-1", "new-1")}


def test_an_inference_server_costs_what_all_its_gpus_cost() -> None:
    """Four of 2.49 dollars an hour; without an entry there is no sample."""
    store = MetricStore(METRICS)
    gauges = OwnGauges(store, LabelAdmission({}, lambda _label, _service: None), {}, None, RetirementBook())
    before = dict(store.families["llm_inference_hourly_cost_dollars"].series)
    given = [
        InferenceServer(service="llama-70b", price_per_gpu_hour=2.49, gpus=4),
        InferenceServer(service="small", price_per_gpu_hour=0.5),
    ]

    gauges.set_server_prices(given)

    assert before == {}
    prices = store.families["llm_inference_hourly_cost_dollars"].series
    assert {values: sample.value for values, sample in prices.items()} == {("llama-70b",): 9.96, ("small",): 0.5}
