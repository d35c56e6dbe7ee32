"""alertmanager/templates/since.tmpl: since when the condition of an alert holds, which is before it fires.

Alertmanager knows when an alert began to fire; `for` in its rule says how long the condition had held by then.
"""

import re
from collections import defaultdict

from docs.reference.rule_files import ROOT, topics

TARGET = ROOT / "alertmanager" / "templates" / "since.tmpl"
_ESCALATION = "AlertStillFiring"
_UNITS = {"s": 1, "m": 60, "h": 3600}

_HEAD = """\
{{/* Generated from `for` of the rules, do not edit: since when the condition of an alert holds, and for how long. An
     escalation has the name of what it escalates. An alert of no rule of ours began when it fired. */}}
{{ define "watchkeeper.when" -}}
"""
_TAIL = """\
{{- else }}{{ template "watchkeeper.span" (dict "from" .StartsAt "alert" .) }}{{ end }}
{{- end }}
"""


def render() -> str:
    """Return the template."""
    names: dict[int, list[str]] = defaultdict(list)
    escalation = 0
    for topic in topics():
        for rule in topic.alerts:
            if rule["alert"] == _ESCALATION:
                escalation = seconds(rule["for"])
            elif "for" in rule:
                names[seconds(rule["for"])].append(f"{rule['alert']} {rule['labels']['severity']}")
    parts = [_branch("if .Labels.escalated_alert", escalation)]
    parts += [
        _branch(f'else if match "^({"|".join(dict.fromkeys(held))})$" $rule', length)
        for length, held in sorted(names.items())
    ]
    return _HEAD + '{{ $rule := printf "%s %s" .Labels.alertname .Labels.severity -}}\n' + "".join(parts) + _TAIL


def seconds(duration: str) -> int:
    """Return how many seconds a duration of a rule file is, as in ``1h30m``.

    Raises: KeyError for a unit that rules of ours do not use.
    """
    return sum(int(number) * _UNITS[unit] for number, unit in re.findall(r"(\d+)([a-z]+)", duration))


def _branch(condition: str, length: int) -> str:
    # A constant: a template cannot turn a number of its own into a duration.
    start = f"(.StartsAt.Add -{length}000000000)"
    return f'{{{{- {condition} }}}}{{{{ template "watchkeeper.span" (dict "from" {start} "alert" .) }}}}\n'
