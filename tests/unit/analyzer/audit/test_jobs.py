"""The jobs that audit destinations, as the analyzer builds them."""

from pathlib import Path

import httpx
import pytest

from watchkeeper.analyzer.audit.build import build_audits
from watchkeeper.analyzer.jobs.forward_audits import forward_audit_jobs
from watchkeeper.analyzer.parts import Parts
from watchkeeper.analyzer.schedule.job import Job
from watchkeeper.config.load import load_config, no_headers
from watchkeeper.errors import JobError
from watchkeeper.metrics.catalogue import METRICS
from watchkeeper.metrics.store import MetricStore

ODD_NAME = "../../etc/passwd"
DESTINATIONS = f"""\
forward:
  - {{name: tempo, endpoint: 'http://tempo:4318', audit: {{api: tempo, url: 'http://tempo:3200'}}}}
  - name: {ODD_NAME}
    endpoint: 'http://loki/otlp'
    signals: [logs]
    audit: {{api: loki, url: 'http://loki', after_seconds: 60}}
  - {{name: collector, endpoint: 'http://collector:4318'}}
  - {{name: silent, endpoint: 'http://tempo:4318', audit: {{api: none}}}}
"""


def parts_of(text: str, folder: Path, client: httpx.AsyncClient) -> Parts:
    """The audits of a watchkeeper.yml, and what they set; Loki is away."""
    (folder / "watchkeeper.yml").write_text(text)
    environ = {"WATCHKEEPER_LOKI_URL": "http://127.0.0.1:1", "WATCHKEEPER_STATE_DIR": str(folder / "state")}
    config = load_config(folder / "watchkeeper.yml", environ, no_headers)
    store, loki_client = MetricStore(METRICS), httpx.Client(trust_env=False)
    audits = build_audits(config, client, loki_client, store)
    return Parts(config=config, store=store, client=loki_client, audits=audits)


def jobs_of(text: str, folder: Path, client: httpx.AsyncClient) -> tuple[dict[str, Job], MetricStore]:
    """The jobs of a watchkeeper.yml by name, and what they set."""
    parts = parts_of(text, folder, client)
    return {job.name: job for job in forward_audit_jobs(parts)}, parts.store


def test_without_a_destination_there_is_no_job_and_no_series(tmp_path: Path, client: httpx.AsyncClient) -> None:
    """Nothing is asked of anyone, and nothing is exposed."""
    jobs, store = jobs_of("", tmp_path, client)

    assert jobs == {}
    assert not any(family.series for name, family in store.families.items() if "forward" in name)


def test_each_destination_that_can_be_asked_is_a_job_of_its_own(tmp_path: Path, client: httpx.AsyncClient) -> None:
    """The others are shown as what they are."""
    jobs, store = jobs_of(DESTINATIONS, tmp_path, client)

    intervals = {name: job.interval_seconds(0) for name, job in jobs.items()}
    assert intervals == {"forward_audit_tempo": 300, f"forward_audit_{ODD_NAME}": 20}
    assert set(store.families["watchkeeper_forward_audit_info"].series) == {
        ("tempo", "tempo"),
        (ODD_NAME, "loki"),
        ("collector", "none"),
        ("silent", "none"),
    }


async def test_what_is_kept_is_below_the_state_directory(tmp_path: Path, client: httpx.AsyncClient) -> None:
    """Whatever a destination is called; a Loki that is away is the job's error."""
    parts = parts_of(DESTINATIONS, tmp_path, client)

    for job in forward_audit_jobs(parts):
        with pytest.raises(JobError, match="Loki at http://127"):
            await job.run()

    kept = {audit._file for audit in parts.audits.values() if audit._file}
    assert len(kept) == 2
    assert {file.parent for file in kept} == {tmp_path / "state"}
