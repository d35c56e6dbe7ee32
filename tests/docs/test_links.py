import re
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from tests.support.documents import PAGES, ROOT, anchors, code, links, page_name
from tests.support.panels import load_dashboards


@pytest.mark.parametrize("page", PAGES, ids=page_name)
def test_links_inside_the_project_lead_somewhere(page: Path) -> None:
    """A link to a file names a file that is there, and its anchor a heading of that file."""
    for link in links(page):
        target = urlsplit(link)
        if target.scheme:
            continue
        file = (page.parent / target.path).resolve() if target.path else page
        if page.parent.name == "runbooks" and not file.suffix:
            # Runbooks are read where the exporter serves them, without the ending of the file.
            file = file.with_suffix(".md")
        assert file.exists(), f"{file.relative_to(ROOT)} is missing: {page_name(page)} links to it"
        assert not target.fragment or target.fragment in anchors(file), link


@pytest.mark.parametrize("page", PAGES, ids=page_name)
def test_links_to_dashboards_lead_to_one(page: Path) -> None:
    """An address of Grafana names a dashboard that is provisioned."""
    uids = re.findall(r"localhost:3000/d/([\w-]+)", page.read_text(encoding="utf-8"))

    assert set(uids) <= set(load_dashboards())


@pytest.mark.parametrize("page", PAGES, ids=page_name)
def test_paths_in_code_exist(page: Path) -> None:
    """A path of the project in inline code is there; the folder is, where the name is the reader's to choose."""
    rooms = {path.name for path in ROOT.iterdir() if path.is_dir() and not path.name.startswith(".")}
    for text in code(page):
        for path in re.findall(r"(?:^|\s)((?:\w[\w-]*/)[\w./<>*-]*)(?=\s|$)", text):
            if path.split("/")[0] in rooms and not (ROOT / path).is_dir():
                known = re.split(r"[^/]*[<*]", path)[0]
                assert (ROOT / known).exists() or path.startswith("secrets/"), path
