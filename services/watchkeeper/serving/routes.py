"""Routes without a framework around the handler: for what is called often, and for processes with few of them."""

from starlette.routing import Match, Route
from starlette.types import Scope


class PlainRoute(Route):
    """A route without what FastAPI does around a handler, which takes as long as reading ten spans (bench/ingest.py).

    It names itself in the scope, as FastAPI's routes do: counters and log lines report its path.
    """

    def matches(self, scope: Scope) -> tuple[Match, Scope]:
        """Say whether the request is this route's."""
        match, child_scope = super().matches(scope)
        return match, {**child_scope, "route": self} if match is not Match.NONE else child_scope
