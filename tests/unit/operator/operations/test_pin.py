"""Digests come from a registry that speaks the OCI distribution API, here one of our own."""

import hashlib
import json
import re
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import httpx
import pytest

from watchkeeper.errors import OperationError
from watchkeeper.operator.operations.pin import pin_images, pulled_images
from watchkeeper.operator.operations.registry import Registry
from watchkeeper.operator.standalone.image_reference import ImageReference, parse_reference

MANIFEST = b'{"schemaVersion": 2}'
DIGEST = f"sha256:{hashlib.sha256(MANIFEST).hexdigest()}"
PROJECT = Path(__file__).resolve().parents[4]

COMPOSE = """x-images:
  own: &own example/own:1.0.0
  engine: &engine prom/engine:v1.2.3  # a comment
  store: &store grafana/store:3.0.0
services:
  own: {image: *own, build: {context: .}}
  engine: {image: *engine}
"""


class FakeRegistry(BaseHTTPRequestHandler):
    """Gives manifests to who brings the token that /token gives; some repositories simulate failures on purpose."""

    def do_GET(self) -> None:
        """Answer as a registry does."""
        if self.path.startswith("/token"):
            self._answer(200, json.dumps({"token": "for-anybody"}).encode())
        elif self.headers["authorization"] != "Bearer for-anybody":
            realm = f'Bearer realm="http://{self.headers["host"]}/token",service="fake",scope="pull"'
            self._answer(401, b"", {"www-authenticate": realm})
        elif "/gone/" in self.path:
            self._answer(404, b"")
        elif "/odd/" in self.path:
            self._answer(200, MANIFEST, {"docker-content-digest": "md5:0"})
        else:
            self._answer(200, MANIFEST, {} if "/silent/" in self.path else {"docker-content-digest": DIGEST})

    def _answer(self, status: int, body: bytes, headers: dict[str, str] | None = None) -> None:
        self.send_response(status)
        for name, value in {**(headers or {}), "content-length": str(len(body))}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture
def registry() -> Iterator[Registry]:
    """A registry on this machine, whatever host an image names."""
    with ThreadingHTTPServer(("127.0.0.1", 0), FakeRegistry) as server, httpx.Client(trust_env=False) as client:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield Registry(client, lambda _host: f"http://127.0.0.1:{server.server_port}")
        server.shutdown()


def image(name: str) -> ImageReference:
    """An image of that name."""
    return ImageReference(name=name, tag="v1.2.3")


@pytest.mark.parametrize("name", ["prom/engine", "silent/engine"], ids=["it says its digest", "it is counted here"])
def test_a_digest_is_found_with_a_token_for_anyone(registry: Registry, name: str) -> None:
    """A refusal that says where a token is to be had is followed."""
    assert registry.digest_of(image(name)) == DIGEST


@pytest.mark.parametrize(
    ("name", "reported"),
    [
        pytest.param("gone/engine", "registry-1.docker.io has no gone/engine:v1.2.3", id="unknown"),
        pytest.param("odd/engine", "gives no sha256 digest for odd/engine:v1.2.3, got md5:0", id="odd"),
    ],
)
def test_what_a_registry_cannot_report_is_a_sentence(registry: Registry, name: str, reported: str) -> None:
    """The sentence names the image."""
    with pytest.raises(OperationError, match=re.escape(reported)):
        registry.digest_of(image(name))


def test_digests_are_written_behind_versions_and_nothing_else_changes(registry: Registry, tmp_path: Path) -> None:
    """The image that is built here keeps its tag; a second run changes nothing."""
    file = tmp_path / "docker-compose.yml"
    file.write_text(COMPOSE.replace("  # a comment", ""))

    pinned = pin_images(tmp_path, registry.digest_of)
    once = file.read_text()
    pin_images(tmp_path, registry.digest_of)

    assert [str(item.image) for item in pinned] == ["prom/engine:v1.2.3", "grafana/store:3.0.0"]
    assert once.replace(f"@{DIGEST}", "") == COMPOSE.replace("  # a comment", "")
    assert once.count(DIGEST) == 2
    assert file.read_text() == once


def test_a_registry_out_of_reach_leaves_the_file_alone(tmp_path: Path) -> None:
    """The reason names the registry."""
    file = tmp_path / "docker-compose.yml"
    file.write_text(COMPOSE)

    with httpx.Client(trust_env=False) as client:
        pinned = pin_images(tmp_path, Registry(client, lambda _host: "http://127.0.0.1:1").digest_of)

    assert file.read_text() == COMPOSE
    assert all(item.reason.startswith("registry-1.docker.io cannot be reached: ") for item in pinned)


@pytest.mark.parametrize(
    ("text", "registry", "repository"),
    [
        ("caddy:2.10.2", "registry-1.docker.io", "library/caddy"),
        ("prom/prometheus:v3.13.5", "registry-1.docker.io", "prom/prometheus"),
        ("ghcr.io/google/cadvisor:v0.60.5", "ghcr.io", "google/cadvisor"),
        (f"localhost:5000/a/b:1.0@{DIGEST}", "localhost:5000", "a/b"),
    ],
    ids=["an official image", "of Docker Hub", "of another registry", "of a local one, with a digest"],
)
def test_where_an_image_is_asked_for(text: str, registry: str, repository: str) -> None:
    """The host and the path follow from the name, and the reference is written as it was read."""
    reference = parse_reference(text)

    assert reference
    assert (reference.registry, reference.repository) == (registry, repository)
    assert str(reference) == text


def test_every_shipped_image_can_be_pinned() -> None:
    """Each line of x-images but our own is one that a registry is asked for."""
    text = (PROJECT / "docker-compose.yml").read_text()
    block = re.search(r"^x-images:\n((?:  .*\n)+)", text, re.MULTILINE)

    assert block
    lines = [line for line in block[1].splitlines() if not line.strip().startswith("#")]
    assert len(pulled_images(text)) == len([line for line in lines if " watchkeeper/" not in line])
