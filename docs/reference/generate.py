"""Write the reference pages from the code they describe; the same code gives the same bytes.

Run as ``python -m docs.reference.generate [folder]`` from the project's root.
"""

import sys
from collections.abc import Callable
from pathlib import Path

from docs.reference import (
    alert_page,
    client_page,
    config_page,
    dashboard_page,
    dialect_page,
    drift_page,
    event_page,
    explained_page,
    measured_page,
    message_page,
    metric_page,
    packs_page,
    price_page,
    runbook_index,
    scenarios_page,
    schema_file,
    since_template,
    symptoms_page,
)

TARGET = Path(__file__).parent
PAGES: dict[str, Callable[[], str]] = {
    "alerts.md": alert_page.render,
    "alerts-measured.md": measured_page.render,
    "configuration.md": config_page.render,
    "dialects.md": dialect_page.render,
    "drift.md": drift_page.render,
    "events.md": event_page.render,
    "explained-changes.md": explained_page.render,
    "messages.md": message_page.render,
    "metrics.md": metric_page.render,
    "packs.md": packs_page.render,
    "prices.md": price_page.render,
    "scenarios.md": scenarios_page.render,
    "symptoms.md": symptoms_page.render,
    "watchkeeper.schema.json": schema_file.render,
}


def write_pages(target: Path) -> list[Path]:
    """Write every page below ``target`` and return what was written."""
    written = []
    for name, render in PAGES.items():
        path = target / name
        path.write_text(render(), encoding="utf-8")
        written.append(path)
    return written


def write_others() -> list[Path]:
    """Write what lies outside of the reference: client libraries, dashboards, runbooks, a template; return where."""
    pages = {
        client_page.ROOT / "docs" / "runbooks" / "README.md": runbook_index.render(),
        client_page.ROOT / "docs" / "how-to" / "instrumentations.md": client_page.render(),
        client_page.ROOT / "README.md": dashboard_page.into_readme(client_page.render_readme()),
        client_page.ROOT / "docs" / "dashboards.md": dashboard_page.render(),
        since_template.TARGET: since_template.render(),
    }
    for path, text in pages.items():
        path.write_text(text, encoding="utf-8")
    return list(pages)


if __name__ == "__main__":
    for written in write_pages(Path(sys.argv[1]) if len(sys.argv) > 1 else TARGET):
        sys.stdout.write(f"{written}\n")
    if len(sys.argv) == 1:
        for written in write_others():
            sys.stdout.write(f"{written}\n")
