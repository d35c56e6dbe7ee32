"""Who takes the samples of a scrape: the exporter's samples by service, by label or by metric."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum

from prometheus_client.parser import text_string_to_metric_families
from prometheus_client.samples import Sample
from rich.table import Table

from watchkeeper.metrics.admission import DEFAULT_LIMITS

_ROWS = 20
_LOST = "watchkeeper_label_overflow_total"
_LIMIT = "watchkeeper_series_limit"
_USED = "watchkeeper_series"


class By(StrEnum):
    """What the samples are counted by."""

    SERVICE = "service"
    LABEL = "label"
    METRIC = "metric"


@dataclass(frozen=True, slots=True, kw_only=True)
class Scrape:
    """The samples of one scrape, each with the name of its metric (family)."""

    samples: tuple[tuple[str, Sample], ...]

    def value(self, name: str) -> float:
        """The only sample of a metric; 0 when there is none."""
        return next((sample.value for _, sample in self.samples if sample.name == name), 0.0)


def read_scrape(text: str) -> Scrape:
    """Parse an exposition in the text format.

    Raises: ValueError for one that is none.
    """
    families = text_string_to_metric_families(text)
    return Scrape(samples=tuple((family.name, sample) for family in families for sample in family.samples))


def series_table(scrape: Scrape, by: By) -> Table:
    """The rows with the most samples, or of labels with the most values."""
    used, limit = scrape.value(_USED), scrape.value(_LIMIT)
    table = Table(title=f"{used:,.0f} of {limit:,.0f} samples", title_justify="left")
    match by:
        case By.SERVICE:
            _fill(table, ("service", "samples", "lost detail of"), _by_service(scrape))
        case By.LABEL:
            _fill(table, ("label", "values", "most in service", "values there", "limit"), _by_label(scrape))
        case By.METRIC:
            _fill(table, ("metric", "samples", "label sets"), _by_metric(scrape))
    return table


def _by_service(scrape: Scrape) -> Iterable[tuple[str, ...]]:
    counted = Counter(sample.labels["service"] for _, sample in scrape.samples if sample.labels.get("service"))
    lost: dict[str, list[str]] = {}
    for _, sample in scrape.samples:
        if sample.name == _LOST and sample.labels.get("reason") == "series_limit" and sample.value:
            lost.setdefault(sample.labels["service"], []).append(sample.labels["label"])
    return ((service, f"{count:,}", ", ".join(lost.get(service, ()))) for service, count in counted.most_common(_ROWS))


def _by_label(scrape: Scrape) -> Iterable[tuple[str, ...]]:
    values: dict[str, set[str]] = {}
    in_service: dict[str, Counter[str]] = {}
    for label, service, value in _values(scrape):
        values.setdefault(label, set()).add(value)
        in_service.setdefault(label, Counter())[service] += 1
    limits = {s.labels["label"]: s.value for _, s in scrape.samples if s.name == "watchkeeper_label_limit"}
    for label in sorted(values, key=lambda label: -len(values[label]))[:_ROWS]:
        service, most = in_service[label].most_common(1)[0]
        limit = f"{limits[label]:,.0f}" if label in limits else ""
        yield label, f"{len(values[label]):,}", service, f"{most:,}", limit


def _values(scrape: Scrape) -> set[tuple[str, str, str]]:
    """Each label that senders fill with its service and value; metrics without a service name nobody."""
    return {
        (label, sample.labels["service"], value)
        for _, sample in scrape.samples
        if sample.labels.get("service")
        for label, value in sample.labels.items()
        if label in DEFAULT_LIMITS and value
    }


def _by_metric(scrape: Scrape) -> Iterable[tuple[str, ...]]:
    counted = Counter(name for name, _ in scrape.samples)
    sets: dict[str, set[frozenset[tuple[str, str]]]] = {}
    for name, sample in scrape.samples:
        sets.setdefault(name, set()).add(_without_bound(sample.labels))
    return ((name, f"{count:,}", f"{len(sets[name]):,}") for name, count in counted.most_common(_ROWS))


def _without_bound(labels: Mapping[str, str]) -> frozenset[tuple[str, str]]:
    return frozenset((label, value) for label, value in labels.items() if label != "le")


def _fill(table: Table, columns: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> None:
    for column in columns:
        table.add_column(column, justify="right" if column in ("samples", "values", "label sets", "limit") else "left")
    for row in rows:
        table.add_row(*row)
