"""How often symptoms are found: in ordinary answers and runs, where each is a false alarm, and in wrong ones.

    .venv/bin/python bench/symptoms_measured.py

Takes some seconds, needs nothing but this repository, and writes bench/symptoms_measured/figures.json, of which
docs/reference/symptoms.md is made. All samples are made with a seed: the figures are the same on every machine with
the same version of Python, whose own modules are the samples of code.
"""

import json
import platform
from collections import Counter, defaultdict
from pathlib import Path
from time import perf_counter
from typing import Any

from symptoms_measured import spikes
from symptoms_measured.samples import Sample, ordinary, wrong

from watchkeeper.exporter.watch.answer_symptoms import symptoms_in
from watchkeeper.exporter.watch.answer_text import AnswerText

FIGURES = Path(__file__).parent / "symptoms_measured" / "figures.json"


def found_in(sample: Sample) -> set[str]:
    """The symptoms of one sample."""
    answer = AnswerText(sample.text)
    return set(symptoms_in(answer, sample.question, is_json_asked=sample.is_json_asked, is_cut=False))


def measure() -> dict[str, Any]:
    """False alarms by kind of text, and what is found of each symptom."""
    samples = list(ordinary())
    started = perf_counter()
    alarms: defaultdict[str, Counter[str]] = defaultdict(Counter)
    for sample in samples:
        alarms[sample.kind].update(found_in(sample))
    microseconds = (perf_counter() - started) / len(samples) * 1e6
    sizes = Counter(sample.kind for sample in samples)
    found: defaultdict[str, Counter[str]] = defaultdict(Counter)
    for symptom, sample in wrong():
        found[symptom].update(all=1, found=int(symptom in found_in(sample)))
    return {
        "python": platform.python_version(),
        "microseconds_an_answer": round(microseconds),
        "ordinary": {kind: {"answers": sizes[kind], "alarms": dict(alarms[kind])} for kind in sizes},
        "wrong": {symptom: {"answers": counts["all"], "found": counts["found"]} for symptom, counts in found.items()},
        "spikes": spikes.measure(),
    }


if __name__ == "__main__":
    figures = measure()
    FIGURES.write_text(json.dumps(figures, indent=1) + "\n", encoding="utf-8")
    print(json.dumps(figures, indent=1))
