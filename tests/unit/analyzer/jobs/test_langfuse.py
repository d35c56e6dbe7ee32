"""The jobs of the bridge as the analyzer builds them, each with a project's own settings."""

import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from tests.support.fake_model import FakeModel
from tests.support.langfuse_api import KEYS, FakeLangfuse, fake_langfuse, observation, score

from watchkeeper.analyzer.jobs.langfuse import langfuse_jobs
from watchkeeper.analyzer.langfuse.build import build_bridge
from watchkeeper.analyzer.parts import Parts
from watchkeeper.analyzer.schedule.job import Job
from watchkeeper.config import load_config
from watchkeeper.metrics.catalogue import METRICS
from watchkeeper.metrics.store import MetricStore

WANTED = ("alerts", "costs", "observations", "queues", "scores", "verdicts")
TOKEN = "watchkeeper-own-token"


@pytest.fixture
def langfuse() -> Iterator[FakeLangfuse]:
    """A project with a score, an observation and a queue of now."""
    now = time.time() - 180.0
    with fake_langfuse() as running:
        running.scores = [score(1, now)]
        running.observations = [observation(2, now)]
        running.waiting = {"a": [now]}
        yield running


def built(config: str, fake: FakeModel, client: httpx.AsyncClient, folder: Path) -> dict[str, Job]:
    """The jobs by name; ``fake`` is the Loki and the exporter."""
    (folder / "key").write_text(KEYS)
    (folder / "token").write_text(TOKEN)
    (folder / "watchkeeper.yml").write_text(config)
    environ = {"WATCHKEEPER_EXPORTER_URL": fake.address, "WATCHKEEPER_LOKI_URL": fake.address}
    loaded = load_config(folder / "watchkeeper.yml", environ)
    store, loki_client = MetricStore(METRICS), httpx.Client(trust_env=False)
    bridge = build_bridge(loaded, client, loki_client, store)
    parts = Parts(config=loaded, store=store, client=loki_client, langfuse=bridge)
    return {job.name: job for job in langfuse_jobs(parts)}


@pytest.mark.parametrize("capture", ["metadata", "redacted", "full"])
async def test_every_job_does_its_work(
    capture: str, langfuse: FakeLangfuse, fake: FakeModel, client: httpx.AsyncClient, tmp_path: Path
) -> None:
    """With the token that the exporter asks of us; what was said is read only where it may be kept."""
    project = f"name: support, url: '{langfuse.address}', key_file: key, read_observations: true"
    wanted = "compare_costs: true, verdicts: {services: [shop]}, alerts: {services: [shop]}"
    config = (
        f"langfuse_projects: [{{{project}, {wanted}}}]\n"
        f"privacy: {{capture: {capture}}}\naccess: {{own_token_file: token}}"
    )
    jobs = built(config, fake, client, tmp_path)

    for job in jobs.values():
        await job.run()

    assert sorted(jobs) == [f"langfuse_{what}_support" for what in WANTED]
    assert [one.path for one in fake.received] == ["/v1/events", "/api/public/ingestion"]
    assert {one.headers["authorization"] for one in fake.received} == {f"Bearer {TOKEN}"}
    assert ("A lamp." in fake.texts_sent_to_it()) == (capture != "metadata")
    assert all(job.deadline_seconds < job.interval_seconds(0) for job in jobs.values())


def test_what_a_project_does_not_want_is_no_job(fake: FakeModel, client: httpx.AsyncClient, tmp_path: Path) -> None:
    """One of webhooks alone has none."""
    key = "url: 'http://localhost:1', key_file: key"
    config = (
        "langfuse_projects:\n"
        f"  - {{name: quiet, {key}, read_scores: false, read_queues: false}}\n"
        f"  - {{name: usual, {key}}}\n"
        "  - {name: hooks, webhook_secret_file: secret}\n"
    )

    jobs = built(config, fake, client, tmp_path)

    assert sorted(jobs) == ["langfuse_queues_usual", "langfuse_scores_usual"]
