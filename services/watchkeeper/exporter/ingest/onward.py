"""The seam to whoever passes requests on: the routes offer, and never learn where it goes."""

from typing import Protocol

from watchkeeper.config.forward import Signal
from watchkeeper.exporter.ingest.otlp_metrics import Guarded


class Onward(Protocol):
    """Takes decodable requests to pass on; never waits."""

    def pass_on(self, signal: Signal, body: bytes, media_type: str, via: str, /) -> int:
        """Queue a body, decompressed; ``via`` is the request's Via header. Return for how many it is queued."""
        ...

    def take_metrics(self, guarded: Guarded, via: str, /) -> None:
        """Count what was left out of a metrics request, and pass the rest on."""
        ...
