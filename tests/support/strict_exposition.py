"""A parser of expositions that forgives nothing: one grammar, anchored at both ends of every line.

Source: prometheus.io/docs/specs/om/open_metrics_spec and prometheus.io/docs/instrumenting/exposition_formats.
"""

import re
from dataclasses import dataclass, field

# Of the names and values of an exemplar's labels together.
_LONGEST_EXEMPLAR = 128
_NAME = r"[a-zA-Z_:][a-zA-Z0-9_:]*"
_TEXT = r'"(?:[^"\\\n\x00]|\\["\\n])*"'
_LABELS = rf"\{{(?:[a-zA-Z_][a-zA-Z0-9_]*={_TEXT}(?:,[a-zA-Z_][a-zA-Z0-9_]*={_TEXT})*)?\}}"
_NUMBER = r"(?:[+-]?(?:[0-9]+(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?)|[+-]Inf|NaN)"
_SAMPLE = re.compile(
    rf"(?P<name>{_NAME})(?P<labels>{_LABELS})? (?P<value>{_NUMBER})"
    rf"(?: # (?P<exemplar>{_LABELS}) {_NUMBER}(?: {_NUMBER})?)?"
)
_COMMENT = re.compile(rf"# (?P<kind>HELP|TYPE|UNIT) (?P<name>{_NAME}) (?P<text>(?:[^\\\n\x00]|\\[\\n\"])*)")
_PAIR = re.compile(rf"([a-zA-Z_][a-zA-Z0-9_]*)=({_TEXT})")
_SUFFIXES = ("", "_total", "_created", "_bucket", "_count", "_sum", "_info")

Labels = frozenset[tuple[str, str]]


class ExpositionError(ValueError):
    """A line, or the order of lines, that a strict parser refuses."""


@dataclass
class Parsed:
    """The series of a scrape with their values, and the labels of exemplars."""

    series: dict[tuple[str, Labels], float] = field(default_factory=dict)
    exemplars: list[dict[str, str]] = field(default_factory=list)
    types: dict[str, str] = field(default_factory=dict)


def parse(text: str, *, openmetrics: bool) -> Parsed:
    """Return what a scrape says.

    Raises: ExpositionError for anything that the format does not allow.
    """
    *lines, end = text.split("\n")
    if end or (openmetrics and (not lines or lines.pop() != "# EOF")):
        raise ExpositionError("must end with its last line, of OpenMetrics # EOF")
    parsed = Parsed()
    family = ""
    for line in lines:
        family = _comment(line, family, parsed) if line.startswith("#") else _sample(line, family, parsed, openmetrics)
    return parsed


def _comment(line: str, family: str, parsed: Parsed) -> str:
    found = _COMMENT.fullmatch(line)
    if not found:
        raise ExpositionError(f"no comment: {line!r}")
    name = found["name"]
    if name != family and name in parsed.types:
        raise ExpositionError(f"family {name} comes twice")
    if found["kind"] == "TYPE":
        parsed.types[name] = found["text"]
    return name


def _sample(line: str, family: str, parsed: Parsed, openmetrics: bool) -> str:
    found = _SAMPLE.fullmatch(line)
    if not found or (found["exemplar"] and not openmetrics):
        raise ExpositionError(f"no sample: {line!r}")
    if found["name"] not in {family + suffix for suffix in _SUFFIXES}:
        raise ExpositionError(f"a sample outside of its family {family}: {line!r}")
    key = found["name"], frozenset(_labels(found["labels"] or "{}").items())
    if key in parsed.series:
        raise ExpositionError(f"a series twice: {line!r}")
    parsed.series[key] = float(found["value"])
    if found["exemplar"]:
        parsed.exemplars.append(_exemplar(found["exemplar"]))
    return family


def _exemplar(text: str) -> dict[str, str]:
    labels = _labels(text)
    if sum(map(len, (*labels, *labels.values()))) > _LONGEST_EXEMPLAR:
        raise ExpositionError(f"an exemplar of more than {_LONGEST_EXEMPLAR} characters: {text!r}")
    return labels


def _labels(text: str) -> dict[str, str]:
    pairs = [(name, _unescaped(quoted[1:-1])) for name, quoted in _PAIR.findall(text)]
    if len(dict(pairs)) < len(pairs):
        raise ExpositionError(f"a label twice: {text!r}")
    return dict(pairs)


def _unescaped(text: str) -> str:
    return re.sub(r"\\(.)", lambda found: "\n" if found[1] == "n" else found[1], text)
