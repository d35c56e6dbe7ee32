"""docs/runbooks/README.md: every runbook by topic; the exporter serves the same page at /runbooks/."""

from docs.reference.markdown import page
from docs.reference.rule_files import Topic, topics

_INTRODUCTION = """\
One page for each alert: what it means, what it does to users, how to find the reason, what to do, whom to call, \
and when it is a false alarm.
Every alert links to its own page, and the exporter serves them all without the internet."""


def render() -> str:
    """Return the page."""
    parts = [f"## {topic.title}\n\n{_links(topic)}" for topic in topics()]
    return page("Runbooks", "prometheus/rules and loki/rules", _INTRODUCTION, *parts)


def _links(topic: Topic) -> str:
    # The first rule of a name is the mildest one.
    summaries: dict[str, str] = {}
    for rule in topic.alerts:
        summaries.setdefault(rule["alert"], rule["annotations"]["summary"])
    return "\n".join(f"- [{name}]({name}.md): {summary}" for name, summary in summaries.items())
