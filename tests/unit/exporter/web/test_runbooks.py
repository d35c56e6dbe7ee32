import json
import re
from collections.abc import Iterator
from html import unescape
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
from tests.support.exporter import ExporterInTest, run_exporter


@pytest.fixture
def exporter(tmp_path: Path) -> Iterator[ExporterInTest]:
    """An exporter with two runbooks, and files beside them that are none of anyone's business."""
    directory = tmp_path / "runbooks"
    directory.mkdir()
    (directory / "LLMErrorRateHigh.md").write_text(
        "# Many calls fail\n\n| a | b |\n|---|---|\n| 1 | 2 |\n\n<script>alert(1)</script>\n"
    )
    (directory / "Watchdog.md").write_text("# All is well\n")
    (directory / "not a name.md").write_text("# No\n")
    (tmp_path / "secret.md").write_text("# Secret\n")
    with run_exporter({"WATCHKEEPER_RUNBOOKS": str(directory)}) as running:
        yield running


def test_a_runbook_is_a_page(exporter: ExporterInTest) -> None:
    """Markdown becomes HTML, tables too."""
    response = exporter.client.get("/runbooks/LLMErrorRateHigh")

    assert (response.status_code, response.headers["content-type"]) == (200, "text/html; charset=utf-8")
    assert "<h1>Many calls fail</h1>" in response.text
    assert "<td>1</td>" in response.text


def test_a_runbook_brings_no_script(exporter: ExporterInTest) -> None:
    """HTML in a runbook is shown, not run."""
    assert "<script>" not in exporter.client.get("/runbooks/LLMErrorRateHigh").text


QUERIES = """# Busy

```promql
sum by (model) (rate(llm_requests_total[5m])) > 0
```

```logql
{service="a", event=~".+"} | json
```

```console
make status
```
"""


def links_of(environ: dict[str, str], directory: Path) -> list[str]:
    """Where the queries of a runbook lead."""
    directory.mkdir()
    (directory / "Busy.md").write_text(QUERIES)
    with run_exporter({"WATCHKEEPER_RUNBOOKS": str(directory), **environ}) as exporter:
        page = exporter.client.get("/runbooks/Busy").text
    return [unescape(url) for url in re.findall(r'<p class="run"><a href="([^"]*)"', page)]


def test_queries_lead_to_grafana(tmp_path: Path) -> None:
    """One click at night instead of copying; each to the source that speaks its language."""
    urls = links_of({"GRAFANA_URL": "https://grafana.example"}, tmp_path / "runbooks")

    panes = [json.loads(parse_qs(urlsplit(url).query)["panes"][0])["a"] for url in urls]
    assert [url.partition("?")[0] for url in urls] == ["https://grafana.example/explore"] * 2
    assert [pane["datasource"] for pane in panes] == ["watchkeeper-prometheus", "watchkeeper-loki"]
    assert [pane["queries"][0]["expr"] for pane in panes] == [
        "sum by (model) (rate(llm_requests_total[5m])) > 0",
        '{service="a", event=~".+"} | json',
    ]


@pytest.mark.parametrize("environ", [{}, {"WATCHKEEPER_PROMETHEUS_URL": "http://127.0.0.1:9090/"}])
def test_without_a_grafana_queries_have_no_link(environ: dict[str, str], tmp_path: Path) -> None:
    """They can still be copied; a Prometheus that was built here has no page to lead to."""
    assert links_of(environ, tmp_path / "runbooks") == []


def test_the_list_of_runbooks(exporter: ExporterInTest) -> None:
    """All runbooks are linked, in order, and nothing else."""
    page = exporter.client.get("/runbooks/").text

    assert page.index('href="/runbooks/LLMErrorRateHigh"') < page.index('href="/runbooks/Watchdog"')
    assert "not a name" not in page


def test_the_list_by_topic_is_the_folders_own(tmp_path: Path) -> None:
    """Its links lead to pages; what it does not name is below it, and it is no runbook itself."""
    (tmp_path / "README.md").write_text("# Runbooks\n\n<!-- made -->\n\n## Calls\n\n- [Known](Known.md): It is.\n")
    for name in ("Known", "Other"):
        (tmp_path / f"{name}.md").write_text(f"# {name}\n")
    with run_exporter({"WATCHKEEPER_RUNBOOKS": str(tmp_path)}) as exporter:
        page = exporter.client.get("/runbooks/").text

        assert exporter.client.get("/runbooks/README").status_code == 404
    assert page.index("<h2>Calls</h2>") < page.index('href="/runbooks/Known"') < page.index('href="/runbooks/Other"')
    assert page.count('href="/runbooks/Known"') == 1
    assert "made" not in page


@pytest.mark.parametrize(
    "name",
    [
        "Unknown",
        "llmerrorratehigh",
        "..%2Fsecret",
        "%2e%2e%2fsecret",
        "..%5Csecret",
        "LLMErrorRateHigh.md",
        "not%20a%20name",
        "%00",
        "LLMErrorRateHigh%00.md",
        "A" * 5000,
        "%2Fetc%2Fpasswd",
        "<script>",
    ],
)
def test_what_is_no_runbook_is_404(name: str, exporter: ExporterInTest) -> None:
    """An unknown name, and every way out of the directory."""
    response = exporter.client.get(f"/runbooks/{name}")

    assert response.status_code == 404
    assert "Secret" not in response.text
    assert "<script>" not in response.text


def test_an_exporter_without_runbooks(tmp_path: Path) -> None:
    """A directory that is not there is an empty list."""
    with run_exporter({"WATCHKEEPER_RUNBOOKS": str(tmp_path / "nowhere")}) as exporter:
        assert "No runbooks are installed" in exporter.client.get("/runbooks/").text
        assert exporter.client.get("/runbooks/Watchdog").status_code == 404
