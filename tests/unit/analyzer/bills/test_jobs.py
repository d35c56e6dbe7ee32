"""The jobs that read bills, as the analyzer builds them."""

from pathlib import Path

import httpx
import pytest
from tests.support.bill_servers import KEY, bill_server

from watchkeeper.analyzer.bills.build import build_bills
from watchkeeper.analyzer.jobs.provider_bills import provider_bill_jobs
from watchkeeper.analyzer.parts import Parts
from watchkeeper.analyzer.schedule.job import Job
from watchkeeper.config import load_config
from watchkeeper.errors import JobError
from watchkeeper.metrics.catalogue import METRICS
from watchkeeper.metrics.store import MetricStore


def jobs_of(text: str, folder: Path, client: httpx.AsyncClient) -> tuple[dict[str, Job], MetricStore]:
    """The jobs of a watchkeeper.yml by name, and what they set; Prometheus is away."""
    (folder / "key").write_text(KEY)
    (folder / "watchkeeper.yml").write_text(text)
    config = load_config(folder / "watchkeeper.yml", {"WATCHKEEPER_PROMETHEUS_URL": "http://127.0.0.1:1"})
    store, prometheus_client = MetricStore(METRICS), httpx.Client(trust_env=False)
    bills = build_bills(config, client, prometheus_client, store)
    jobs = provider_bill_jobs(Parts(config=config, store=store, client=prometheus_client, bills=bills))
    return {job.name: job for job in jobs}, store


def test_without_a_bill_there_is_no_job_and_no_series(tmp_path: Path, client: httpx.AsyncClient) -> None:
    """Nothing is asked of anyone, and nothing is exposed."""
    jobs, store = jobs_of("", tmp_path, client)

    assert jobs == {}
    assert not any(family.series for name, family in store.families.items() if "bill" in name)


async def test_each_bill_is_a_job_of_its_own(tmp_path: Path, client: httpx.AsyncClient) -> None:
    """It reads the file of its key beside watchkeeper.yml, and fails by itself."""
    with bill_server() as server:
        config = (
            "provider_bills:\n"
            f"  - {{provider: openrouter, key_file: key, url: '{server.url}'}}\n"
            f"  - {{provider: openai, key_file: no-such-key, url: '{server.url}'}}\n"
        )
        jobs, store = jobs_of(config, tmp_path, client)
        with pytest.raises(JobError, match="Prometheus at http://127"):
            await jobs["provider_bill_openrouter"].run()
        with pytest.raises(JobError, match="the key file no-such-key cannot be read"):
            await jobs["provider_bill_openai"].run()

    assert [path for path, _ in server.asked] == ["/api/v1/activity"]
    assert all(0 < job.deadline_seconds < job.interval_seconds(0) for job in jobs.values())
    assert set(store.families["watchkeeper_bill_requests_total"].series) == {
        ("openrouter", "ok"),
        ("openai", "no_key"),
    }
