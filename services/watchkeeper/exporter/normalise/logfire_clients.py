"""Requests and answers as logfire's integrations of OpenAI and Anthropic keep them: JSON beside the ``gen_ai.*`` names.

Versions before 5 report the model of Anthropic, the usage of streams and all details of usage nowhere else.
Source: github.com/pydantic/logfire, logfire/_internal/integrations/llm_providers.
"""

from typing import Any

import msgspec

from watchkeeper.exporter.normalise import otel_genai
from watchkeeper.exporter.normalise.json_text import parse, word
from watchkeeper.exporter.normalise.usage_object import read_usage
from watchkeeper.exporter.normalise.values import Attributes, first_text


class _Request(msgspec.Struct):
    model: Any = None


class _Answer(msgspec.Struct):
    usage: dict[str, Any] | None = None


def in_conventions(attributes: Attributes) -> Attributes:
    """The model and the usage that are in the request and in the answer, under the names of the conventions."""
    reported: Attributes = {}
    if not first_text(attributes, otel_genai.REQUEST_MODEL):
        reported = {
            otel_genai.REQUEST_MODEL: word((parse(attributes.get("request_data"), _Request) or _Request()).model)
        }
    answer = parse(attributes.get("response_data"), _Answer)
    if answer and answer.usage:
        reported = {**reported, **otel_genai.tokens_as_reported(read_usage(answer.usage))}
    return {name: value for name, value in reported.items() if value not in (None, "")}
