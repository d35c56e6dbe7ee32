"""POST /v1/budget/check: what the budgets of a call say, from memory."""

import time
from collections.abc import Callable
from decimal import Decimal
from typing import Annotated

import msgspec
from fastapi import APIRouter, Request, Response

from watchkeeper.errors import DecodeError
from watchkeeper.exporter.ingest.answer import JSON, Answerer, json_failure, reply
from watchkeeper.exporter.ingest.json_values import check_values
from watchkeeper.exporter.watch.budget_check import BudgetAnswer, check
from watchkeeper.exporter.watch.budgets import Account, BudgetBook, Payer, is_one_of, payer_of
from watchkeeper.model import Context

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
    estimated_cost_usd: Annotated[Decimal, msgspec.Meta(description="US dollars, 0 or more")] = Decimal(0)


_decode = msgspec.json.Decoder(BudgetQuestion).decode
_encode = msgspec.json.Encoder(decimal_format="number").encode


def budget_router(book: BudgetBook, complete: Callable[[Context], Context], answerer: Answerer) -> APIRouter:
    """Return the route; ``complete`` gives a call the team and the tenant that its telemetry would get."""
    router = APIRouter(tags=["budgets"])

    @router.post("/v1/budget/check")
    async def budget_check(request: Request) -> Response:
        """Answer allow, warn or deny, with the numbers of every budget that the call would count in."""

        def handle(body: bytes, tenant: str) -> Response:
            question = _read(body)
            if question.budget:
                account = book.accounts.get(question.budget)
                if account is None or not _may_ask(account, tenant):
                    return json_failure(404, f"budget: must be one of watchkeeper.yml, got {question.budget[:80]!r}")
                return _answer((account,), question, tenant)
            return _answer(book.accounts_of(_payer(question, tenant, complete)), question, tenant)

        return await answerer.answer(request, handle, json_failure)

    return router


def _answer(accounts: tuple[Account, ...], question: BudgetQuestion, tenant: str) -> Response:
    shown = ((account, not tenant or account.budget.match.tenant is not None) for account in accounts)
    answer: BudgetAnswer = check(shown, question.estimated_cost_usd, time.time())
    return reply(200, _encode(answer), JSON)


def _read(body: bytes) -> BudgetQuestion:
    check_values(body)
    try:
        question = _decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise DecodeError(f"body: must be a JSON object of a call or a budget, {error}") from error
    if not (question.estimated_cost_usd.is_finite() and question.estimated_cost_usd >= 0):
        raise DecodeError("estimated_cost_usd: must be 0 or more US dollars")
    return question


def _payer(question: BudgetQuestion, tenant: str, complete: Callable[[Context], Context]) -> Payer:
    context = Context(
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
    )
    return payer_of(complete(context))


def _may_ask(account: Account, tenant: str) -> bool:
    """Whoever has a token may ask for budgets that count its calls: not for those of other tenants."""
    patterns = account.budget.match.tenant
    return not tenant or patterns is None or is_one_of(tenant, patterns)
