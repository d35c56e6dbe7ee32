"""The bills of watchkeeper.yml, ready to be read."""

from collections.abc import Mapping

import httpx

from watchkeeper.analyzer.bills.bill_api import BillApi
from watchkeeper.analyzer.bills.estimate import Estimates
from watchkeeper.analyzer.bills.reading import BillReading
from watchkeeper.analyzer.bills.report import BillReport
from watchkeeper.analyzer.endpoints.patience import Patience
from watchkeeper.config import Config
from watchkeeper.metrics.store import MetricStore


def build_bills(
    config: Config, client: httpx.AsyncClient, prometheus_client: httpx.Client, store: MetricStore
) -> Mapping[str, BillReading]:
    """Build what reads each bill, by its provider."""
    estimates = Estimates(prometheus_client, config.dependencies.get("prometheus", ""))
    return {
        bill.provider: BillReading(
            bill,
            BillApi(bill, client, config.folder),
            estimates,
            report=BillReport(bill.provider, store),
            patience=Patience(bill.provider),
        )
        for bill in config.file.provider_bills
    }
