"""What looks wrong in a call that did not fail: the page of symptoms, and of what bench/symptoms_measured.py found."""

from collections import Counter
from pathlib import Path
from typing import Any

import msgspec
from docs.reference.markdown import code, page, table

_FIGURES = Path(__file__).parents[2] / "bench" / "symptoms_measured" / "figures.json"
_INTRODUCTION = """\
A symptom is something that looks wrong in one model call although it did not fail.
Each is counted in `llm_silent_failures_total` with its type, and has a line `silent_failure_detected`.
It counts once for a run, as its agent's, when the trace is evaluated; a call without a trace id counts by itself.
What is seen by finish reasons and tokens is always on.
What is seen in the text is on with `privacy.inspect: true`, or where `privacy.capture` is not `metadata`.
The text is looked at while its request is decoded, and only a length and names are kept.
[Decision 8](../decisions/0008-redaction-by-default.md) has the reasons.
Answers of more than 64 KiB are not looked at."""
_TYPES = (
    ("truncated", "the model stopped at its limit of output tokens (LLMTruncationHigh is its alert)", "no"),
    ("empty", "no output tokens, or no text and no call of a tool", "for the text"),
    ("too_short", "text without any letter or digit", "yes"),
    ("refusal", "an answer that begins with that it will not be one, in twelve languages", "yes"),
    (
        "gibberish",
        "repetition: 240 characters or more that compress to under 12 %, under 30 % of 60 or more words different",
        "yes",
    ),
    ("invalid_json", "the request asked for JSON and the answer is none", "yes"),
    ("invalid_arguments", "the arguments of a tool call are no JSON", "yes"),
    (
        "language_switched",
        "another script than the question's (Latin, Cyrillic, Chinese, …), 40 letters of each or more",
        "yes",
    ),
)
_TIMES = ("2", "4", "6", "10")
_MEASURED = """\
Measured by `bench/symptoms_measured.py`, which takes some seconds and needs nothing but this repository.
Answers of twelve languages are made of eight to ten sentences each, with a seed: among them are apologies that are no
refusals, and other sentences in the tone of assistants. Code is Python's own modules; tables, lists and JSON are made.
The sentences were written for this measurement; on your own traffic the rates may differ."""
_SPIKES = """\
A run is a `token_spike` when it takes more than three times the usual tokens for each step, of its agent's last 64 runs
with about as many steps, and is three standard deviations of these from it (of logarithms, by their median deviation).
Simulated runs have 1 to 30 steps; their tokens per step differ among runs as a lognormal with the sigma given, and each
step is like the others or has a history that grows. 0.2 is an agent of one task; with 0.8 every eleventh run takes
three times the usual, and hardly any is a spike."""
_LIMITS = """\
- Translations answer in another script than their question: raise `alerts.LLMSilentFailures.services` for them.
- Languages of one script, such as French and German, are not distinguished.
- Random letters are no repetition and are not found; nor are refusals in other words or languages.
- One answer of a service counts little: LLMSilentFailures needs five of a type in an hour, and 2 % of its runs."""


def render() -> str:
    """Return the page."""
    figures = msgspec.json.decode(_FIGURES.read_bytes())
    return page(
        "Symptoms",
        "services/watchkeeper/exporter/watch/answer_symptoms.py and bench/symptoms_measured.py",
        _INTRODUCTION,
        table(["type", "meaning", "needs the text"], ([code(name), meaning, need] for name, meaning, need in _TYPES)),
        "## Measured",
        _MEASURED,
        "False alarms in ordinary answers:",
        table(["kind of answer", "answers", "false alarms"], _ordinary(figures)),
        "Found in answers that are wrong:",
        table(["type", "answers", "found"], _wrong(figures)),
        "Runs that take too many tokens:",
        _SPIKES,
        table(
            ["tokens per step", "sigma", "false alarms", *(f"{n} times the tokens" for n in _TIMES)], _spikes(figures)
        ),
        "## Limits",
        _LIMITS,
    )


def _ordinary(figures: dict[str, Any]) -> list[list[str]]:
    rows = [
        [kind, str(one["answers"]), ", ".join(f"{code(name)}: {count}" for name, count in one["alarms"].items()) or "0"]
        for kind, one in figures["ordinary"].items()
    ]
    answers = sum(one["answers"] for one in figures["ordinary"].values())
    alarms: Counter[str] = sum((Counter(one["alarms"]) for one in figures["ordinary"].values()), Counter())
    return [*rows, ["**all**", str(answers), str(alarms.total())]]


def _spikes(figures: dict[str, Any]) -> list[list[str]]:
    return [
        [
            "grow with history" if one["is_growing"] else "alike",
            f"{one['spread']:g}",
            f"{one['alarms']} of {one['runs']:,} ({one['alarms'] / one['runs']:.2%})",
            *(f"{one['found'][times] / one['spikes']:.0%} found" for times in _TIMES),
        ]
        for one in figures["spikes"]
    ]


def _wrong(figures: dict[str, Any]) -> list[list[str]]:
    return [
        [code(name), str(one["answers"]), f"{one['found']} ({one['found'] / one['answers']:.0%})"]
        for name, one in figures["wrong"].items()
    ]
