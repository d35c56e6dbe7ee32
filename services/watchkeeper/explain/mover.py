"""A cause of a change, as people would name it."""

from dataclasses import dataclass

from watchkeeper.explain.cells import Factor
from watchkeeper.explain.who import Who


@dataclass(frozen=True, slots=True, kw_only=True)
class Move:
    """One factor of a mover, its own value before and after, and the amount that it moved the number by."""

    factor: Factor
    amount: float
    before: float | None
    after: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Mover:
    """One cause: for whom, what moved, and by how much that moved the number; the largest move first."""

    service: str
    who: Who | None
    moves: tuple[Move, ...]

    @property
    def amount(self) -> float:
        """What the number changed by because of it."""
        return sum(move.amount for move in self.moves)

    @property
    def factor(self) -> Factor:
        """What moved most."""
        return self.moves[0].factor
