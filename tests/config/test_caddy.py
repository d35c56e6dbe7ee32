"""The door of the profile `tls`, on a real Caddy: who comes through, and where to."""

import contextlib
import os
import subprocess
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import httpx
import pytest
from tests.e2e.support.waiting import eventually
from tests.support.ports import free_port
from tests.support.tools import CADDY, need

ROOT = Path(__file__).parents[2]
PASSWORD = "a long password"


class Upstream(BaseHTTPRequestHandler):
    """Answers with its name and what it received of the login."""

    def do_GET(self) -> None:
        """Report."""
        self.send_response(200)
        self.send_header("X-Login", self.headers.get("Authorization", "none"))
        self.end_headers()
        self.wfile.write(self.server.server_name.encode())  # type: ignore[attr-defined]

    do_POST = do_GET  # noqa: N815 http.server names it

    def log_message(self, *_: Any) -> None:
        """Say nothing."""


@contextlib.contextmanager
def upstream(name: str) -> Iterator[str]:
    """A server in the place of a part of the stack."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), Upstream)
    server.server_name = name
    Thread(target=server.serve_forever, daemon=True).start()
    yield f"127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


@pytest.fixture(scope="module")
def door(tmp_path_factory: pytest.TempPathFactory) -> Iterator[httpx.Client]:
    """Caddy on the shipped file, with free ports and without asking anyone for a certificate."""
    program = need(CADDY)["caddy"]
    folder = tmp_path_factory.mktemp("caddy")
    ports = {"https": free_port(), "health": free_port()}
    hashed = subprocess.run([program, "hash-password", "--plaintext", PASSWORD], capture_output=True, check=True)
    (folder / "logins").write_text(f"alice {hashed.stdout.decode()}")
    with upstream("exporter") as exporter, upstream("grafana") as grafana:
        text = (ROOT / "caddy" / "Caddyfile").read_text()
        changes = {
            "/run/secrets/caddy/logins": str(folder / "logins"),
            "exporter:4318": exporter,
            "grafana:3000": grafana,
            ":8080": f":{ports['health']}",
            "{$WATCHKEEPER_DOMAIN:localhost}": f"https://localhost:{ports['https']}",
            "\tadmin off\n": "\tadmin off\n\tlocal_certs\n\tauto_https disable_redirects\n",
        }
        for shipped, here in changes.items():
            assert shipped in text
            text = text.replace(shipped, here)
        (folder / "Caddyfile").write_text(text)
        environ = {"PATH": os.environ["PATH"], "HOME": str(folder), "XDG_DATA_HOME": str(folder)}
        command = [program, "run", "--config", str(folder / "Caddyfile"), "--adapter", "caddyfile"]
        url = f"https://localhost:{ports['https']}"
        with (
            # Its certificate of its own making comes a moment later than its health.
            running(command, environ, folder / "log", [f"http://127.0.0.1:{ports['health']}/", url]),
            # A password is compared slowly, on purpose.
            httpx.Client(base_url=url, verify=False, trust_env=False, timeout=60) as client,
        ):
            yield client


@contextlib.contextmanager
def running(command: list[str], environ: dict[str, str], log: Path, urls: list[str]) -> Iterator[None]:
    """Run Caddy until the block ends, and wait until all URLs answer; one that does not start says why."""
    with (
        log.open("wb") as said,
        subprocess.Popen(command, cwd=log.parent, env=environ, stdout=said, stderr=said) as caddy,
    ):
        try:
            eventually("Caddy answers", lambda: all(map(_answers, urls)) or caddy.poll() is not None)
            assert caddy.poll() is None, log.read_text(encoding="utf-8")
            yield
        finally:
            caddy.terminate()


def _answers(url: str) -> bool:
    with contextlib.suppress(httpx.TransportError):
        return bool(httpx.get(url, verify=False, trust_env=False).status_code)
    return False


@pytest.mark.parametrize(
    ("request_line", "headers", "status", "reached"),
    [
        ("POST /v1/traces", {}, 401, ""),
        ("POST /v1/events", {"Authorization": "Bearer wk_x"}, 200, "exporter"),
        ("POST /v1/budget/check", {"Authorization": "Bearer wk_x"}, 200, "exporter"),
        ("POST /api/public/ingestion", {"Authorization": "Basic eDp5"}, 200, "exporter"),
        ("GET /", {}, 401, ""),
        ("GET /runbooks/LLMErrorRateHigh", {}, 401, ""),
        ("GET /metrics", {"Authorization": "Bearer wk_x"}, 401, ""),
        ("POST /v1/alerts", {"Authorization": "Bearer wk_x"}, 401, ""),
    ],
    ids=[
        "telemetry without a token",
        "telemetry with one",
        "a gateway's question with one",
        "Langfuse's SDK",
        "a person without a login",
        "a runbook without a login",
        "a token is no login",
        "no one but Alertmanager writes alerts",
    ],
)
def test_who_comes_through(
    door: httpx.Client, request_line: str, headers: dict[str, str], status: int, reached: str
) -> None:
    """Apps with a token reach the exporter's intake, and nothing else without a login reaches anything."""
    answer = door.request(*request_line.split(), headers=headers)

    assert answer.status_code == status
    assert reached in answer.text


@pytest.mark.parametrize(("path", "reached"), [("/d/llm-overview", "grafana"), ("/runbooks/", "exporter")])
def test_a_login_leads_to_grafana_and_runbooks(door: httpx.Client, path: str, reached: str) -> None:
    """Grafana does not receive the login, which it would take for one of its own."""
    answer = door.get(path, auth=("alice", PASSWORD))

    assert answer.text == reached
    assert reached != "grafana" or answer.headers["X-Login"] == "none"


def test_a_wrong_password_is_none(door: httpx.Client) -> None:
    """The hash is compared."""
    assert door.get("/", auth=("alice", "guessed")).status_code == 401
