"""Retention: is what the files say really applied, and is something deleted at all?"""

import re
import time
from collections.abc import Callable, Iterator
from typing import Any

import httpx
import yaml

from watchkeeper.config import fast_yaml
from watchkeeper.engines.compare import differences
from watchkeeper.operator.doctor.finding import Finding, fine, unknown, warning, wrong

Ask = Callable[[str, str], httpx.Response]

_LAST_RETENTION = re.compile(
    r"^loki_compactor_apply_retention_last_successful_run_timestamp_seconds (\S+)$", re.MULTILINE
)
_STARTED = re.compile(r"^process_start_time_seconds (\S+)$", re.MULTILINE)
# Loki compacts every ten minutes (compaction_interval), and looks for what is too old each time.
_SILENT_SECONDS = 3 * 3600.0

_RELOAD = "Run make reload, and look at what it says of this part."


def look_at_retention(prometheus_file: str, loki_file: str, ask: Ask) -> Iterator[Finding]:
    """Hold what both programs say against the files' texts."""
    try:
        reported = str(ask("prometheus", "/api/v1/status/runtimeinfo").json()["data"]["storageRetention"])
        yield check_prometheus(fast_yaml.load(prometheus_file)["storage"]["tsdb"]["retention"], reported)
        running = fast_yaml.load(ask("loki", "/config").text)
        yield check_loki(fast_yaml.load(loki_file), running)
        yield check_loki_runs(ask("loki", "/metrics").text, time.time())
    except (httpx.HTTPError, ValueError, LookupError, TypeError, yaml.YAMLError) as problem:
        yield unknown("Retention", f"it cannot be asked: {problem}", "Start the stack with make up and ask again.")


def check_prometheus(wanted: dict[str, Any], reported: str) -> Finding:
    """``reported`` is as in ``30d or 20GiB``."""
    running = reported.split(" or ")
    missing = [value for value in wanted.values() if all(differences(value, part) for part in running)]
    if missing:
        return wrong(
            "Retention", f"Prometheus keeps {reported}, the file says {' or '.join(map(str, missing))}", _RELOAD
        )
    return fine("Retention", f"Prometheus keeps {reported}")


def check_loki(wanted: dict[str, Any], running: dict[str, Any]) -> Finding:
    """Without the compactor's two keys nothing is deleted, whatever the period is."""
    compactor = running.get("compactor") or {}
    if not compactor.get("retention_enabled") or not compactor.get("delete_request_store"):
        return wrong(
            "Retention",
            "Loki deletes nothing",
            "Set compactor.retention_enabled and compactor.delete_request_store in loki/loki.yml and run make reload.",
        )
    limits = {"retention_period": wanted["limits_config"]["retention_period"]}
    different = differences(limits, running["limits_config"], "limits_config")
    if different:
        return wrong("Retention", f"Loki: {'; '.join(different)}", _RELOAD)
    return fine("Retention", f"Loki keeps {running['limits_config']['retention_period']}")


def check_loki_runs(metrics: str, now: float) -> Finding:
    """Whether the compactor got through lately, or has not had the time yet."""
    last, started = _LAST_RETENTION.search(metrics), _STARTED.search(metrics)
    reached = max(float(found[1]) for found in (last, started) if found) if last or started else 0.0
    if now - reached > _SILENT_SECONDS:
        return warning(
            "Retention",
            f"Loki's compactor did not get through for {(now - reached) / 3600:.0f} h",
            "Look at make logs C=loki, and at the runbook of LokiCompactorStalled.",
        )
    return fine("Retention", "Loki's compactor gets through")
