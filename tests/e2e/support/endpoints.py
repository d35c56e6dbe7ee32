"""Asking a running bundle the way its users do: by the published ports of its components."""

import time
from dataclasses import dataclass
from typing import Any

import httpx
from tests.e2e.support.payloads import Payload
from tests.e2e.support.waiting import eventually

# Prometheus writes scrapes at regular times where they began so near to these (scrape.timestamp-tolerance).
_ALIGNED_SECONDS = 0.002


@dataclass
class Endpoints:
    """Where the components of a bundle answer on this machine."""

    ports: dict[str, int]
    client: httpx.Client

    def url(self, component: str, path: str) -> str:
        """An address of a component."""
        return f"http://127.0.0.1:{self.ports[component]}{path}"

    def post(self, path: str, content: bytes, headers: dict[str, str]) -> httpx.Response:
        """Send bytes to the exporter; again while it is too busy to take them, as clients do."""

        def send() -> httpx.Response:
            return self.client.post(self.url("exporter", path), content=content, headers=headers)

        def taken() -> httpx.Response | None:
            again = send()
            return None if again.status_code == httpx.codes.TOO_MANY_REQUESTS else again

        answer = send()
        if answer.status_code != httpx.codes.TOO_MANY_REQUESTS:
            return answer
        return eventually("the exporter takes it", taken)

    def post_payload(self, payload: Payload) -> None:
        """Send a payload as its client did."""
        answer = self.post(payload.path, payload.body, payload.headers)
        assert answer.status_code == 200, answer.text

    def query(self, promql: str) -> list[tuple[dict[str, str], float]]:
        """Labels and value of every series that an instant query gives."""
        answer = self.client.get(self.url("prometheus", "/api/v1/query"), params={"query": promql}).json()
        assert answer["status"] == "success", answer
        return [(series["metric"], float(series["value"][1])) for series in answer["data"]["result"]]

    def lines(self, logql: str) -> list[dict[str, str]]:
        """Labels, metadata and parsed fields of the log lines of the last hours: a stack may serve many tests."""
        answer = self.client.get(
            self.url("loki", "/loki/api/v1/query_range"),
            params={"query": logql, "limit": "1000", "since": "6h"},
        ).json()
        return [
            stream["stream"] | {"line": line[1]} for stream in answer["data"]["result"] for line in stream["values"]
        ]

    def alerts(self) -> list[dict[str, Any]]:
        """What Alertmanager holds."""
        alerts: list[dict[str, Any]] = self.client.get(self.url("alertmanager", "/api/v2/alerts")).json()
        return alerts

    def let_prometheus_scrape(self) -> None:
        """Return when Prometheus has seen what the exporter says now, of several what each of them says.

        A scrape that was on its way already may have read what was said before, and one that a busy machine did not
        finish in its second has read nothing.
        """
        asked = time.time() + _ALIGNED_SECONDS
        eventually("Prometheus scrapes the exporter", lambda: self._last_scrape() > asked)

    def _last_scrape(self) -> float:
        """When the last scrape began; 0 while it is one that failed."""
        found = self.query('min(timestamp(up{job="exporter"}) * up{job="exporter"})')
        return found[0][1] if found else 0.0
