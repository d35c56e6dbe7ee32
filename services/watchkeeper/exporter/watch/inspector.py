"""Looks at answers while they are in memory: what is kept is a length and names."""

from collections.abc import Sequence
from fnmatch import fnmatchcase

import msgspec

from watchkeeper.config.contracts import Contract
from watchkeeper.config.json_schemas import Validate, fits
from watchkeeper.exporter.normalise.dialect import AddContent
from watchkeeper.exporter.watch.answer_symptoms import symptoms_in
from watchkeeper.exporter.watch.answer_text import is_json_asked, read_answer, read_question
from watchkeeper.model import AgentStep, Answer, Context, Fact, LlmCall, Span

# Operations without an answer in words.
_NO_ANSWER = frozenset({"embeddings", "rerank"})


class Inspector:
    """Completes calls and agents' runs by what is seen in their answers; ``contracts`` may ask for JSON schemas."""

    def __init__(self, contracts: Sequence[Contract]) -> None:
        self._schemas: tuple[tuple[Contract, Validate], ...] = tuple(
            (contract, fits(contract.output.json_schema))
            for contract in contracts
            if contract.output.json_schema is not None
        )

    def inspect(self, fact: Fact, span: Span) -> Fact:
        """The fact with its answer, where its span has one; of what failed there is none to look at."""
        if isinstance(fact, LlmCall):
            is_looked_at = fact.status == "ok" and fact.context.operation not in _NO_ANSWER
            return self._with_answer(fact, span) if is_looked_at else fact
        if isinstance(fact, AgentStep) and fact.kind == "invoke_agent" and fact.status == "ok":
            return self._with_answer(fact, span)
        return fact

    def after(self, add: AddContent) -> AddContent:
        """Inspect what another step completes."""
        return lambda fact, span: self.inspect(add(fact, span), span)

    def _with_answer(self, fact: LlmCall | AgentStep, span: Span) -> Fact:
        answer = read_answer(span)
        if answer is None:
            return fact
        is_call = isinstance(fact, LlmCall)
        symptoms = symptoms_in(
            answer,
            read_question(span) if is_call else "",
            is_json_asked=is_call and is_json_asked(span),
            is_cut=isinstance(fact, LlmCall) and "length" in fact.finish_reasons,
        )
        seen = Answer(
            length=len(answer.text),
            broken_schemas=() if answer.calls_tools else self._broken(answer.text, fact.context),
            symptoms=tuple(symptoms) if is_call else (),
            is_final=not answer.calls_tools,
        )
        return msgspec.structs.replace(fact, answer=seen)

    def _broken(self, text: str, context: Context) -> tuple[str, ...]:
        asked = [(contract.name, is_fitting) for contract, is_fitting in self._schemas if _is_about(contract, context)]
        if not asked:
            return ()
        try:
            value = msgspec.json.decode(text)
        except (msgspec.DecodeError, RecursionError):
            return tuple(name for name, _ in asked)
        return tuple(name for name, is_fitting in asked if not is_fitting(value))


def _is_about(contract: Contract, context: Context) -> bool:
    """Whose agent a call belongs to is only known with its trace."""
    return any(fnmatchcase(context.service, pattern) for pattern in contract.service)
