"""Write every dashboard to grafana/dashboards/<folder>/<uid>.json; the same source gives the same bytes.

Run as ``python -m grafana.src.generate [folder]`` from the project's root.
"""

import json
import sys
from pathlib import Path

from grafana.src.alerts import page as alerts
from grafana.src.canaries import page as canaries
from grafana.src.coding_agents import page as coding_agents
from grafana.src.coding_agents import split as coding_agents_split
from grafana.src.drift import page as drift
from grafana.src.gateways import page as gateways
from grafana.src.inference import page as inference
from grafana.src.ingestion import page as ingestion
from grafana.src.judges import page as judges
from grafana.src.llm import (
    agents,
    branches,
    comparison,
    cost,
    errors,
    latency,
    prompts,
    quality,
    retrieval,
    sessions,
    tokens,
    traces,
)
from grafana.src.llm_overview import page as llm_overview
from grafana.src.services import page as services
from grafana.src.silent_failures import page as silent_failures
from grafana.src.slos import page as slos
from grafana.src.stack import page as stack
from grafana_foundation_sdk.cog.encoder import JSONEncoder

DASHBOARDS = (
    llm_overview,
    cost,
    latency,
    errors,
    tokens,
    branches,
    agents,
    retrieval,
    quality,
    silent_failures,
    canaries,
    judges,
    drift,
    prompts,
    comparison,
    traces,
    sessions,
    coding_agents,
    coding_agents_split,
    slos,
    services,
    inference,
    gateways,
    alerts,
    ingestion,
    stack,
)
TARGET = Path(__file__).parents[1] / "dashboards"


def write_dashboards(target: Path) -> list[Path]:
    """Write all dashboards below ``target``, remove those without a source, and return what was written."""
    written = [
        _write(target, dashboard.FOLDER, dashboard.UID, _to_json(dashboard.build().build())) for dashboard in DASHBOARDS
    ]
    for stale in set(target.rglob("*.json")) - set(written):
        stale.unlink()
    return written


def _to_json(page: object) -> str:
    return json.dumps(page, cls=JSONEncoder, sort_keys=True, indent=2, ensure_ascii=False) + "\n"


def _write(target: Path, folder: str, uid: str, text: str) -> Path:
    path = target / folder / f"{uid}.json"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return path


if __name__ == "__main__":
    for path in write_dashboards(Path(sys.argv[1]) if len(sys.argv) > 1 else TARGET):
        sys.stdout.write(f"{path}\n")
