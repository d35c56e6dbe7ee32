"""SLOs, budgets, ceilings and quotas for tests: sensible ones, with only what the test is about spelled out."""

from decimal import Decimal
from typing import Any

from tests.support.facts import make_call, make_context

from watchkeeper.config import Budget, Ceiling, Slo
from watchkeeper.config.quotas import Quota
from watchkeeper.model import Cost, LlmCall


def make_slo(kind: str = "availability", **changes: Any) -> Slo:
    """An SLO named after its kind, of 99 %, for all services."""
    return Slo.model_validate({"name": kind, "kind": kind, "objective": 0.99, **changes})


def make_budget(period: str = "month", **changes: Any) -> Budget:
    """A budget of 100 dollars named after its period, for all calls."""
    return Budget.model_validate({"name": period, "period": period, "limit_usd": 100, **changes})


def paid_call(usd: str, **context: Any) -> LlmCall:
    """A call that costs so much."""
    cost = Cost(usd=Decimal(usd), source="reported", price_date="")
    return make_call(context=make_context(**context), cost=cost)


def make_ceiling(per: str = "run", **changes: Any) -> Ceiling:
    """A ceiling of three steps named after what it counts, for all calls."""
    limits = changes if any(name.startswith("max_") for name in changes) else {"max_steps": 3, **changes}
    return Ceiling.model_validate({"name": per, "per": per, **limits})


def make_quota(per: str = "user", **changes: Any) -> Quota:
    """A quota of ten dollars in five hours named after what it counts, for all coding agents."""
    limit = {} if "limit_tokens" in changes else {"limit_usd": 10}
    return Quota.model_validate({"name": per, "per": per, "window": "5h", **limit, **changes})
