"""What is counted when it is read: the first scrape of a counter shows that it had been zero before."""

from tests.support.facts import NOW

from watchkeeper.config.schema import Retirement
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
