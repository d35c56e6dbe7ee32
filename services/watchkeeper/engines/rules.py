"""Whether the rules that Prometheus and Loki run are those of the files; both report them in the same shape."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import yaml

from watchkeeper.config import fast_yaml
from watchkeeper.engines.compare import differences

Ask = Callable[[str, str], httpx.Response]
Groups = Mapping[tuple[str, str], Sequence[Any]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Judge:
    """A component that evaluates rules: where it reports them, and where it spells a query its own way."""

    component: str
    rules_path: str
    format_path: str


PROMETHEUS = Judge(component="prometheus", rules_path="/api/v1/rules", format_path="/api/v1/format_query")
# Its path /loki/api/v1/rules shows the files once more, whatever runs.
LOKI = Judge(component="loki", rules_path="/prometheus/api/v1/rules", format_path="/loki/api/v1/format_query")


class RunningRules:
    """The rules of one component, held against a folder; asked again and again, it only looks at what changed."""

    def __init__(self, judge: Judge, folder: Path, ask: Ask) -> None:
        self._judge = judge
        self._folder = folder
        self._ask = ask
        self._read: dict[str, Sequence[Any]] = {}
        self._spelled: dict[str, str] = {}

    def differences(self) -> list[str]:
        """Return each place where what runs is not what the files say.

        Raises: httpx.HTTPError, ValueError or LookupError when the component does not report, OSError when the
        folder cannot be read.
        """
        wanted, unreadable = self._on_disk()
        if unreadable:
            return unreadable
        shown = self._running({name for name, _ in wanted})
        return list(self._differences(wanted, shown))

    def _on_disk(self) -> tuple[Groups, list[str]]:
        """The groups by file and name, and a sentence on each file that is none."""
        known, self._read = self._read, {}
        found: dict[tuple[str, str], Sequence[Any]] = {}
        unreadable = []
        for file in sorted(self._folder.rglob("*.yml")):
            name, text = str(file.relative_to(self._folder)), file.read_text(encoding="utf-8")
            try:
                self._read[text] = known[text] if text in known else fast_yaml.load(text)["groups"]
                found |= {(name, group["name"]): group["rules"] for group in self._read[text]}
            except (yaml.YAMLError, TypeError, LookupError) as problem:
                unreadable.append(f"{name} must be groups of rules, got {' '.join(str(problem).split())}")
        return found, unreadable

    def _running(self, files: set[str]) -> Groups:
        """The groups by the same names as on disk: a path in a container ends like the one here."""

        def name_of(path: str) -> str:
            return next((file for file in files if f"/{path}".endswith(f"/{file}")), path)

        groups = self._ask(self._judge.component, self._judge.rules_path).json()["data"]["groups"]
        return {(name_of(group["file"]), group["name"]): group["rules"] for group in groups}

    def _differences(self, wanted: Groups, shown: Groups) -> Iterator[str]:
        known, self._spelled = self._spelled, {}
        for file, group in sorted(shown.keys() ^ wanted.keys()):
            yield f"{file}: group {group} is {'only on disk' if (file, group) in wanted else 'no longer on disk'}"
        for key in sorted(shown.keys() & wanted.keys()):
            place = ": ".join(key)
            yield from differences(
                [_as_written(rule) for rule in wanted[key]], [_as_shown(rule) for rule in shown[key]], place
            )
            for number, (rule, running) in enumerate(zip(wanted[key], shown[key], strict=False)):
                if self._spelling(rule["expr"], known) != self._spelling(running["query"], known):
                    yield f"{place}[{number}].expr must be {rule['expr']!r}, runs with {running['query']!r}"

    def _spelling(self, expression: str, known: Mapping[str, str]) -> str:
        """The expression as its component spells it: both of a pair alike."""
        if expression not in self._spelled:
            self._spelled[expression] = known.get(expression) or self._asked_for(expression)
        return self._spelled[expression]

    def _asked_for(self, expression: str) -> str:
        query = str(httpx.QueryParams({"query": expression}))
        return str(self._ask(self._judge.component, f"{self._judge.format_path}?{query}").json()["data"])


def _as_written(rule: Mapping[str, Any]) -> dict[str, Any]:
    waits = {key: rule.get(key, "0s") for key in ("for", "keep_firing_for")}
    return {"name": rule.get("alert") or rule.get("record"), **_common_fields(rule), **waits}


def _as_shown(rule: Mapping[str, Any]) -> dict[str, Any]:
    waits = {"for": f"{rule.get('duration', 0)}s", "keep_firing_for": f"{rule.get('keepFiringFor', 0)}s"}
    return {"name": rule["name"], **_common_fields(rule), **waits}


def _common_fields(rule: Mapping[str, Any]) -> dict[str, Any]:
    return {key: rule.get(key) or {} for key in ("labels", "annotations")}
