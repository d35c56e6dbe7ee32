"""What the model server says to a request. Pure: the chance arrives as an argument, and nothing waits here."""

import json
import re
from dataclasses import dataclass, field
from random import Random

from watchkeeper.demo.provider.behaviour import Behaviour
from watchkeeper.demo.provider.prompt import Prompt, count_tokens

# Seconds of a usual whole answer, by what a model's name says of its size; others are in the middle.
_SECONDS = {"nano": 0.5, "mini": 0.8, "o1": 4.0}
_MIDDLE_SECONDS = 1.3
# Wall time of calls is close to log-normal, with a tail of two to three times the median at p95.
_DURATION_SIGMA, _CONFIDENCE_SIGMA = 0.35, 0.14
_SENTENCES = (
    "Your request is registered and is being worked on",
    "This follows from the entry that I have looked up for you",
    "Nothing else needs to be done on your side",
    "The amount is shown on your next statement",
    "You can see the same in your account under orders",
    "If anything is missing, please answer to this message",
)
_USUAL_SENTENCES, _THOROUGH_FACTOR = 5, 3.6
_TOOL_OF = (
    ("refund_order", re.compile(r"\b(money back|refund|return)\b")),
    ("find_order", re.compile(r"\b(where is|order|parcel)\b")),
)
_ORDER = re.compile(r"\b[A-Z]-\d+\b")


@dataclass(frozen=True, slots=True, kw_only=True)
class Failure:
    """A call that the server refuses: an HTTP status, or 0 for no answer at all."""

    status: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """A whole answer, and how long it takes to come."""

    text: str = ""
    tool: str = ""
    arguments: dict[str, str] = field(default_factory=dict)
    finish: str = "stop"
    duration_seconds: float

    @property
    def tokens(self) -> int:
        """What it has of output."""
        return count_tokens(self.text + (self.tool and f"{self.tool} {json.dumps(self.arguments)}")) + 1


def reply_to(prompt: Prompt, model: str, behaviour: Behaviour, random: Random) -> Reply | Failure:
    """Answer, call one of the offered tools, or fail."""
    if random.random() < behaviour.failing_share:
        return Failure(status=behaviour.failing_status)
    seconds = next((value for name, value in _SECONDS.items() if name in model), _MIDDLE_SECONDS)
    duration = random.lognormvariate(0, _DURATION_SIGMA) * seconds * behaviour.slowness_factor
    tool = _tool(prompt, behaviour, random)
    if tool:
        return Reply(tool=tool, arguments=_arguments(prompt), finish="tool_calls", duration_seconds=duration / 2)
    text = _answer(prompt, behaviour, random)
    if random.random() < behaviour.cut_off_share:
        return Reply(text=text[: len(text) // 2], finish="length", duration_seconds=duration)
    return Reply(text=text, duration_seconds=duration)


def _tool(prompt: Prompt, behaviour: Behaviour, random: Random) -> str:
    """The tool that the question needs, once; a model that loops calls it again whatever it found."""
    if not prompt.tools:
        return ""
    is_asked_for = not prompt.results and random.random() >= behaviour.skipped_tools_share
    if not is_asked_for and not (prompt.results and random.random() < behaviour.looping_share):
        return ""
    asked = (name for name, words in _TOOL_OF if words.search(prompt.question) and name in prompt.tools)
    return next(asked, prompt.tools[-1])


def _arguments(prompt: Prompt) -> dict[str, str]:
    order = _ORDER.search(prompt.question)
    return {"order": order[0]} if order else {"query": prompt.question}


def _answer(prompt: Prompt, behaviour: Behaviour, random: Random) -> str:
    if random.random() < behaviour.gibberish_share:
        return "the order of " * 120
    if random.random() < behaviour.refusing_share:
        return "I'm sorry, but I can't help with that."
    is_thorough = "step by step" in prompt.system
    length = _USUAL_SENTENCES * (_THOROUGH_FACTOR if is_thorough else 1) * random.lognormvariate(0, 0.25)
    cited = min(1.0, max(0.0, random.gauss(behaviour.cited_share + 0.02 * is_thorough, 0.06)))
    sentences = [_sentence(prompt, cited, random) for _ in range(max(1, round(length)))]
    # A model that is told to be strict with itself is less sure of the same answers.
    sure = random.gauss(behaviour.confidence - 0.1 * ("strict" in prompt.system), _CONFIDENCE_SIGMA)
    return f"{' '.join(sentences)} Confidence: {min(1.0, max(0.0, sure)):.2f}"


def _sentence(prompt: Prompt, cited: float, random: Random) -> str:
    words = random.choice(_SENTENCES)
    source = f" [{random.choice(prompt.sources)}]" if prompt.sources and random.random() < cited else ""
    return f"{words}{source}."
