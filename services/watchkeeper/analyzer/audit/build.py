"""The audits of the destinations in watchkeeper.yml, ready to run."""

import hashlib
from collections.abc import Mapping
from functools import partial
from typing import Protocol

import httpx

from watchkeeper.analyzer.audit.apis import langfuse, loki, prometheus, tempo
from watchkeeper.analyzer.audit.asking import Asking
from watchkeeper.analyzer.audit.auditing import Auditing, DeliveredLines, Store
from watchkeeper.analyzer.audit.delivered import Delivered
from watchkeeper.analyzer.audit.report import AuditReport, show_apis
from watchkeeper.analyzer.endpoints.patience import Patience
from watchkeeper.config import Config
from watchkeeper.config.forward import Audit, AuditApi, Forward
from watchkeeper.metrics.store import MetricStore


class _Api(Protocol):
    """A module of apis/: what Store asks by it."""

    async def check(self, asking: Asking, /) -> None: ...

    async def holds(self, asking: Asking, item: Delivered, /) -> bool: ...


_APIS: Mapping[AuditApi, _Api] = {
    "tempo": tempo,
    "langfuse": langfuse,
    "loki": loki,
    "prometheus": prometheus,
}


def build_audits(
    config: Config, client: httpx.AsyncClient, loki_client: httpx.Client, store: MetricStore
) -> Mapping[str, Auditing]:
    """Build what audits each destination that can be asked, by its name; the others are shown as not asked."""
    forward = config.file.forward
    show_apis({one.name: one.audit.api if one.audit and one.audited else "none" for one in forward}, store)
    url = config.dependencies.get("loki", "")
    audits: dict[str, Auditing] = {}
    for one in forward:
        if one.audit is not None and one.audited is not None:
            lines = DeliveredLines(loki_client, url, one.name, one.audited)
            audits[one.name] = _auditing(one, one.audit, lines, config=config, client=client, store=store)
    return audits


def _auditing(
    one: Forward, audit: Audit, lines: DeliveredLines, *, config: Config, client: httpx.AsyncClient, store: MetricStore
) -> Auditing:
    report = AuditReport(one.name, str(one.audited), store)
    # Names may have any characters, those of paths too.
    name = hashlib.sha256(one.name.encode()).hexdigest()[:16]
    asking, api = Asking(audit, client, config.folder, report.requested), _APIS[audit.api]
    how = Store(
        check=partial(api.check, asking),
        holds=partial(api.holds, asking),
        after_seconds=audit.after_seconds,
        patience=Patience(one.name),
    )
    file = config.state_dir and config.state_dir / f"forward_audit_{name}.json"
    return Auditing(lines, how, file=file, report=report)
