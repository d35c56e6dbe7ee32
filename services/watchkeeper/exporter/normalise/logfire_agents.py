"""openai-agents as logfire records it: spans without operations, distinguished by the template of their message.

Source: github.com/pydantic/logfire, logfire/_internal/integrations/openai_agents.py.
"""

from collections.abc import Sequence

from msgspec.structs import replace

from watchkeeper.exporter.normalise import otel_genai, pydantic_ai
from watchkeeper.exporter.normalise.dialect import Dialect
from watchkeeper.exporter.normalise.raw_usage import with_details
from watchkeeper.exporter.normalise.values import first_text, is_true
from watchkeeper.model import Context, Fact, GuardrailCheck, LlmCall, Span

# Turns and tasks repeat the usage of the calls in them; handoffs and the trace itself are no steps.
_OPERATIONS = {"Function: {name}": "execute_tool", "Agent run: {name!r}": "invoke_agent"}
_GUARDRAIL = "Guardrail {name!r} {triggered=}"


def read(span: Span, context: Context) -> Sequence[Fact]:
    """Return the call, tool run, agent step or guardrail's check that the span reports."""
    attributes = span.attributes
    template, name = first_text(attributes, "logfire.msg_template"), first_text(attributes, "name")
    if template == _GUARDRAIL:
        result = "blocked" if is_true(attributes.get("triggered")) else "passed"
        return (GuardrailCheck(context=context, guardrail=name, result=result),)
    if operation := _OPERATIONS.get(template):
        reported = {otel_genai.OPERATION: operation, otel_genai.TOOL_NAME: name, "gen_ai.workflow.name": name}
        return otel_genai.read_as(span, context, reported)
    return [_with_details(fact, span) for fact in pydantic_ai.read(span, context)]


DIALECT = Dialect(name="logfire_agents", scopes=("logfire.openai_agents",), markers=(), read=read)


def _with_details(fact: Fact, span: Span) -> Fact:
    """Cached tokens and reasoning stand only in the usage object of the agents' library."""
    if not isinstance(fact, LlmCall):
        return fact
    return replace(fact, usage=with_details(fact.usage, span.attributes.get("usage")))
