"""An OpenTelemetry Collector to measure beside the exporter, built from the module files in ``collector/``."""

import hashlib
import os
import tempfile
from pathlib import Path

from rich.console import Console
from servers import free_port, running, served_seconds

from watchkeeper.config.places import engine_cache
from watchkeeper.errors import EngineError
from watchkeeper.operator.standalone.commands import follow
from watchkeeper.operator.standalone.go_toolchain import find_go
from watchkeeper.operator.standalone.pins import go_line
from watchkeeper.operator.standalone.progress import Progress

_SOURCE = Path(__file__).resolve().parent / "collector"
_BUILT_FROM = ("main.go", "go.mod", "go.sum")


def built_collector() -> Path:
    """The program, built once for its sources; takes minutes then. Raises EngineError naming the fix."""
    digest = hashlib.sha256(b"".join((_SOURCE / name).read_bytes() for name in _BUILT_FROM)).hexdigest()[:12]
    cache = engine_cache(os.environ)
    program = cache.parent / "bench" / f"collector-{digest}"
    if program.is_file():
        return program
    program.parent.mkdir(parents=True, exist_ok=True)
    draft = program.with_name(f"{program.name}.{os.getpid()}")
    with Progress(Console(stderr=True)) as progress:
        go = find_go(go_line(_SOURCE / "go.mod"), cache=cache, environ=os.environ, progress=progress)
        progress.step("OpenTelemetry Collector: building from source")
        command = [str(go.program), "build", "-trimpath", "-ldflags", "-s -w", "-o", str(draft), "."]
        outcome = follow(command, folder=_SOURCE, environ=go.environ, on_line=lambda _: None)
    if outcome.code != 0:
        raise EngineError(f"the Collector cannot be built: {outcome.message}")
    return draft.replace(program)


def measure_collector(program: Path, warm_up: list[bytes], bodies: list[bytes]) -> float:
    """CPU seconds of the Collector for the bodies, warm; it writes every span to a file."""
    port = free_port()
    with tempfile.TemporaryDirectory(prefix="collector-") as folder:
        environ = {
            "OTLP_PORT": str(port),
            "METRICS_PORT": str(free_port()),
            "SPANS_FILE": str(Path(folder) / "spans.json"),
        }
        command = [str(program), "--config", str(_SOURCE / "collector.yml")]
        with running(command, f"http://127.0.0.1:{port}/", environ) as server:
            served_seconds(f"http://127.0.0.1:{port}/v1/traces", server.pid, warm_up)
            return served_seconds(f"http://127.0.0.1:{port}/v1/traces", server.pid, bodies)
