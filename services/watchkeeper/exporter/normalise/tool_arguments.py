"""What a tool was called with, as a number: enough to see that it is called with the same again, and no content."""

from zlib import crc32

import msgspec

from watchkeeper.exporter.normalise.values import Attributes

# Dialect by dialect; the first that is there wins.
ARGUMENTS = (
    "gen_ai.tool.call.arguments",
    "traceloop.entity.input",
    "ai.toolCall.args",
    "langfuse.observation.input",
    "tool_arguments",
    "input.value",
)


def arguments_hash(attributes: Attributes) -> int:
    """A hash of the arguments as the client spelled them; 0 where it reports none."""
    for name in ARGUMENTS:
        value = attributes.get(name)
        if value is not None and value != "":
            return crc32(value.encode("utf-8", "replace") if isinstance(value, str) else msgspec.json.encode(value))
    return 0
