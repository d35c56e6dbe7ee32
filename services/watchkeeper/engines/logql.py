"""Texts in queries of Loki. Pure."""

import json


def quoted(text: str) -> str:
    """A text as a string of LogQL: JSON's quotes are its quotes, but for what is beyond two bytes, which stays."""
    return json.dumps(text, ensure_ascii=False)
