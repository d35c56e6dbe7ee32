"""Run an app in an environment of its own, made of the packages of its row and thrown away after."""

import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from shutil import rmtree

from tests.clients.fake_provider import FakeProvider
from tests.clients.table import AS_OF, FOLDER, Client

ROOT = FOLDER.parents[1]
APPS = FOLDER / "apps"
# Installing with a cold cache included; a warm one takes seconds.
_LIMIT_SECONDS = 240
_KEPT = ("PATH", "HOME", "TMPDIR", "LANG", "SSL_CERT_FILE", "XDG_CACHE_HOME", "UV_CACHE_DIR", "npm_config_cache")


def run_app(client: Client, provider: FakeProvider, endpoint: str, directory: Path) -> str:
    """Run the client's app in ``directory`` and return what it said; raises when it fails or takes too long."""
    environ = {
        **{name: os.environ[name] for name in _KEPT if name in os.environ},
        **settings(provider.address),
        client.endpoint: endpoint,
    }
    if client.app.endswith(".py"):
        return _run(_python(client), environ, directory)
    try:
        return _run(_node(client, environ, directory), environ, directory)
    finally:
        # The packages of a coding agent take up to 400 MB.
        rmtree(directory / "node_modules", ignore_errors=True)


def _python(client: Client) -> list[str]:
    uv = os.environ.get("UV") or str(ROOT / ".tools" / "uv" / "bin" / "uv")
    # The interpreter below the project's environment: what is installed there must not help an app.
    python = str(Path(sys.base_prefix) / "bin" / "python3")
    packages = [argument for package in client.packages for argument in ("--with", package)]
    options = ["--quiet", "--no-project", "--isolated", "--python", python, "--exclude-newer", AS_OF]
    return [uv, "run", *options, *packages, *client.run.split(), "python", str(APPS / client.app)]


def _node(client: Client, environ: Mapping[str, str], directory: Path) -> list[str]:
    (directory / "package.json").write_text('{"type": "module"}', encoding="utf-8")
    app = directory / client.app
    app.write_text((APPS / client.app).read_text(encoding="utf-8"), encoding="utf-8")
    quiet = ["--no-audit", "--no-fund", "--prefer-offline", f"--before={AS_OF}"]
    _run(["npm", "install", *quiet, *client.packages], environ, directory)
    return ["node" if client.app.endswith(".mjs") else "sh", str(app)]


def _run(command: list[str], environ: Mapping[str, str], directory: Path) -> str:
    done = subprocess.run(
        command, cwd=directory, env=environ, capture_output=True, text=True, check=False, timeout=_LIMIT_SECONDS
    )
    assert done.returncode == 0, f"{' '.join(command)}\n{done.stdout}\n{done.stderr}"
    return done.stdout + done.stderr


def settings(provider_address: str) -> dict[str, str]:
    """Return the variables that every app gets beside the address of the exporter."""
    return {
        "UV_PYTHON_DOWNLOADS": "never",
        "UV_SYSTEM_CERTS": "true",
        "OPENAI_BASE_URL": f"{provider_address}/v1",
        "OPENAI_API_KEY": "sk-of-nobody",
        "ANTHROPIC_BASE_URL": provider_address,
        "GEMINI_BASE_URL": provider_address,
        "ANTHROPIC_API_KEY": "sk-ant-of-nobody",
        "OTEL_EXPORTER_OTLP_PROTOCOL": "http/protobuf",
        "OTEL_EXPORTER": "otlp_http",
        "OTEL_SERVICE_NAME": "my-app",
        "LANGFUSE_PUBLIC_KEY": "any",
        "LANGFUSE_SECRET_KEY": "any",
        # No library may send news of its own use, or wait for what it cannot reach.
        "TRACELOOP_TELEMETRY": "false",
        "OPENAI_AGENTS_DISABLE_TELEMETRY": "1",
        "DO_NOT_TRACK": "1",
        "LITELLM_LOCAL_MODEL_COST_MAP": "True",
    }
