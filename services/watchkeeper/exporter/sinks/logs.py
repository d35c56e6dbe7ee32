"""Facts to log lines: one canonical JSON object per fact, without user ids; content only where a fact carries it."""

from collections.abc import Callable

import msgspec

from watchkeeper.exporter.sinks.descriptions import Fields, Own, describe
from watchkeeper.exporter.sinks.line_parts import Head
from watchkeeper.exporter.sinks.long_lines import MAX_LINE, shortened
from watchkeeper.metrics.admission import LabelAdmission
from watchkeeper.model import Content, Context, Fact, Incident, Trace
from watchkeeper.model.timestamps import rfc3339

_NOTHING = b"{}"
_encode = msgspec.json.Encoder(decimal_format="string").encode


class LogSink:
    """Writes a line per fact to ``write``; ``capture`` is named on lines with content."""

    def __init__(self, write: Callable[[bytes], None], admission: LabelAdmission, capture: str = "metadata") -> None:
        self._write = write
        self._capture = capture
        self._admission = admission
        self._last_ns = 0

    def take(self, fact: Fact, now: float) -> None:
        """Write one line; reminders of an alert are not news, and a trace of one call adds nothing to the call's line.

        ``timestamp`` is when the line is written, because Loki refuses lines that come hours late, and no two lines
        have the same, because Loki keeps one of two equal lines of one moment; ``happened_at`` is the fact's own time.
        """
        if (isinstance(fact, Incident) and fact.is_repeat) or (isinstance(fact, Trace) and fact.is_one_call):
            return
        event, level, own = describe(fact)
        line = _with(_encode(self._head(event, level, fact.context, now)), own)
        if (content := getattr(fact, "content", None)) is not None:
            line = _with(line, self._said(content))
        self._write(line if len(line) <= MAX_LINE else shortened(msgspec.json.decode(line)))

    def _said(self, content: Content) -> Fields:
        said = {"input": content.input, "output": content.output, "capture": self._capture}
        return said | {"input_archived": content.input_archived, "output_archived": content.output_archived}

    def _head(self, event: str, level: str, context: Context, now: float) -> Head:
        self._last_ns = max(int(now * 1e9), self._last_ns + 1)
        service = self._admission.known("service", context.service)
        return Head(
            rfc3339(self._last_ns),
            level,
            event,
            service,
            rfc3339(context.time_ns),
            "" if service == context.service else context.service,
            context.environment,
            context.trace_id,
            context.span_id,
            context.team,
            context.tenant,
            context.session_id,
            context.user_hash,
            context.agent,
            context.operation,
            context.provider,
            context.model,
            context.model_requested,
            context.prompt,
            context.prompt_version,
            context.repository,
        )


def _with(line: bytes, own: Own) -> bytes:
    """The encoded line with more fields at its end."""
    if isinstance(own, dict):
        own = {name: value for name, value in own.items() if value is not None and value != ""}
    more = _encode(own)
    return line if more == _NOTHING else line[:-1] + b"," + more[1:]
