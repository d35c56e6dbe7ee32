# ruff: noqa: RUF001  # texts of many languages
"""What looks wrong in the text of an answer, and ordinary texts that only look like it."""

from collections import Counter

import pytest
from symptoms_measured.samples import ordinary, wrong
from symptoms_measured.texts import ORDINARY

from watchkeeper.exporter.watch.answer_symptoms import is_repetitive, symptoms_in
from watchkeeper.exporter.watch.answer_text import AnswerText
from watchkeeper.exporter.watch.refusals import is_refusal
from watchkeeper.exporter.watch.scripts import script_of

LONG_ENGLISH = " ".join(ORDINARY["English"])
LONG_RUSSIAN = " ".join(ORDINARY["Russian"])


def found(text: str, question: str = "", *, asks_json: bool = False, is_cut: bool = False) -> list[str]:
    """The symptoms of an answer in words."""
    return list(symptoms_in(AnswerText(text), question, is_json_asked=asks_json, is_cut=is_cut))


@pytest.mark.parametrize(
    ("text", "symptoms"),
    [
        ("42", []),
        ("Ja.", []),
        ("", ["empty"]),
        (" \n", ["empty"]),
        ("...", ["too_short"]),
        ("I'm sorry, but I can't help with that.", ["refusal"]),
        ("I’m sorry, but I can’t help with that.", ["refusal"]),
        ("I'm sorry for the delay; your order ships today.", []),
        (LONG_ENGLISH + " I'm sorry, but I can't help with that.", []),
        ("the same " * 100, ["gibberish"]),
        ("同样的话" * 100, ["gibberish"]),
        ("the same " * 20, []),
    ],
)
def test_symptoms_of_a_text(text: str, symptoms: list[str]) -> None:
    """Short right answers are no symptom, and a refusal stands at the beginning."""
    assert found(text) == symptoms


def test_json_is_asked_for_or_not() -> None:
    """Only then an answer that is none is a symptom; an empty list is no short answer."""
    assert found("Here: {}", asks_json=True) == ["invalid_json"]
    assert found("Here: {}") == []
    assert found("[]", asks_json=True) == []


def test_another_script_than_the_question() -> None:
    """Of both there must be enough letters; the same script is never switched."""
    assert found(LONG_RUSSIAN, LONG_ENGLISH) == ["language_switched"]
    assert found(LONG_ENGLISH, LONG_RUSSIAN) == ["language_switched"]
    assert found(LONG_ENGLISH, " ".join(ORDINARY["German"])) == []
    assert found(LONG_RUSSIAN, "What is that?") == []
    assert found("Да.", LONG_ENGLISH) == []


def test_arguments_that_are_no_json() -> None:
    """Of any of the calls; a call without arguments has none to parse, and needs no text."""

    def of_calls(*arguments: str) -> list[str]:
        answer = AnswerText("", arguments, calls_tools=True)
        return list(symptoms_in(answer, "", is_json_asked=True, is_cut=False))

    assert of_calls('{"a": 1}', "") == []
    assert of_calls('{"a": 1}', '{"a": ') == ["invalid_arguments"]


def test_an_answer_that_was_cut_is_only_looked_at_for_repetition() -> None:
    """That it was cut is a symptom of its own."""
    assert found("the same " * 100, is_cut=True) == ["gibberish"]
    assert found('{"a": ', asks_json=True, is_cut=True) == []


@pytest.mark.parametrize(
    ("text", "script"),
    [
        (LONG_ENGLISH, "latin"),
        (" ".join(ORDINARY["Polish"]), "latin"),
        (LONG_RUSSIAN, "cyrillic"),
        ("".join(ORDINARY["Chinese"]), "han"),
        ("".join(ORDINARY["Japanese"]), "japanese"),
        (" ".join(ORDINARY["Arabic"]), "arabic"),
        ("short", ""),
        ("12345 " * 50, ""),
        ("word слово " * 50, ""),
        ("\U00010400" * 50, ""),
    ],
)
def test_the_script_of_a_text(text: str, script: str) -> None:
    """Of nearly all letters; of too few or mixed ones there is none."""
    assert script_of(text) == script


def test_the_samples_that_are_measured() -> None:
    """No false alarm in all ordinary answers, and of what is wrong nine of ten are found."""
    alarms = [
        (sample.kind, symptom)
        for sample in ordinary()
        for symptom in found(sample.text, sample.question, asks_json=sample.is_json_asked)
    ]
    every, hits = Counter[str](), Counter[str]()
    for symptom, sample in wrong():
        every[symptom] += 1
        hits[symptom] += symptom in found(sample.text, sample.question, asks_json=sample.is_json_asked)

    assert alarms == []
    assert all(hits[symptom] >= 0.9 * count for symptom, count in every.items())


def test_long_texts_take_bounded_time() -> None:
    """Hostile repetition of what the expressions begin with."""
    hostile = "i'm sorry " * 100_000

    assert not is_refusal(hostile)
    assert is_repetitive(hostile)
