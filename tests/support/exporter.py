"""The whole exporter in this process, without a socket: requests in, metrics and log lines out."""

import io
import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from prometheus_client.parser import text_string_to_metric_families
from prometheus_client.samples import Sample
from starlette.testclient import TestClient

PROTOBUF = {"content-type": "application/x-protobuf"}
JSON = {"content-type": "application/json"}


class ExporterInTest:
    """A started exporter; ``lines`` are complete once it has stopped."""

    def __init__(self, client: TestClient, stream: io.BytesIO) -> None:
        self.client = client
        self._stream = stream

    def exposition(self, accept: str = "text/plain") -> str:
        """What a scrape gets."""
        return self.client.get("/metrics", headers={"accept": accept, "accept-encoding": "identity"}).text

    def samples(self, name: str = "") -> list[Sample]:
        """The samples of a scrape, all or those of one name."""
        families = text_string_to_metric_families(self.exposition())
        return [sample for family in families for sample in family.samples if name in ("", sample.name)]

    def value(self, name: str, **labels: str) -> float:
        """The sum of a metric's samples that have these labels."""
        return sum(sample.value for sample in self.samples(name) if labels.items() <= sample.labels.items())

    def lines(self, event: str = "") -> list[dict[str, Any]]:
        """The log lines so far, all or those of one event."""
        lines = [json.loads(line) for line in self._stream.getvalue().splitlines()]
        return [line for line in lines if event in ("", line["event"])]

    def post_events(self, *events: Mapping[str, Any]) -> Any:
        """Send native events and return the reply's JSON."""
        return self.client.post("/v1/events", json=events).json()


@contextmanager
def run_exporter(environ: Mapping[str, str] | None = None, config: Path | None = None) -> Iterator[ExporterInTest]:
    """Start an exporter and stop it at the end."""
    from watchkeeper.config import load_config
    from watchkeeper.exporter.app import build_app

    stream = io.BytesIO()
    app = build_app(load_config(config, environ or {}), stream)
    with TestClient(app) as client:
        yield ExporterInTest(client, stream)
