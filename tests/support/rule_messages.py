"""What the alerts of our rules say, expanded by promtool, and how Alertmanager's templates show it.

The annotations of a rule are expanded over a value, labels and series that a test chooses, with an expression that
only hands the value on.
"""

import json
import re
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import promql_parser
import yaml
from tests.support.rule_cases import read_groups

ROOT = Path(__file__).parents[2]
LINKS = {"watchkeeper_url": "http://localhost:4318", "grafana_url": "http://localhost:3000"}
_QUERY = re.compile(r'(?:printf )?"((?:[^"\\]|\\.)*)"((?: \$[\w.]+)*) \| query')
_PLACE = re.compile(r"%q|%(?:\.0)?f")
_PAIR = re.compile(r'(\w+)=("(?:[^"\\]|\\.)*")')
_GOT = re.compile(r"got:\[(.*?)\n\s*\]\s", re.DOTALL)
_ALERT = re.compile(r"Labels:\{(.*)\}\s*\n\s*Annotations:\{(.*)\}")
# What queries of annotations group by or read, beside what they ask for.
_FOUND = ("branch", "cause", "dimension", "error_type", "explanation", "feature", "kind", "label", "model", "service")

Rule = Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Shape:
    """A value of every alert and of every series that its text asks for, in promtool's notation."""

    value: str
    has_series: bool = True
    has_labels: bool = True


def alerts_of_rules() -> list[Rule]:
    """Return every alert of Prometheus and Loki, as promtool can expand it."""
    files = [*sorted((ROOT / "prometheus/rules/alerts").glob("*.yml")), *sorted((ROOT / "loki/rules").rglob("*.yml"))]
    groups = [group for file in files for group in read_groups(file)]
    return [rule for group in groups for rule in group["rules"]]


def expand(rules: Sequence[Rule], shape: Shape, promtool: Path, folder: Path) -> list[dict[str, Any]]:
    """Return labels and annotations of each rule when it fires, in their order.

    Raises: ValueError when promtool gives no alert for one of them.
    """
    named = {f"rule{number}": rule for number, rule in enumerate(rules)}
    copies = [_copy(name, rule) for name, rule in named.items()]
    series = {line for name, rule in named.items() for line in _series(name, rule, shape)}
    case = {
        "rule_files": ["rules.yml"],
        "tests": [
            {
                "interval": "1m",
                "external_labels": LINKS,
                "input_series": [{"series": line, "values": shape.value} for line in sorted(series)],
                "alert_rule_test": [{"eval_time": "0m", "alertname": name} for name in named],
            }
        ],
    }
    (folder / "rules.yml").write_text(yaml.safe_dump({"groups": [{"name": "all", "rules": copies}]}, width=10_000))
    (folder / "case.yml").write_text(yaml.safe_dump(case, width=10_000))
    tested = subprocess.run(
        [promtool, "test", "rules", folder / "case.yml"], capture_output=True, text=True, timeout=60, check=False
    )
    found = dict(_alerts(tested.stdout + tested.stderr))
    if missing := named.keys() - found.keys():
        raise ValueError(f"{sorted(missing)} did not fire: {tested.stderr[:2000]}")
    return [
        {**found[name], "labels": {**found[name]["labels"], "alertname": rule["alert"]}} for name, rule in named.items()
    ]


def notification(alerts: Sequence[Mapping[str, Any]], **changes: str) -> dict[str, Any]:
    """Return what Alertmanager would hand to its templates for one group."""
    times = {"startsAt": "2026-11-21T03:21:32Z", "endsAt": "2026-11-21T03:44:02Z", "fingerprint": "0123456789abcdef"}
    sent = [{"status": "firing", "generatorURL": "", **times, **changes, **alert} for alert in alerts]
    return {
        "receiver": "all",
        "status": changes.get("status", "firing"),
        "externalURL": "http://localhost:9093",
        "alerts": sent,
        "groupLabels": {},
        "commonLabels": _common([alert["labels"] for alert in alerts]),
        "commonAnnotations": _common([alert["annotations"] for alert in alerts]),
    }


def render(text: str, data: Mapping[str, Any], amtool: Path, folder: Path) -> str:
    """Return what a template makes of a notification, with all of our templates at hand."""
    file = folder / "notification.json"
    file.write_text(json.dumps(data), encoding="utf-8")
    arguments = [f"--template.glob={ROOT}/alertmanager/templates/*.tmpl", f"--template.data={file}"]
    done = subprocess.run(
        [amtool, "template", "render", *arguments, f"--template.text={text}"],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    if done.returncode:
        raise ValueError(done.stderr)
    return done.stdout


def _copy(name: str, rule: Rule) -> dict[str, Any]:
    expression = f'max without (rule) (trigger{{rule="{name}"}})'
    return {"alert": name, "expr": expression, "labels": rule["labels"], "annotations": rule["annotations"]}


def _series(name: str, rule: Rule, shape: Shape) -> Iterator[str]:
    texts = [str(text) for text in rule["annotations"].values()]
    read = {found for text in texts for found in re.findall(r"\$labels\.(\w+)", text)}
    labels = {label: f"{label}-1" for label in read} if shape.has_labels else {}
    yield _selector("trigger", {**labels, "rule": name})
    if not shape.has_series:
        return
    for text in texts:
        for found in _QUERY.finditer(text):
            yield from _asked(json.loads(f'"{found[1]}"'), found[2].split(), labels)


def _asked(query: str, arguments: Sequence[str], labels: Mapping[str, str]) -> Iterator[str]:
    given = iter(arguments)

    def fill(place: re.Match[str]) -> str:
        argument = next(given)
        return json.dumps(labels.get(argument.removeprefix("$labels."), "")) if place[0] == "%q" else "3600"

    selectors: list[Any] = []

    def note(node: Any) -> bool:
        if isinstance(node, promql_parser.VectorSelector):
            selectors.append(node)
        return True

    promql_parser.walk(promql_parser.parse(_PLACE.sub(fill, query)), note)
    for selector in selectors:
        equal = {one.name: one.value for one in selector.matchers.matchers if one.op == promql_parser.MatchOp.Equal}
        either = {
            one.name: one.value.split("|")[0]
            for one in selector.matchers.matchers
            if one.op == promql_parser.MatchOp.Re
        }
        yield _selector(selector.name, {**{label: f"{label}-2" for label in _FOUND}, **equal, **either})


def _selector(name: str, labels: Mapping[str, str]) -> str:
    pairs = ",".join(f"{label}={json.dumps(value)}" for label, value in sorted(labels.items()) if value)
    return f"{name}{{{pairs}}}"


def _alerts(output: str) -> Iterator[tuple[str, dict[str, Any]]]:
    for got in _GOT.findall(output):
        for found in _ALERT.finditer(got):
            labels, annotations = (
                {key: json.loads(text) for key, text in _PAIR.findall(part)} for part in found.groups()
            )
            yield labels["alertname"], {"labels": labels, "annotations": annotations}


def _pairs(part: str) -> Iterator[tuple[str, str]]:
    for key, text in _PAIR.findall(part):
        yield key, json.loads(text)


def _common(maps: Sequence[Mapping[str, str]]) -> dict[str, str]:
    first, *others = maps
    return {key: value for key, value in first.items() if all(one.get(key) == value for one in others)}
