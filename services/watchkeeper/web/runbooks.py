"""The runbooks, served by the exporter itself, so that the link in an alert works without the internet."""

import re
from pathlib import Path

from fastapi import APIRouter
from fastapi.responses import HTMLResponse
from jinja2 import Environment
from markdown_it import MarkdownIt

_ALERT_NAME = re.compile(r"[A-Za-z][A-Za-z0-9]{0,99}\Z")


def runbook_router(directory: Path | None, templates: Environment) -> APIRouter:
    """Return the routes for the Markdown files ``<AlertName>.md`` in ``directory``."""
    router = APIRouter(tags=["runbooks"])
    markdown = MarkdownIt("commonmark", {"html": False}).enable("table")
    page = templates.get_template("runbook.html")

    def names() -> list[str]:
        return sorted(file.stem for file in directory.glob("*.md") if _ALERT_NAME.match(file.stem)) if directory else []

    @router.get("/runbooks/", response_class=HTMLResponse)
    async def index() -> str:
        """All runbooks."""
        links = "\n".join(f"- [{name}](/runbooks/{name})" for name in names()) or "No runbooks are installed."
        return page.render(title="Runbooks", body=markdown.render(f"# Runbooks\n\n{links}"))

    @router.get("/runbooks/{alert}", response_class=HTMLResponse)
    async def runbook(alert: str) -> HTMLResponse:
        """One runbook by the name of its alert."""
        if directory is None or alert not in names():
            text = "# No such runbook\n\nThere is no alert of this name. [All runbooks](/runbooks/)"
            return HTMLResponse(page.render(title="No such runbook", body=markdown.render(text)), 404)
        text = (directory / f"{alert}.md").read_text("utf-8")
        return HTMLResponse(page.render(title=alert, body=markdown.render(text)))

    return router
