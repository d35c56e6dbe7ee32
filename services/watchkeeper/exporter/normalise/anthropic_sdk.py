"""The spans that Anthropic's own SDK sends as soon as a tracer provider exists: ``gen_ai.*`` and the stop reason.

Tokens: input includes cached and written-to-cache tokens.
Source: github.com/anthropics/anthropic-sdk-python.
"""

from collections.abc import Sequence

from watchkeeper.exporter.normalise import otel_genai
from watchkeeper.exporter.normalise.dialect import Dialect
from watchkeeper.exporter.normalise.values import first_text
from watchkeeper.model import Context, Fact, Span

STOP_REASON = "anthropic.message.stop_reason"


def read(span: Span, context: Context) -> Sequence[Fact]:
    """Return the call that the span reports; requests that ask no model give nothing."""
    reason = first_text(span.attributes, STOP_REASON)
    return otel_genai.read_as(span, context, {otel_genai.FINISH_REASONS: reason} if reason else {})


DIALECT = Dialect(name="anthropic_sdk", scopes=("com.anthropic.sdk",), markers=(STOP_REASON,), read=read)
