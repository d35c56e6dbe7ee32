"""What a request says, as far as the model server understands it. Pure."""

import hashlib
import re
from dataclasses import dataclass
from typing import Any

# Four letters a token is OpenAI's rule of thumb for English: help.openai.com, "What are tokens and how to count them?".
_LETTERS_A_TOKEN = 4
_TOKENS_A_MESSAGE = 3
_SOURCE = re.compile(r"\[([\w-]+)\]")

Message = dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Prompt:
    """The parts of a request that decide about its answer."""

    system: str
    question: str
    results: tuple[str, ...]
    tools: tuple[str, ...]
    tokens: int

    @property
    def sources(self) -> tuple[str, ...]:
        """What the results of tools name in brackets: documents and orders."""
        return tuple(_SOURCE.findall(" ".join(self.results)))

    @property
    def prefix(self) -> str:
        """The mark of what a prompt cache would know again: the whole instruction, from its first letter."""
        return hashlib.sha256(self.system.encode()).hexdigest()

    @property
    def prefix_tokens(self) -> int:
        """Tokens of the instruction."""
        return count_tokens(self.system)


def read_prompt(request: dict[str, Any]) -> Prompt:
    """The prompt of a request for a chat completion."""
    messages: list[Message] = request["messages"]
    texts = [_text(message) for message in messages]
    of_role = list(zip((message.get("role") for message in messages), texts, strict=True))
    tools = [tool["function"] for tool in request.get("tools") or ()]
    return Prompt(
        system="\n".join(text for role, text in of_role if role == "system"),
        question=next((text for role, text in reversed(of_role) if role == "user"), ""),
        results=tuple(text for role, text in of_role if role == "tool"),
        tools=tuple(str(tool["name"]) for tool in tools),
        tokens=sum(count_tokens(text) + _TOKENS_A_MESSAGE for text in texts) + count_tokens(str(tools) * bool(tools)),
    )


def count_tokens(text: str) -> int:
    """About how many tokens a text has."""
    return -(-len(text) // _LETTERS_A_TOKEN)


def _text(message: Message) -> str:
    content = message.get("content") or ""
    if isinstance(content, str):
        return content
    parts = content if isinstance(content, list) else ()
    return "".join(str(part.get("text", "")) for part in parts if isinstance(part, dict))
