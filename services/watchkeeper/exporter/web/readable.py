"""Numbers in the texts of alerts as people read them; the templates of Alertmanager take the same steps."""

import re

_STEPS = (
    (re.compile(r" ?\( *\)"), ""),
    (re.compile(r"\s+"), " "),
    # What was divided by nothing, and what has no value.
    (re.compile(r"(^|[ ($:+-])[$]?[+-]?(NaN|Inf)[a-zA-Z%]?([ ).,;:]|$)"), r"\1not measurable\3"),
    # Prometheus writes a percentage with four digits at most.
    (re.compile(r"[0-9.]+e[+][0-9]+"), "more than 10000"),
    (re.compile(r"[0-9.]+e-[0-9]+"), "less than 0.0001"),
    # A duration that ends before it begins: two clocks differ.
    (re.compile(r"(^|[ (:])-[0-9.]+(?:d|h|m|s|ms|us|ns)(?: [0-9.]+[hms])*([ ).,;:]|$)"), r"\g<1>0s\2"),
)


def readable(text: str) -> str:
    """The text without NaN, infinity, exponents, negative durations and empty brackets."""
    for pattern, instead in _STEPS:
        text = pattern.sub(instead, text)
    return text
