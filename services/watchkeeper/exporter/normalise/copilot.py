"""GitHub Copilot, in VS Code and as a CLI: OpenTelemetry's conventions, and what a call is billed in names of its own.

The input has what was read from a cache and written to it, whoever's the model is.
Sources: github.com/microsoft/vscode, extensions/copilot/docs/monitoring/agent_monitoring.md; docs.github.com, Copilot
CLI command reference, "OpenTelemetry monitoring", and "Usage-based billing"; and what the CLI sent in tests/clients.
"""

from collections.abc import Sequence
from decimal import Decimal

from msgspec.structs import replace

from watchkeeper.exporter.normalise import otel_genai
from watchkeeper.exporter.normalise.values import Attributes, first_dollars, first_seconds
from watchkeeper.model import Context, Fact, LlmCall, Span

# What a call is billed, in billionths of an AI credit, of which each is a cent; github.copilot.cost counts requests.
_NANO_CREDITS = ("github.copilot.nano_aiu", "copilot_chat.copilot_usage_nano_aiu")
_NANO_CREDIT_DOLLARS = Decimal("1e-11")
# In milliseconds, where the span has no name of the conventions for it.
_UNTIL_FIRST_TOKEN = "copilot_chat.time_to_first_token"  # noqa: S105  # no password: how long it took


def read(span: Span, context: Context) -> Sequence[Fact]:
    """Return what a span stands for; a call costs what is billed for it, where that is reported."""
    facts = otel_genai.read(span, context)
    return [_call(fact, span.attributes) if isinstance(fact, LlmCall) else fact for fact in facts]


def _call(call: LlmCall, attributes: Attributes) -> LlmCall:
    nano_credits = first_dollars(attributes, *_NANO_CREDITS)
    milliseconds = first_seconds(attributes, _UNTIL_FIRST_TOKEN)
    if call.time_to_first_token_seconds is None and milliseconds is not None:
        call = replace(call, time_to_first_token_seconds=milliseconds / 1000)
    if not nano_credits:
        return call
    return replace(call, reported_cost_usd=nano_credits * _NANO_CREDIT_DOLLARS, is_list_price=True)
