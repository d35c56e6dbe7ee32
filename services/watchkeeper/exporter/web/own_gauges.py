"""The gauges about ourselves and our settings, brought up to date when they are read."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, date, datetime
from pathlib import Path

from watchkeeper.config.prices import InferenceServer
from watchkeeper.config.receiver_status import ReceiverStatus, has_inbox, read_statuses, what_is_off
from watchkeeper.config.schema import AlertName, Threshold
from watchkeeper.config.thresholds import LIMIT_OF
from watchkeeper.metrics.admission import LabelAdmission
from watchkeeper.metrics.catalogue import CALL
from watchkeeper.metrics.folding import OTHER
from watchkeeper.metrics.store import MetricStore
from watchkeeper.prices.retirements import RetirementBook

# No service can be called this: watchkeeper.yml reads it as a wildcard.
_EVERY_SCRAPED = "*"
_PROVIDER_AND_MODEL = slice(CALL.index("provider"), CALL.index("model") + 1)


class OwnGauges:
    """Sets label use, series, thresholds per service, receivers, configuration, age of prices, retirements."""

    def __init__(
        self,
        store: MetricStore,
        admission: LabelAdmission,
        thresholds: Mapping[AlertName, Threshold],
        receivers_file: Path | None,
        retirements: RetirementBook,
    ) -> None:
        self._store = store
        self._admission = admission
        self._thresholds = thresholds
        self._receivers_file = receivers_file
        self._retirements = retirements
        self._refreshed: float | None = None

    def set_fixed(self, config_hash: str, url: str, table_date: date) -> None:
        """Set what never changes while we run, and the limits of services that watchkeeper.yml names."""
        self._set("watchkeeper_config_info", (config_hash,), 1)
        self._set("watchkeeper_url_info", (url,), 1)
        table_time = datetime(table_date.year, table_date.month, table_date.day, tzinfo=UTC).timestamp()
        self._set("watchkeeper_price_table_timestamp_seconds", (), table_time)
        self._set("watchkeeper_watchdog_last_seen_timestamp_seconds", (), 0)
        for alert, threshold in self._thresholds.items():
            if LIMIT_OF[alert].of_scraped:
                self._set_of_scraped(alert, threshold)
            elif not LIMIT_OF[alert].is_per_service:
                self._set_limit(alert, "", threshold.default)
            for service in threshold.services:
                self.expand_thresholds(self._admission.admit("service", service))

    def set_server_prices(self, servers: Iterable[InferenceServer]) -> None:
        """Set what the GPUs of each inference server cost; Prometheus scrapes the servers, and divides."""
        for server in servers:
            service = self._admission.admit("service", server.service)
            self._set("llm_inference_hourly_cost_dollars", (service,), server.dollars_per_hour)

    def expand_thresholds(self, service: str) -> None:
        """Give a service its own sample of every limit, so that rules join one to one."""
        for alert, threshold in self._thresholds.items():
            if LIMIT_OF[alert].is_per_service and not LIMIT_OF[alert].of_scraped:
                self._set_limit(alert, service, threshold.services.get(service, threshold.default))

    def _set_of_scraped(self, alert: AlertName, threshold: Threshold) -> None:
        """One sample for every service that Prometheus scrapes, and one for each exception."""
        self._set_limit(alert, _EVERY_SCRAPED, threshold.default)
        for service, value in threshold.services.items():
            self._set("llm_alert_threshold", (alert, self._admission.admit("service", service)), value)

    def _set_limit(self, alert: AlertName, service: str, limit: float | None) -> None:
        """No sample is no limit: what joins it cannot fire."""
        if limit is not None:
            self._set("llm_alert_threshold", (alert, service), limit)

    def refresh(self, now: float) -> None:
        """Bring up to date what changes with the traffic."""
        uses = self._admission.use()
        self._show("watchkeeper_label_values", {(use.label, use.service): use.values for use in uses})
        self._show("watchkeeper_label_limit", {(use.label,): use.limit for use in uses})
        for receiver in self._receivers():
            values = (receiver.receiver, receiver.integration)
            self._set("watchkeeper_receiver_configured", values, int(receiver.configured))
        self._show("llm_model_retirement_timestamp_seconds", self._retiring())
        self._count_folded(self._refreshed or now)
        self._refreshed = now
        by_service: dict[tuple[str, ...], float] = {
            (service,): used for service, used in self._store.capacity.used_by.items() if service
        }
        if (OTHER,) in by_service:
            self.expand_thresholds(OTHER)
        self._show("watchkeeper_service_series", by_service)
        self._set("watchkeeper_series", (), self._store.series_count())
        self._set("watchkeeper_series_limit", (), self._store.capacity.limit)

    def forget_service(self, service: str) -> None:
        """Drop the limits of a service that is gone, unless watchkeeper.yml names it."""
        for alert, threshold in self._thresholds.items():
            if service not in threshold.services:
                self._store.families["llm_alert_threshold"].drop((alert, service))

    def _retiring(self) -> Mapping[tuple[str, ...], float]:
        """When each model in use is retired, where someone knows that."""
        in_use = {values[_PROVIDER_AND_MODEL] for values in self._store.families["llm_requests_total"].series}
        known = ((names, self._retirements.of(*names)) for names in in_use)
        return {(*names, found.successor): found.timestamp for names, found in known if found is not None}

    def _count_folded(self, since: float) -> None:
        """Bring the counter of what lost detail up to date; counting at once would cost a lookup at each.

        All of it happened after ``since``: a counter that begins now was zero then, before the scrape it is read for.
        """
        for (service, label), times in self._store.capacity.folded.items():
            self._store.families["watchkeeper_label_overflow_total"].add((service, label, "series_limit"), times, since)
        self._store.capacity.folded.clear()

    def _show(self, metric: str, samples: Mapping[tuple[str, ...], float]) -> None:
        """Show these samples of a gauge, and no others."""
        family = self._store.families[metric]
        for values in family.series.keys() - samples.keys():
            family.drop(values)
        for values, value in samples.items():
            family.set(values, value)

    def silent_receivers(self) -> Sequence[str]:
        """What is off, and why."""
        return what_is_off(self._receivers())

    def has_inbox(self) -> bool:
        """Whether Alertmanager delivers to the inbox."""
        return has_inbox(self._receivers())

    def _receivers(self) -> Sequence[ReceiverStatus]:
        """What ``watchkeeper setup`` wrote; nothing while there is no file, or half of one."""
        try:
            return read_statuses(self._receivers_file.read_bytes()) if self._receivers_file else ()
        except OSError:
            return ()

    def _set(self, metric: str, values: tuple[str, ...], value: float) -> None:
        self._store.families[metric].set(values, value)
