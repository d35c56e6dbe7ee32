"""What looks wrong in the text of an answer. Its rate of false alarms is measured by bench/symptoms_measured.py."""

import re
from collections.abc import Iterator
from zlib import compress

import msgspec

from watchkeeper.exporter.watch.answer_text import AnswerText
from watchkeeper.exporter.watch.refusals import is_refusal
from watchkeeper.exporter.watch.scripts import script_of
from watchkeeper.model import FailureType

# Of fewer words or characters a repetition says nothing: lists and rhymes repeat.
_FEWEST_WORDS = 60
_FEWEST_CHARACTERS = 240
# Ordinary prose of a hundred words has a share of .6 and more, code of .3 and more.
_UNIQUE_SHARE = 0.3
# And it compresses to a third of its bytes or more; what repeats itself to a tenth, and tables and code lie between.
_COMPRESSED_SHARE = 0.12
_READ = 16 * 1024
_WORD = re.compile(r"\w+")


def symptoms_in(answer: AnswerText, question: str, *, is_json_asked: bool, is_cut: bool) -> Iterator[FailureType]:
    """Yield what looks wrong; ``is_cut``: the model stopped at its limit, which is a symptom of its own."""
    if any(not _is_json(arguments) for arguments in answer.arguments):
        yield "invalid_arguments"
    text = answer.text.strip()
    if answer.calls_tools or is_cut:
        if is_repetitive(text):
            yield "gibberish"
        return
    if not text:
        yield "empty"
        return
    if is_json_asked and not _is_json(text):
        yield "invalid_json"
    if not any(map(str.isalnum, text)) and not _is_json(text):
        yield "too_short"
    if is_refusal(text):
        yield "refusal"
    if is_repetitive(text):
        yield "gibberish"
    if _is_switched(question, text):
        yield "language_switched"


def is_repetitive(text: str) -> bool:
    """Few different words, or what compresses to nearly nothing; of short texts nothing is said."""
    if len(text) < _FEWEST_CHARACTERS:
        return False
    read = text[:_READ]
    encoded = read.encode("utf-8", "replace")
    if len(compress(encoded, 6)) / len(encoded) >= _COMPRESSED_SHARE:
        return False
    words = _WORD.findall(read.lower())
    # Languages without spaces have few words, of many characters each.
    return len(words) < _FEWEST_WORDS or len(set(words)) / len(words) < _UNIQUE_SHARE


def _is_json(text: str) -> bool:
    try:
        msgspec.json.decode(text or "{}")
    except (msgspec.DecodeError, RecursionError):
        return False
    return True


def _is_switched(question: str, answer: str) -> bool:
    """Written in other letters than the question; of one with too few letters nothing is said."""
    if not (asked := script_of(question)):
        return False
    answered = script_of(answer)
    return bool(answered) and asked != answered
