"""What people and models said, as text, for those who chose to capture it: the names under which clients report it.

Nothing here runs unless ``privacy.capture`` asks for it. Vectors of embeddings are never content.
"""

import re
from collections.abc import Iterable, Sequence

import msgspec

from watchkeeper.exporter.normalise.values import Attributes
from watchkeeper.model import AgentStep, AttributeValue, Content, Fact, LlmCall, Retrieval, Span, ToolCall

# Twice what a line shows of a text: redaction shortens it, and nothing that long is read whole anyway.
MAX_READ = 16 * 1024

INSTRUCTIONS = ("gen_ai.system_instructions",)
# What went in and what came out, dialect by dialect; the first that is there wins.
INPUT = (
    "gen_ai.input.messages",
    "gen_ai.tool.call.arguments",
    "gen_ai.retrieval.query.text",
    "langfuse.observation.input",
    "ai.prompt.messages",
    "ai.prompt",
    "ai.toolCall.args",
    "ai.value",
    "ai.values",
    "traceloop.entity.input",
    "tool_arguments",
    "pydantic_ai.all_messages",
    "all_messages_events",
    "events",
    "request_data",
    "llm.openai.messages",
    "input.value",
    "db.query.text",
    "gen_ai.prompt",
    "genkit:input",
    "mlflow.spanInputs",
)
OUTPUT = (
    "gen_ai.output.messages",
    "gen_ai.tool.call.result",
    "gen_ai.retrieval.documents",
    "langfuse.observation.output",
    "ai.response.text",
    "ai.response.object",
    "ai.response.toolCalls",
    "ai.toolCall.result",
    "traceloop.entity.output",
    "tool_response",
    "final_result",
    "response_data",
    "llm.openai.choices",
    "output.value",
    "gen_ai.completion",
    "genkit:output",
    "mlflow.spanOutputs",
)
# Messages that are spread over numbered attributes.
_NUMBERED_INPUT = re.compile(r"(gen_ai\.prompt|llm\.prompts|llm\.input_messages|embedding\.embeddings)\.(\d+)\.(.+)")
_NUMBERED_OUTPUT = re.compile(
    r"(gen_ai\.completion|llm\.completions|llm\.output_messages|retrieval\.documents)\.(\d+)\.(.+)"
)
NAMES = frozenset({*INSTRUCTIONS, *INPUT, *OUTPUT})

_VECTOR_NAMES = re.compile(r"\.(vector|embedding)$")
# Eight numbers with a fraction in a row are a vector, wherever they stand.
_VECTOR = re.compile(r"\[?(?:-?\d{1,4}\.\d{1,20}(?:[eE][+-]?\d{1,3})?\s{0,8},\s{0,64}){8}[-+\d.eE,\s]*\]?")
_WITH_CONTENT = (LlmCall, ToolCall, Retrieval, AgentStep)
_VECTORS_OF = frozenset({"embeddings", "embedding"})


def with_content(fact: Fact, span: Span, most: int = MAX_READ) -> Fact:
    """The fact of a span with what the span reports input and output, each at most ``most`` long."""
    if not isinstance(fact, _WITH_CONTENT):
        return fact
    content = read_content(span, has_vectors=fact.context.operation in _VECTORS_OF, most=most)
    return msgspec.structs.replace(fact, content=content) if content else fact


def read_content(span: Span, *, has_vectors: bool, most: int = MAX_READ) -> Content | None:
    """Input and output of a span, each at most ``most`` long; None when it reports neither.

    The output of embeddings is vectors, and is left.
    """
    reported = Content(
        input=_joined((_input(attributes, most) for attributes in _places(span)), most),
        output="" if has_vectors else _joined((_output(attributes, most) for attributes in _places(span)), most),
    )
    return reported if reported.input or reported.output else None


def _places(span: Span) -> Iterable[Attributes]:
    """The span first; older conventions and some clients put messages into its events."""
    yield span.attributes
    yield from (event.attributes for event in span.events)


def _input(attributes: Attributes, most: int) -> str:
    instructions = _first(attributes, INSTRUCTIONS, most)
    messages = _first(attributes, INPUT, most) or _numbered(attributes, _NUMBERED_INPUT, most)
    return "\n".join(filter(None, (instructions, messages)))


def _output(attributes: Attributes, most: int) -> str:
    return _first(attributes, OUTPUT, most) or _numbered(attributes, _NUMBERED_OUTPUT, most)


def _joined(texts: Iterable[str], most: int) -> str:
    """All there is, without vectors; what a span says itself is not repeated by its events."""
    return _VECTOR.sub("[vector]", next(filter(None, texts), "")[:most])


def _first(attributes: Attributes, names: Sequence[str], most: int) -> str:
    return next(filter(None, (_text(attributes.get(name), most) for name in names)), "")


def _numbered(attributes: Attributes, pattern: re.Pattern[str], most: int) -> str:
    """Numbered attributes in the order of their numbers, one a line."""
    found = [
        (int(match[2][:6]), match[3], _text(attributes[key], most))
        for key in attributes
        if (match := pattern.fullmatch(key)) and not _VECTOR_NAMES.search(key)
    ]
    return "\n".join(f"{number}.{part}: {text}" for number, part, text in sorted(found))


def _text(value: AttributeValue, most: int) -> str:
    if isinstance(value, str):
        return value[:most]
    if isinstance(value, bytes):
        return value[:most].decode("utf-8", "replace")
    return "" if value is None or value in ([], {}) else msgspec.json.encode(value).decode()[:most]
