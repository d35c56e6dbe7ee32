"""POST /v1/budget/check: what the budgets and the ceilings of a call say, from memory."""

import time
from collections.abc import Callable
from decimal import Decimal
from typing import Annotated

import msgspec
from fastapi import APIRouter, Request, Response

from watchkeeper.config.section import UNASSIGNED
from watchkeeper.errors import DecodeError
from watchkeeper.exporter.enrich.ownership import DEFAULT_TENANT, UNKNOWN
from watchkeeper.exporter.ingest.answer import JSON, Answerer, json_failure, reply
from watchkeeper.exporter.ingest.json_values import check_values
from watchkeeper.exporter.watch.budget_check import BudgetState, Decision, check, strictest
from watchkeeper.exporter.watch.budgets import Account, BudgetBook, Payer, is_one_of, payer_of
from watchkeeper.exporter.watch.ceiling_check import CeilingState, check_ceilings
from watchkeeper.exporter.watch.ceilings import CeilingBook
from watchkeeper.model import Context
from watchkeeper.model.ids import canonical_id

Text = Annotated[str, msgspec.Meta(max_length=1024)]


class BudgetQuestion(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A call to come, or the name of a ``budget``; unknown keys are refused, so that a misspelt one matches nothing."""

    budget: Text = ""
    service: Text = ""
    team: Text = ""
    environment: Text = ""
    tenant: Text = ""
    agent: Text = ""
    operation: Text = ""
    provider: Text = ""
    model: Text = ""
    prompt: Text = ""
    trace_id: Text = ""
    session_id: Text = ""
    user_id: Text = ""
    estimated_cost_usd: Annotated[Decimal, msgspec.Meta(description="US dollars, 0 or more")] = Decimal(0)


class Answer(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The strictest decision of all budgets and ceilings, and each of them; none allows everything."""

    decision: Decision
    budgets: tuple[BudgetState, ...]
    ceilings: tuple[CeilingState, ...] = ()


_decode = msgspec.json.Decoder(BudgetQuestion).decode
_encode = msgspec.json.Encoder(decimal_format="number").encode
# What a call is given that does not say whose it is.
_NOT_SAID = (UNKNOWN, DEFAULT_TENANT, UNASSIGNED)


class BudgetCheck:
    """Answers from the books; ``complete`` gives a call the team, tenant and user that its telemetry would get."""

    def __init__(self, book: BudgetBook, ceilings: CeilingBook, complete: Callable[[Context], Context]) -> None:
        self._book = book
        self._ceilings = ceilings
        self._complete = complete

    def handle(self, body: bytes, tenant: str) -> Response:
        """Answer a question in the name of a tenant; empty where no one needs a token."""
        question = _read(body)
        if question.budget:
            account = self._book.accounts.get(question.budget)
            if account is None or not _may_ask(account, tenant):
                return json_failure(404, f"budget: must be one of watchkeeper.yml, got {question.budget[:80]!r}")
            return self._answer((account,), (), question, tenant)
        reported = _reported(question, tenant)
        context, now = self._complete(reported), time.time()
        accounts = self._book.accounts_of(payer_of(context))
        asked = _given(payer_of(reported), payer_of(context)), context
        ceilings = tuple(check_ceilings(self._ceilings, asked, question.estimated_cost_usd, now))
        return self._answer(accounts, ceilings, question, tenant)

    @staticmethod
    def _answer(
        accounts: tuple[Account, ...], ceilings: tuple[CeilingState, ...], question: BudgetQuestion, tenant: str
    ) -> Response:
        shown = ((account, not tenant or account.budget.match.tenant is not None) for account in accounts)
        of_budgets = check(shown, question.estimated_cost_usd, time.time())
        decision = strictest((of_budgets.decision, *(state.decision for state in ceilings)))
        return reply(200, _encode(Answer(decision=decision, budgets=of_budgets.budgets, ceilings=ceilings)), JSON)


def budget_router(check_of: BudgetCheck, answerer: Answerer) -> APIRouter:
    """Return the route."""
    router = APIRouter(tags=["budgets"])

    @router.post("/v1/budget/check")
    async def budget_check(request: Request) -> Response:
        """Answer allow, warn or deny, with the numbers of every budget and ceiling that the call would count in."""
        return await answerer.answer(request, check_of.handle, json_failure)

    return router


def _read(body: bytes) -> BudgetQuestion:
    check_values(body)
    try:
        question = _decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise DecodeError(f"body: must be a JSON object of a call or a budget, {error}") from error
    if not (question.estimated_cost_usd.is_finite() and question.estimated_cost_usd >= 0):
        raise DecodeError("estimated_cost_usd: must be 0 or more US dollars")
    return question


def _reported(question: BudgetQuestion, tenant: str) -> Context:
    return Context(
        time_ns=0,
        service=question.service,
        environment=question.environment,
        team=question.team,
        tenant=tenant or question.tenant,
        agent=question.agent,
        operation=question.operation,
        provider=question.provider,
        model=question.model,
        prompt=question.prompt,
        trace_id=canonical_id(question.trace_id),
        session_id=question.session_id,
        user_id=question.user_id,
    )


def _given(reported: Payer, complete: Payer) -> Payer:
    """The labels that the question gives, or that follow from them."""
    labels = {
        label: "" if value in _NOT_SAID and not getattr(reported, label) else value
        for label, value in msgspec.structs.asdict(complete).items()
    }
    return Payer(**labels)


def _may_ask(account: Account, tenant: str) -> bool:
    """Whoever has a token may ask for budgets that count its calls: not for those of other tenants."""
    patterns = account.budget.match.tenant
    return not tenant or patterns is None or is_one_of(tenant, patterns)
