"""What customers ask, and what was said before. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from random import Random

from watchkeeper.demo.assistant.build import Build
from watchkeeper.demo.assistant.desk import Desk

_WORDS = {
    "order_status": ("Where is my parcel of order {order}?", "When will order {order} arrive?"),
    "refund": ("I want my money back for order {order}.", "How do I return order {order} for a refund?"),
    "question": ("How long is the guarantee of the spade?", "Which shears cut branches of three centimetres?"),
}
_HISTORY = "Earlier the customer wrote about the same matter, and was told what the shop does in such a case. " * 5
_TURNS = 30


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """What one customer asks."""

    text: str
    topic: str
    user: str
    tenant: str
    history: tuple[str, ...] = ()


def ask(desk: Desk, build: Build, random: Random) -> Question:
    """A question of one of the desk's customers."""
    topic = _one_of(build.topics, random)
    number = random.randrange(desk.users)
    order = f"{random.choice('ABC')}-{random.randrange(1000, 9999)}"
    return Question(
        text=random.choice(_WORDS[topic]).format(order=order),
        topic=topic,
        user=f"user-{number}",
        # A user belongs to one tenant, whatever is asked.
        tenant=_one_of(desk.tenants, Random(number)),  # noqa: S311 what it draws protects nothing
        history=(_HISTORY,) * _TURNS if build.sends_whole_history else (),
    )


def model_of(desk: Desk, random: Random) -> str:
    """The model that a call goes to: most to the large one."""
    return _one_of(desk.models, random)


def _one_of(weights: Mapping[str, float], random: Random) -> str:
    return random.choices(list(weights), weights=list(weights.values()))[0]
