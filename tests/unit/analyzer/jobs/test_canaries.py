"""Canaries as jobs of the analyzer."""

import httpx
import pytest
from tests.support.canaries import configured, make_prober, make_search
from tests.support.fake_model import FakeModel

from watchkeeper.analyzer.jobs.canaries import canary_jobs
from watchkeeper.analyzer.parts import Parts
from watchkeeper.analyzer.schedule.job import Job
from watchkeeper.config import load_config
from watchkeeper.errors import JobError
from watchkeeper.metrics.catalogue import METRICS
from watchkeeper.metrics.store import MetricStore


def jobs(fake: FakeModel, client: httpx.AsyncClient, store: MetricStore) -> dict[str, Job]:
    """The jobs of a canary and of a search, by name."""
    content = configured(fake.address, every="1m")
    content["canaries"]["searches"] = [
        make_search(url=f"{fake.address}/search").model_dump(mode="json", exclude_none=True)
    ]
    prober = make_prober(content, client, store)
    parts = Parts(config=load_config(None, {}), store=store, client=httpx.Client(), prober=prober)
    return {job.name: job for job in canary_jobs(parts)}


async def test_each_has_a_job_by_its_own_schedule(fake: FakeModel, client: httpx.AsyncClient) -> None:
    """Its deadline ends before the next run; how often it runs is said before the first."""
    store = MetricStore(METRICS)

    found = jobs(fake, client, store)

    assert {name: (job.interval_seconds(0), job.deadline_seconds) for name, job in found.items()} == {
        "canary_capital": (60.0, 54.0),
        "search_docs": (21600.0, 600.0),
    }
    intervals = store.families["llm_canary_interval_seconds"].series
    assert {values: series.value for values, series in intervals.items()} == {
        ("capital", "gpt"): 60.0,
        ("capital", "shop"): 60.0,
        ("docs", "search"): 21600.0,
    }


async def test_a_bad_answer_is_a_result_and_no_answer_a_failure(fake: FakeModel, client: httpx.AsyncClient) -> None:
    """What failed is tried again sooner, and WatchkeeperJobFailing says why."""
    found = jobs(fake, client, MetricStore(METRICS))
    fake.respond = lambda _system, _prompt: "no idea"
    await found["canary_capital"].run()
    await found["search_docs"].run()
    fake.statuses = [401] * 9

    with pytest.raises(JobError, match=r"gpt: http://127.0.0.1:.* answered 401; shop: "):
        await found["canary_capital"].run()
    with pytest.raises(JobError, match="answered 401"):
        await found["search_docs"].run()
