"""Lines that are too long for Loki and log drivers, made shorter: what is cut elsewhere is no JSON."""

from typing import Any

import msgspec

MAX_LINE = 16 * 1024 - 1
_MAX_BYTES = 256
# Tools and branches of a run, models and guardrails: at most four lists on a line.
_MAX_LIST_BYTES = 2 * 1024
_WITHOUT_ORDER = ("models", "guardrails")
_encode = msgspec.json.Encoder(decimal_format="string").encode


def shortened(line: dict[str, Any]) -> bytes:
    """The line under ``MAX_LINE``, and saying so: content is cut to what fits beside the rest, texts to some words."""
    said: dict[str, str] = {name: line[name] for name in ("input", "output") if name in line}
    fields: dict[str, Any] = {name: _cut(name, value) for name, value in line.items()}
    fields |= {**dict.fromkeys(said, ""), "is_truncated": True}
    share = (MAX_LINE - len(_encode(fields))) // max(len(said), 1)
    return _encode(fields | {name: _fitting(text, share) for name, text in said.items()})


def _cut(name: str, value: Any) -> Any:
    """A text to some words; of a list in order the first ones, of one without order nothing rather than a part."""
    if isinstance(value, str):
        return _fitting(value, _MAX_BYTES)
    if not isinstance(value, list) or len(_encode(value)) <= _MAX_LIST_BYTES:
        return value
    if name in _WITHOUT_ORDER:
        return None
    while len(_encode(value)) > _MAX_LIST_BYTES:
        value = value[: len(value) // 2]
    return value


def _fitting(text: str, size: int) -> str:
    """The beginning of a text that takes at most ``size`` bytes as JSON, where a character may take six."""
    while (length := len(_encode(text))) > size:
        text = text[: len(text) * size // (length + 1)]
    return text
