"""Links from the queries of runbooks to where they run."""

import json
from collections.abc import Callable, Mapping, Sequence
from html import escape
from typing import Any
from urllib.parse import quote

from markdown_it import MarkdownIt
from markdown_it.renderer import RendererHTML
from markdown_it.token import Token
from markdown_it.utils import OptionsDict

# The uids of grafana/provisioning/datasources, by the language that their store speaks.
SOURCES = {"promql": ("prometheus", "watchkeeper-prometheus"), "logql": ("loki", "watchkeeper-loki")}

# The uid of grafana/profiles/tracing.yml.
_TEMPO = ("tempo", "watchkeeper-tempo")

QueryLink = Callable[[str, str], str]


def query_link(grafana_url: str) -> QueryLink:
    """Return what gives the link to Grafana's Explore for a language and a query, empty where there is no Grafana.

    Prometheus is no other place for it: built from its sources it has no pages, and its address is for programs.
    """

    def link(language: str, query: str) -> str:
        if language not in SOURCES or not grafana_url:
            return ""
        return f"{grafana_url}/explore?schemaVersion=1&orgId=1&panes={_pane(*SOURCES[language], query)}"

    return link


def tempo_link(grafana_url: str, trace_id: str) -> str:
    """The link to the spans of a trace, in the data source that the profile `tracing` brings."""
    return f"{grafana_url}/explore?schemaVersion=1&orgId=1&panes={_pane(*_TEMPO, trace_id)}"


def link_queries(markdown: MarkdownIt, link: QueryLink) -> None:
    """Let every block of code in a query language be followed by its link."""

    def fence(
        renderer: RendererHTML, tokens: Sequence[Token], index: int, options: OptionsDict, env: dict[str, Any]
    ) -> str:
        token = tokens[index]
        shown = renderer.fence(tokens, index, options, env)
        url = link(token.info.strip(), token.content.strip())
        return f'{shown}<p class="run"><a href="{escape(url)}" target="_blank">Run it</a></p>\n' if url else shown

    markdown.add_render_rule("fence", fence)


def _asked(kind: str, query: str) -> Mapping[str, str]:
    return {"queryType": "traceql", "query": query} if kind == "tempo" else {"expr": query}


def _pane(kind: str, uid: str, query: str) -> str:
    asked: Mapping[str, Any] = {"refId": "A", "datasource": {"type": kind, "uid": uid}, **_asked(kind, query)}
    pane = {"datasource": uid, "queries": [asked], "range": {"from": "now-1h", "to": "now"}}
    return quote(json.dumps({"a": pane}), safe="")
