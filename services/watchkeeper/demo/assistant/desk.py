"""Whose assistant it is: a service of a team, with its prompt, its models and its customers."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Desk:
    """One service; ``models`` and ``tenants`` are names with weights."""

    service: str
    team: str
    agent: str
    prompt: str
    models: dict[str, int]
    tenants: dict[str, int]
    users: int = 40
    conversations_per_second: float = 2.0


SUPPORT = Desk(
    service="demo-support",
    team="care",
    agent="support-agent",
    prompt="support-answer",
    models={"gpt-5.4": 9, "gpt-5.4-mini": 1},
    tenants={"acme": 5, "globex": 3, "initech": 2},
)
SHOP = Desk(
    service="demo-shop",
    team="sales",
    agent="shop-agent",
    prompt="shop-answer",
    models={"gpt-5.2": 7, "gpt-5.1-mini": 3},
    tenants={"acme": 1},
    users=25,
    conversations_per_second=1.0,
)
DESKS = (SUPPORT, SHOP)
