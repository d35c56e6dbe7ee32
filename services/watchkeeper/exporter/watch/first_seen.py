"""What a service uses for the first time: a prompt version or a model, told once as a change that nobody announced."""

from collections.abc import Iterable

from watchkeeper.model import Context, Deployment, LlmCall

# Above what admission lets through of either; a flood of invented names ends here and is not told.
_MOST = 20_000

# Service, model, prompt and prompt version of a call.
Row = tuple[str, str, str, str]


class FirstSeen:
    """Remembers the prompt versions and models of each service.

    After a clean stop they are known again from the counters that come back. Where nothing came back (the first start,
    or a crash) everything would look new, so the first ``learning_seconds`` are only learnt from.
    """

    def __init__(self, learning_seconds: float) -> None:
        self._learning_seconds = learning_seconds
        self._rows: set[Row] = set()
        self._known: set[tuple[str, ...]] = set()
        self._tells_from = 0.0

    def start(self, rows: Iterable[Row], now: float) -> None:
        """Know what the labels of restored counters tell; ``now`` in Unix seconds."""
        for row in rows:
            self._known.update(_parts(row))
        self._tells_from = now if self._known else now + self._learning_seconds

    def see(self, call: LlmCall, now: float) -> list[Deployment]:
        """The changes that a call shows for the first time."""
        context = call.context
        row = (context.service, context.model, context.prompt, context.prompt_version)
        if row in self._rows or len(self._rows) >= _MOST:
            return []
        self._rows.add(row)
        new = [part for part in _parts(row) if part not in self._known]
        self._known.update(new)
        return [_change(part, context) for part in new] if now >= self._tells_from else []


def _parts(row: Row) -> list[tuple[str, ...]]:
    """What may be new by itself: the model of a service, and the version of its prompt."""
    service, model, prompt, version = row
    models: list[tuple[str, ...]] = [("model", service, model, "")] if model else []
    return [*models, ("prompt", service, prompt, version)] if prompt else models


def _change(part: tuple[str, ...], context: Context) -> Deployment:
    kind, service, name, version = part
    where = Context(time_ns=context.time_ns, service=service, team=context.team, environment=context.environment)
    return Deployment(context=where, kind=kind, name=name, version=version, is_inferred=True)
