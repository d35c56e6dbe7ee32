"""Where else a trace can be seen: links only to what there is."""

from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import quote

from watchkeeper.engines.logql import quoted
from watchkeeper.exporter.web.query_links import query_link, tempo_link

# Backends of traces, as the profiles of docker-compose.yml and the how-tos name them in `forward`.
_TEMPO, _LANGFUSE = "tempo", "langfuse"
_MOST_SERVICES = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class TraceLinks:
    """``grafana_url`` and ``langfuse_project_url`` are where people reach them, empty where they do not.

    ``destinations`` are the names of the backends that traces are forwarded to.
    """

    grafana_url: str
    langfuse_project_url: str
    destinations: Sequence[str]

    def of(self, trace_id: str, services: Sequence[str]) -> dict[str, str]:
        """The links by their titles."""
        found: dict[str, str] = {}
        if self.grafana_url and _TEMPO in self.destinations:
            found["Spans in Tempo"] = tempo_link(self.grafana_url, trace_id)
        if self.langfuse_project_url and _LANGFUSE in self.destinations:
            found["Langfuse"] = f"{self.langfuse_project_url}/traces/{quote(trace_id, safe='')}"
        if self.grafana_url:
            lines = f"{{event=~`.+`}} | trace_id={quoted(trace_id)}"
            found["Log lines"] = query_link(self.grafana_url)("logql", lines)
            page = f"{self.grafana_url}/d/llm-overview?var-service="
            found |= {f"Dashboard of {name}": page + quote(name, safe="") for name in services[:_MOST_SERVICES]}
        return found
