"""Where OTLP goes on to: what watchkeeper.yml names, and the stack's own Prometheus for metrics."""

from watchkeeper.config import Config
from watchkeeper.config.forward import RESERVED_DESTINATION
from watchkeeper.exporter.sinks.forward import Destination


def destinations(config: Config) -> list[Destination]:
    """Return every destination with the headers it needs."""
    found = [
        Destination(
            headers=config.forward_headers[forward.name],
            audited=forward.audited,
            audited_after_seconds=forward.audit.after_seconds if forward.audit else 0.0,
            **forward.model_dump(exclude={"headers_file", "audit"}),
        )
        for forward in config.file.forward
    ]
    if prometheus := config.dependencies.get("prometheus"):
        endpoint = f"{prometheus}/api/v1/otlp"
        found.append(Destination(name=RESERVED_DESTINATION, endpoint=endpoint, signals=("metrics",)))
    return found
