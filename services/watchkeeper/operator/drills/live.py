"""The running stack as a drill sees it: write samples and lines, ask the engines and the exporter."""

import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import httpx
from prometheus_client.parser import text_string_to_metric_families

from watchkeeper.errors import EngineAwayError, WatchkeeperError
from watchkeeper.operator.drills.remote_write import HEADERS, Samples, encode

_DRILL_METRIC = "watchkeeper_drill_timestamp_seconds"
# Who evaluates rules, and where it reports what it thinks of them; Loki answers as Prometheus does.
_API = {"prometheus": "/api/v1", "loki": "/prometheus/api/v1"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """A rule as its engine runs it; times in seconds."""

    name: str
    expression: str
    labels: Mapping[str, str]
    interval_seconds: float = 0.0
    for_seconds: float = 0.0
    keep_firing_seconds: float = 0.0


class LiveStack:
    """Prometheus, Loki, Alertmanager and exporter at their addresses; ``urls`` has one for each of the four names.

    A ``judge`` is who runs the rule: prometheus or loki.
    """

    def __init__(self, client: httpx.AsyncClient, urls: Mapping[str, str]) -> None:
        self._client = client
        self._urls = urls

    async def write(self, series: Iterable[tuple[dict[str, str], Samples]]) -> None:
        """Give Prometheus samples, old ones too."""
        url = f"{self._urls['prometheus']}/api/v1/write"
        await self._answer("POST", url, content=encode(series), headers=HEADERS)

    async def push(self, labels: Mapping[str, str], metadata: Mapping[str, str], lines: Sequence[str]) -> None:
        """Give Loki lines of now, as Promtail does; each is a nanosecond younger than the one before."""
        now = time.time_ns()
        values = [[str(now + number), line, dict(metadata)] for number, line in enumerate(lines)]
        body = {"streams": [{"stream": dict(labels), "values": values}]}
        await self._answer("POST", f"{self._urls['loki']}/loki/api/v1/push", json=body)

    async def rules(self, kind: str, judge: str = "prometheus") -> list[Rule]:
        """The rules that run, in the order of their files; ``kind`` is alert or record."""
        answer = await self._ask(judge, f"{_API[judge]}/rules", {"type": kind})
        return [_rule(rule, group) for group in answer["data"]["groups"] for rule in group["rules"]]

    async def history(self, query: str, start: float, end: float, step: float) -> list[dict[str, Any]]:
        """Every series that a query gives between two times: its labels as ``metric``, its samples as ``values``."""
        form = {"query": query, "start": str(start), "end": str(end), "step": str(step)}
        answer = await self._answer("POST", f"{self._urls['prometheus']}/api/v1/query_range", data=form)
        result: list[dict[str, Any]] = answer.json()["data"]["result"]
        return result

    async def state(self, judge: str, alert: str, mark_label: str, mark: str) -> str:
        """What the judge says of the alert that carries the mark: pending, firing or, when it is neither, inactive."""
        answer = await self._ask(judge, f"{_API[judge]}/alerts", {})
        states = {
            item["state"]
            for item in answer["data"]["alerts"]
            if item["labels"]["alertname"] == alert and item["labels"].get(mark_label) == mark
        }
        return next((state for state in ("firing", "pending") if state in states), "inactive")

    async def is_held(self, alert: str, mark_label: str, mark: str) -> bool:
        """Whether Alertmanager has the alert, marked as a drill."""
        filters = [f'alertname="{alert}"', f'{mark_label}="{mark}"', 'drill="true"']
        return bool(await self._ask("alertmanager", "/api/v2/alerts", {"filter": filters}))

    async def reported_at(self, alert: str, stage: str) -> float:
        """When a drill of the alert last reached the exporter in this stage (Unix seconds); 0 when never."""
        answer = await self._answer("GET", f"{self._urls['exporter']}/metrics")
        return max(
            (
                sample.value
                for family in text_string_to_metric_families(answer.text)
                if family.name == _DRILL_METRIC
                for sample in family.samples
                if sample.labels["alertname"] == alert and sample.labels["stage"] == stage
            ),
            default=0.0,
        )

    async def _ask(self, component: str, path: str, params: Mapping[str, Any]) -> Any:
        return (await self._answer("GET", self._urls[component] + path, params=params)).json()

    async def _answer(self, method: str, url: str, **request: Any) -> httpx.Response:
        try:
            answer = await self._client.request(method, url, **request)
        except httpx.HTTPError as error:
            raise EngineAwayError(f"{url} does not answer ({error}): start the stack with `make up`") from error
        if answer.is_error:
            raise WatchkeeperError(f"{url} answered {answer.status_code}: {answer.text[:500].strip()}")
        return answer


def _rule(rule: dict[str, Any], group: dict[str, Any]) -> Rule:
    return Rule(
        name=rule["name"],
        expression=rule["query"],
        labels=rule.get("labels", {}),
        interval_seconds=float(group.get("interval", 0)),
        for_seconds=float(rule.get("duration", 0)),
        keep_firing_seconds=float(rule.get("keepFiringFor", 0)),
    )
