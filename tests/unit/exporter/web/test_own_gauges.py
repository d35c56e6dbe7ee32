"""What is counted when it is read: the first scrape of a counter shows that it had been zero before."""

from tests.support.facts import NOW

from watchkeeper.exporter.web.own_gauges import OwnGauges
from watchkeeper.metrics.admission import LabelAdmission
from watchkeeper.metrics.catalogue import METRICS
from watchkeeper.metrics.store import MetricStore


def test_what_lost_detail_is_counted_from_the_scrape_before() -> None:
    """Prometheus sees an increase from zero, even if no scrape follows."""
    store = MetricStore(METRICS)
    gauges = OwnGauges(store, LabelAdmission({}, lambda _label, _service: None), {}, None)
    gauges.refresh(NOW)
    store.capacity.count_folded("shop", "model")

    gauges.refresh(NOW + 15)

    counted = store.families["watchkeeper_label_overflow_total"].series["shop", "model", "series_limit"]
    assert (counted.created, counted.value) == (NOW, 1)
