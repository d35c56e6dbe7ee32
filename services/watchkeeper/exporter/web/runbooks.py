"""The runbooks, served by the exporter itself, so that the link in an alert works without the internet."""

import re
from pathlib import Path

from fastapi import APIRouter
from fastapi.responses import HTMLResponse
from jinja2 import Environment
from markdown_it import MarkdownIt

from watchkeeper.exporter.web.query_links import QueryLink, link_queries

_ALERT_NAME = re.compile(r"(?!README\Z)[A-Za-z][A-Za-z0-9]{0,99}\Z")
_LINK_TO_FILE = re.compile(r"\]\(([A-Za-z0-9]+)\.md\)")
_NOTICE = re.compile(r"<!--.*?-->\n*", re.DOTALL)


def shipped_runbooks() -> Path | None:
    """docs/runbooks of the checkout this package runs from, if it does."""
    directory = Path(__file__).parents[4] / "docs" / "runbooks"
    return directory if directory.is_dir() else None


def runbook_names(directory: Path | None) -> list[str]:
    """The alerts that have a runbook in a folder."""
    return sorted(file.stem for file in directory.glob("*.md") if _ALERT_NAME.match(file.stem)) if directory else []


def runbook_router(directory: Path | None, templates: Environment, link: QueryLink) -> APIRouter:
    """Return the routes for the Markdown files ``<AlertName>.md`` in ``directory``; ``link`` leads to their queries."""
    router = APIRouter(tags=["runbooks"])
    markdown = MarkdownIt("commonmark", {"html": False}).enable("table")
    link_queries(markdown, link)
    page = templates.get_template("runbook.html")

    @router.get("/runbooks", response_class=HTMLResponse)
    async def index() -> str:
        """All runbooks, by topic."""
        return page.render(title="Runbooks", body=markdown.render(_listed(directory, runbook_names(directory))))

    @router.get("/runbooks/{alert}", response_class=HTMLResponse)
    async def runbook(alert: str) -> HTMLResponse:
        """One runbook by the name of its alert."""
        if directory is None or alert not in runbook_names(directory):
            text = "# No such runbook\n\nThere is no alert of this name. [All runbooks](/runbooks/)"
            return HTMLResponse(page.render(title="No such runbook", body=markdown.render(text)), 404)
        text = (directory / f"{alert}.md").read_text("utf-8")
        return HTMLResponse(page.render(title=alert, body=markdown.render(text)))

    return router


def _listed(directory: Path | None, names: list[str]) -> str:
    """The folder's own list, whose links to files become links to pages, and below it what it does not name."""
    file = directory / "README.md" if directory else None
    text = file.read_text("utf-8") if file and file.is_file() else "# Runbooks\n"
    text = _NOTICE.sub("", _LINK_TO_FILE.sub(r"](/runbooks/\1)", text))
    left = [f"- [{name}](/runbooks/{name})" for name in names if f"](/runbooks/{name})" not in text]
    return "\n".join([text, *(left if names else ["No runbooks are installed."])])
