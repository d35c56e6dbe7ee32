"""What a page of any site can do to the running bundle from a browser on its machine, tried in Chromium: nothing."""

import json
import shutil
import subprocess
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from queue import Queue

import pytest
from tests.stack.box import Box
from tests.support.tools import CHROMIUM, need

SILENCE = {
    "matchers": [{"name": "alertname", "value": ".+", "isRegex": True, "isEqual": True}],
    "startsAt": "2026-01-01T00:00:00Z",
    "endsAt": "2126-01-01T00:00:00Z",
    "createdBy": "page",
    "comment": "everything",
}
ALERT = {"version": "4", "alerts": [{"status": "firing", "labels": {"alertname": "FromAPage"}}]}
EVENT = {"type": "llm_call", "service": "from-a-page", "provider": "openai", "model": "gpt-4o-mini"}
# Where a page posts to, as what: a browser asks first before it sends anything but text and forms.
POSTS: tuple[tuple[str, str, str, object], ...] = (
    ("PROMETHEUS_PORT", "/-/quit", "text/plain", ""),
    ("PROMETHEUS_PORT", "/-/reload", "text/plain", ""),
    ("PROMETHEUS_PORT", "/api/v1/admin/tsdb/delete_series?match[]=up", "text/plain", ""),
    ("ALERTMANAGER_PORT", "/api/v2/silences", "application/json", SILENCE),
    ("ALERTMANAGER_PORT", "/api/v2/silences", "text/plain", SILENCE),
    ("ALERTMANAGER_PORT", "/api/v2/alerts", "text/plain", ALERT["alerts"]),
    ("LOKI_PORT", "/loki/api/v1/delete?query={service=~%22.%2B%22}&start=0", "text/plain", ""),
    ("EXPORTER_PORT", "/v1/events", "text/plain", [EVENT]),
    ("EXPORTER_PORT", "/v1/alerts", "text/plain", ALERT),
)
READS = (
    ("PROMETHEUS_PORT", "/api/v1/query?query=up"),
    ("ALERTMANAGER_PORT", "/api/v2/alerts"),
    ("LOKI_PORT", "/loki/api/v1/labels"),
    ("EXPORTER_PORT", "/metrics"),
    ("ANALYZER_PORT", "/metrics"),
)
PAGE = """<script>
async function attempt({url, method, type, body}) {
  const sent = {method, ...(method === "POST" && {body, headers: {"Content-Type": type}})};
  const fire = {...sent, mode: type === "application/json" || method === "GET" ? "cors" : "no-cors"};
  try { await (await fetch(url, fire)).text(); return "answered"; } catch (error) { return "refused"; }
}
(async () => {
  const said = {};
  for (const one of %s) said[`${one.method} ${one.url}`] = await attempt(one);
  await fetch("/said", {method: "POST", body: JSON.stringify(said)});
})();
</script>"""


class Site(ThreadingHTTPServer):
    """Another site: one page, and what its script reports."""

    page = b""

    def __init__(self) -> None:
        self.said: Queue[dict[str, str]] = Queue()
        super().__init__(("127.0.0.1", 0), _Answer)


class _Answer(BaseHTTPRequestHandler):
    server: Site

    def do_GET(self) -> None:
        """Send the page."""
        self.send_response(200)
        self.send_header("Content-Type", "text/html")
        self.end_headers()
        self.wfile.write(self.server.page)

    def do_POST(self) -> None:
        """Take the report."""
        self.server.said.put(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
        self.send_response(204)
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@contextmanager
def opened_in_chromium(url: str, profile: Path) -> Iterator[None]:
    """Have a page open in a headless browser."""
    program = need(CHROMIUM)["chromium"]
    options = ("--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", f"--user-data-dir={profile}")
    with subprocess.Popen([program, *options, url], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as browser:
        try:
            yield
        finally:
            browser.terminate()
            browser.wait(10)
            shutil.rmtree(profile, ignore_errors=True)


@pytest.fixture(scope="module")
def said(running: Box, tmp_path_factory: pytest.TempPathFactory) -> Mapping[str, str]:
    """What became of each attempt, by method and address."""
    with Site() as site:
        threading.Thread(target=site.serve_forever, daemon=True).start()
        site.page = (PAGE % json.dumps(list(_attempts(running)))).encode()
        with opened_in_chromium(f"http://127.0.0.1:{site.server_port}/", tmp_path_factory.mktemp("profile") / "of"):
            answers = site.said.get(timeout=60)
        site.shutdown()
    return answers


def test_no_page_reads_anything(running: Box, said: Mapping[str, str]) -> None:
    """Numbers, lines and alerts stay where they are."""
    reads = {said[f"GET {_foreign(running, port, path)}"] for port, path in READS}

    assert reads == {"refused"}


def test_no_page_silences_or_raises_alerts(running: Box, said: Mapping[str, str]) -> None:
    """Alertmanager takes JSON only, and allows no other site to send it."""
    assert said[f"POST {_foreign(running, 'ALERTMANAGER_PORT', '/api/v2/silences')}"]
    assert running.get("ALERTMANAGER_PORT", "/api/v2/silences").json() == []
    alerts = running.get("ALERTMANAGER_PORT", "/api/v2/alerts").json()
    assert "FromAPage" not in {alert["labels"]["alertname"] for alert in alerts}


def test_no_page_ends_or_changes_an_engine(running: Box, said: Mapping[str, str]) -> None:
    """What would end or reload Prometheus, or delete from Loki, is not there."""
    assert said
    assert running.get("PROMETHEUS_PORT", "/-/ready").status_code == 200
    for path in ("/-/quit", "/-/reload"):
        assert running.post("PROMETHEUS_PORT", path).status_code == 403
    assert running.post("LOKI_PORT", POSTS[6][1]).status_code >= 400
    assert running.get("LOKI_PORT", "/ready").status_code == 200


def test_no_page_counts_a_call_or_writes_an_alert(running: Box, said: Mapping[str, str]) -> None:
    """The exporter refuses what other sites send before it reads it."""
    assert said
    exposition = running.get("EXPORTER_PORT", "/metrics").text

    assert "from-a-page" not in exposition
    assert "FromAPage" not in exposition
    assert 'http_requests_total{method="POST",route="unmatched",status="403"}' in exposition


def _attempts(box: Box) -> Iterator[dict[str, str]]:
    for port, path, kind, content in POSTS:
        body = content if isinstance(content, str) else json.dumps(content)
        yield {"url": _foreign(box, port, path), "method": "POST", "type": kind, "body": body}
    for port, path in READS:
        yield {"url": _foreign(box, port, path), "method": "GET", "type": "", "body": ""}


def _foreign(box: Box, port: str, path: str) -> str:
    """The same machine under another name is another site."""
    return box.url(port, path).replace("127.0.0.1", "localhost")
