"""Writes alerts into a project of Langfuse, as events by its endpoint for OTLP."""

from collections.abc import Sequence
from functools import partial

from watchkeeper.analyzer.langfuse.alert import AlertLine
from watchkeeper.analyzer.langfuse.line_writing import Patiently
from watchkeeper.analyzer.langfuse.report import LangfuseReport
from watchkeeper.analyzer.langfuse.writes import WritesApi


class AlertWriter:
    """Writes alerts of one project."""

    def __init__(self, api: WritesApi, report: LangfuseReport) -> None:
        self._api = api
        self._report = report

    async def write(self, alerts: Sequence[AlertLine], patient: Patiently) -> Sequence[str]:
        """Write them. Raises: EndpointError when they may be taken yet."""
        refused = await patient(partial(self._api.spans, [(alert.service, alert.span()) for alert in alerts]))
        self._report.alerted("written", len(alerts) - refused)
        self._report.alerted("refused", refused)
        return ()
