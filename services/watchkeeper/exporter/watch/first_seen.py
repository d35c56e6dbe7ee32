"""What a service uses for the first time: a prompt version or a model, reported once as an inferred change."""

from collections import Counter
from collections.abc import Iterable

from watchkeeper.exporter.watch.repeats import Repeats
from watchkeeper.model import Context, Deployment, LlmCall

# Rows, and parts of them, of which the longest unused are forgotten: a year of a company of two hundred services.
_MOST = 131_072
# Of one service in a day; a flood of invented names ends here and is not reported.
_MOST_CHANGES_A_DAY = 100
_DAY_SECONDS = 86_400

# Service, model, prompt and prompt version of a call.
Row = tuple[str, str, str, str]


class FirstSeen:
    """Remembers the prompt versions and models of each service.

    After a clean stop they are known again from the counters that come back. Where nothing came back (the first start,
    or a crash) everything would look new, so the first ``learning_seconds`` are only learnt from.
    """

    def __init__(self, learning_seconds: float) -> None:
        self._learning_seconds = learning_seconds
        self._rows = Repeats(_MOST)
        self._known = Repeats(_MOST)
        self.reports_from = 0.0
        self._day = 0
        self._changes_today: Counter[str] = Counter()

    def __len__(self) -> int:
        return len(self._rows) + len(self._known)

    def start(self, rows: Iterable[Row], now: float, reports_from: float | None = None) -> None:
        """Know what the labels of restored counters show; ``now`` in Unix seconds."""
        for row in rows:
            for part in _parts(row):
                self._known.is_repeat(_key(part))
        learnt = now if len(self._known) else now + self._learning_seconds
        self.reports_from = learnt if reports_from is None else reports_from

    def see(self, call: LlmCall, now: float) -> list[Deployment]:
        """The changes that a call shows for the first time."""
        context = call.context
        row = (context.service, context.model, context.prompt, context.prompt_version)
        if self._rows.is_repeat(_key(row)):
            return []
        new = [part for part in _parts(row) if not self._known.is_repeat(_key(part))]
        if now < self.reports_from or not self._may_report(context.service, len(new), now):
            return []
        return [_change(part, context) for part in new]

    def _may_report(self, service: str, changes: int, now: float) -> bool:
        """Whether a service has not changed too often today."""
        if (today := int(now // _DAY_SECONDS)) != self._day:
            self._day = today
            self._changes_today.clear()
        self._changes_today[service] += changes
        return self._changes_today[service] <= _MOST_CHANGES_A_DAY


def _key(parts: tuple[str, ...]) -> str:
    """A hash, which is secret to the process: memory is bounded in bytes, whatever is in the parts."""
    return f"{hash(parts):x}"


def _parts(row: Row) -> list[tuple[str, ...]]:
    """What may be new by itself: the model of a service, and the version of its prompt."""
    service, model, prompt, version = row
    models: list[tuple[str, ...]] = [("model", service, model, "")] if model else []
    return [*models, ("prompt", service, prompt, version)] if prompt else models


def _change(part: tuple[str, ...], context: Context) -> Deployment:
    kind, service, name, version = part
    where = Context(time_ns=context.time_ns, service=service, team=context.team, environment=context.environment)
    return Deployment(context=where, kind=kind, name=name, version=version, is_inferred=True)
