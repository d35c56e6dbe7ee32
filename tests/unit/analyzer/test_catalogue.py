"""What holds for every job that there is."""

import re

import httpx
import pytest

from watchkeeper.analyzer.catalogue import all_jobs
from watchkeeper.analyzer.parts import Parts
from watchkeeper.analyzer.schedule.job import Job
from watchkeeper.config import load_config
from watchkeeper.metrics.catalogue import METRICS
from watchkeeper.metrics.store import MetricStore

PARTS = Parts(config=load_config(None, {}), store=MetricStore(METRICS), client=httpx.Client())
JOBS = all_jobs(PARTS)


@pytest.mark.parametrize("job", JOBS, ids=lambda job: job.name)
def test_a_job_ends_before_its_next_run(job: Job) -> None:
    """Its deadline is shorter than its interval, so that a slow run is a failure and not a run that is left out."""
    assert 0 < job.deadline_seconds < job.interval_seconds(0)


@pytest.mark.parametrize("job", JOBS, ids=lambda job: job.name)
def test_a_job_has_a_name_that_is_a_good_label(job: Job) -> None:
    """As metrics are named."""
    assert re.fullmatch(r"[a-z]+(_[a-z]+)*", job.name)


def test_names_are_unique() -> None:
    """The scheduler and the metrics know a job by it."""
    assert len({job.name for job in JOBS}) == len(JOBS)
