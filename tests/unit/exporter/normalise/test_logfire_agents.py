import pytest
from tests.support.facts import chat_attributes, make_span

from watchkeeper.exporter.normalise.context import read_context
from watchkeeper.exporter.normalise.logfire_agents import read
from watchkeeper.model import AgentStep, AttributeValue, Fact, GuardrailCheck, LlmCall, ToolCall, Usage


def facts_in(attributes: dict[str, AttributeValue]) -> list[Fact]:
    """The facts of a span."""
    span = make_span({"gen_ai.system": "openai", **attributes}, scope="logfire.openai_agents")
    return list(read(span, read_context(span)))


def test_a_call_has_the_parts_of_its_usage_object() -> None:
    """The requests of an agent name no operation; the details of usage are in an object of their own."""
    attributes = chat_attributes(
        **{
            "logfire.msg_template": "Chat completion with {gen_ai.request.model!r}",
            "usage": '{"input_tokens":100,"input_tokens_details":{"cached_tokens":64},"output_tokens":20,'
            '"output_tokens_details":{"reasoning_tokens":3}}',
        }
    )
    del attributes["gen_ai.operation.name"]

    (call,) = facts_in(attributes)

    assert isinstance(call, LlmCall)
    assert call.context.operation == "chat"
    assert call.usage == Usage(input=100, output=20, cached_input=64, reasoning=3)


def test_a_function_is_a_tool() -> None:
    """The span of a function has its name as an attribute."""
    (tool,) = facts_in({"logfire.msg_template": "Function: {name}", "name": "get_weather", "output": "rain"})

    assert isinstance(tool, ToolCall)
    assert tool.tool == "get_weather"


def test_an_agents_run_is_a_step() -> None:
    """The span of a run has the agent's name as an attribute."""
    (step,) = facts_in({"logfire.msg_template": "Agent run: {name!r}", "name": "helper"})

    assert isinstance(step, AgentStep)
    assert (step.kind, step.context.agent) == ("invoke_agent", "helper")


@pytest.mark.parametrize(("is_triggered", "result"), [(True, "blocked"), (False, "passed")])
def test_a_guardrail_reports_whether_it_stopped_the_agent(is_triggered: object, result: str) -> None:
    """A tripwire that was triggered ends the run."""
    template = "Guardrail {name!r} {triggered=}"

    (check,) = facts_in({"logfire.msg_template": template, "name": "safe", "triggered": is_triggered})

    assert isinstance(check, GuardrailCheck)
    assert (check.guardrail, check.result) == ("safe", result)


@pytest.mark.parametrize(
    "attributes",
    [
        {"logfire.msg_template": "Turn {turn} for agent helper", "usage": '{"input_tokens":100}'},
        {"logfire.msg_template": "Task: Agent workflow", "usage": '{"input_tokens":100,"requests":2}'},
        {"logfire.msg_template": "OpenAI Agents trace: {name}", "name": "Agent workflow"},
    ],
    ids=["a turn", "a task", "the trace"],
)
def test_sums_and_wrappers_report_nothing(attributes: dict[str, AttributeValue]) -> None:
    """Turns and tasks repeat the usage of their calls."""
    assert facts_in(attributes) == []
