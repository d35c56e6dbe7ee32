"""One conversation: a question, tools or a search as the model wants them, an answer, a person where it is unsure.

What a model and a tool do is in spans; what the application decides about it goes to the exporter as events, which
carry the trace id of the spans.
"""

import asyncio
import json
from dataclasses import dataclass, field
from random import Random
from typing import Any

from openai import APIError, AsyncOpenAI
from opentelemetry.trace import Span, StatusCode, Tracer, TracerProvider, format_trace_id

from watchkeeper.demo.assistant import checks, tools
from watchkeeper.demo.assistant.build import Build
from watchkeeper.demo.assistant.desk import Desk
from watchkeeper.demo.assistant.model import Call, Messages, Step, next_step
from watchkeeper.demo.assistant.prompts import instruction
from watchkeeper.demo.assistant.questions import Question
from watchkeeper.demo.assistant.telemetry import speaking_for

Event = dict[str, Any]

# A run ends with what it has after so many tools: an agent that goes round in circles must not do so for ever.
_MOST_TOOLS = 6
_FEEDBACK_SHARE, _APPROVED_SHARE = 0.15, 0.8


@dataclass(frozen=True, slots=True, kw_only=True)
class Assistant:
    """A service that can answer: who it is, its model, and where its spans go."""

    desk: Desk
    client: AsyncOpenAI
    tracers: TracerProvider


@dataclass(slots=True, kw_only=True)
class _Run:
    """What a conversation has come to."""

    call: Call
    build: Build
    random: Random
    tracer: Tracer
    messages: Messages
    topic: str
    events: list[Event] = field(default_factory=list)

    def report(self, kind: str, **fields: Any) -> None:
        self.events.append({"type": kind, **fields})


async def converse(assistant: Assistant, question: Question, build: Build, call: Call) -> list[Event]:
    """Answer a question; what the application has to say of it, with the ids that join it to the spans."""
    desk, random = assistant.desk, Random(call.seed)  # noqa: S311 what it draws protects nothing
    about = {
        "gen_ai.agent.name": desk.agent,
        "gen_ai.conversation.id": f"session-{question.user}",
        "gen_ai.prompt.name": desk.prompt,
        "gen_ai.prompt.version": build.prompt_version,
        "user.id": question.user,
        "tenant": question.tenant,
    }
    operation = {"gen_ai.operation.name": "invoke_agent"}
    with (
        speaking_for(assistant.tracers, about) as tracer,
        tracer.start_as_current_span(f"invoke_agent {desk.agent}", attributes=operation) as span,
    ):
        messages = _opening(desk, build, question)
        run = _Run(call=call, build=build, random=random, tracer=tracer, messages=messages, topic=question.topic)
        try:
            await _answer(run)
        except APIError as problem:
            span.set_status(StatusCode.ERROR)
            span.set_attribute("error.type", type(problem).__name__)
        return [{**_ids(desk, question, build, span), **event} for event in run.events]


def _opening(desk: Desk, build: Build, question: Question) -> Messages:
    return [
        {"role": "system", "content": instruction(desk.prompt, build.prompt_version)},
        *({"role": "assistant", "content": text} for text in question.history),
        {"role": "user", "content": question.text},
    ]


def _ids(desk: Desk, question: Question, build: Build, span: Span) -> Event:
    return {
        "service": desk.service,
        "team": desk.team,
        "environment": "demo",
        "agent": desk.agent,
        "tenant": question.tenant,
        "user_id": question.user,
        "session_id": f"session-{question.user}",
        "prompt": desk.prompt,
        "prompt_version": build.prompt_version,
        "trace_id": format_trace_id(span.get_span_context().trace_id),
    }


async def _answer(run: _Run) -> None:
    """Tools for as long as the model wants some, then the answer, what it is worth, and a person where it is unsure."""
    step = await _ask(run, 0)
    run.report("branch_decision", node="intent", branch=run.build.sends_all_to or tools.branch_of(run.topic, step.tool))
    for number in range(_MOST_TOOLS):
        if not step.tool:
            break
        await _use(run, step)
        step = await _ask(run, number + 1)
    _judge(run, step.text)


async def _ask(run: _Run, number: int) -> Step:
    """What the model says next; after too many tools it gets none."""
    instructed, *others = run.messages
    if run.build.stamps_prompt:
        # No two prompts begin alike, so that no prompt cache knows any of them.
        instructed = {**instructed, "content": f"It is {run.call.seed}.{number}. {instructed['content']}"}
    offered = tools.described() if number < _MOST_TOOLS else []
    return await next_step(run.call, [instructed, *others], offered)


async def _use(run: _Run, step: Step) -> None:
    """Run what the model asked for, and give it the result."""
    called = {"id": step.call_id, "type": "function", "function": {"name": step.tool, "arguments": step.arguments}}
    run.messages.append({"role": "assistant", "content": None, "tool_calls": [called]})
    result = await (_search(run) if step.tool == tools.SEARCH_HANDBOOK else _tool(run, step))
    run.messages.append({"role": "tool", "tool_call_id": step.call_id, "content": result})


async def _tool(run: _Run, step: Step) -> str:
    attributes = {
        "gen_ai.operation.name": "execute_tool",
        "gen_ai.tool.name": step.tool,
        "gen_ai.tool.call.id": step.call_id,
        "gen_ai.tool.call.arguments": step.arguments,
    }
    with run.tracer.start_as_current_span(f"execute_tool {step.tool}", attributes=attributes) as span:
        await asyncio.sleep(tools.seconds_of(run.random))
        try:
            return tools.run_tool(step.tool, _object(step.arguments), run.build, run.random)
        except tools.ToolError as problem:
            span.set_status(StatusCode.ERROR)
            span.set_attribute("error.type", "tool_error")
            return str(problem)


async def _search(run: _Run) -> str:
    """The search is the application's own, and its result an event."""
    seconds = tools.seconds_of(run.random)
    await asyncio.sleep(seconds)
    pages, score = tools.search(run.build, run.random)
    run.report("retrieval", retriever="handbook", documents=len(pages), top_score=score, duration_seconds=seconds)
    return " ".join(pages)


def _judge(run: _Run, answer: str) -> None:
    """What the application's own checks say, who decides, and what the customer thinks of it."""
    grounded, sure, random = checks.groundedness(answer), checks.confidence(answer), run.random
    run.report("guardrail_check", guardrail="no-promises", result="passed" if checks.keeps_rules(answer) else "blocked")
    run.report("score", name="groundedness", value=grounded, source="program")
    run.report("quality_gate", gate="grounded-enough", passed=grounded >= checks.GROUNDED)
    branch = "answer" if sure >= checks.SURE else "person"
    run.report("branch_decision", node="confidence", branch=branch, value=sure)
    if branch == "person":
        run.report("human_review", outcome="requested")
        run.report("human_review", outcome="approved" if random.random() < _APPROVED_SHARE else "edited")
    if random.random() < _FEEDBACK_SHARE:
        is_pleased = random.gauss(grounded, 0.1) >= checks.PLEASED
        run.report("feedback", rating="positive" if is_pleased else "negative")


def _object(arguments: str) -> dict[str, Any]:
    """The arguments that a model spelled; a model may spell anything."""
    try:
        found = json.loads(arguments)
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}
