"""Counts what coding agents do, by agent, and how much users, teams and tenants used of their quotas."""

from collections.abc import Iterable
from decimal import Decimal
from statistics import median

from watchkeeper.exporter.watch.quotas import QuotaBook
from watchkeeper.exporter.watch.top_spenders import keep_shown
from watchkeeper.metrics.admission import LabelAdmission
from watchkeeper.metrics.folding import OTHER
from watchkeeper.metrics.store import MetricStore
from watchkeeper.model import CodingActivity, Context, Fact, HumanReview, LlmCall
from watchkeeper.model.coding_agents import CODING_AGENTS

# Whoever is among the first 20 gets a series, and keeps it among the first 40.
_ENTER = 20
_DECISIONS = ("approved", "rejected")
# What of an activity each number has, and the label that it has beside its owner.
_ACTIVITIES: tuple[tuple[str, str, tuple[str, ...]], ...] = (
    ("sessions", "llm_coding_agent_sessions_total", ()),
    ("active_seconds", "llm_coding_agent_active_seconds_total", ()),
    ("lines_added", "llm_coding_agent_lines_total", ("added",)),
    ("lines_removed", "llm_coding_agent_lines_total", ("removed",)),
    ("commits", "llm_coding_agent_commits_total", ()),
    ("pull_requests", "llm_coding_agent_pull_requests_total", ()),
)


class CodingAgentSink:
    """Keeps the metrics of coding agents; none of them exists before a coding agent's first call."""

    def __init__(self, book: QuotaBook, store: MetricStore, admission: LabelAdmission) -> None:
        self._book = book
        self._families = store.families
        self._admit = admission.admit
        self._owner_of = admission.owner

    def start(self) -> None:
        """Report the limits of quotas."""
        for name, quota in self._book.quotas.items():
            limit = (name, quota.per, quota.window, quota.unit)
            self._families["llm_coding_agent_quota_limit"].set(limit, quota.limit)

    def take(self, fact: Fact, now: float) -> None:
        """Count one fact; ``now`` is the time of arrival in Unix seconds."""
        if isinstance(fact, LlmCall):
            if self._book.quotas:
                self._book.count(fact, now)
            if fact.context.agent in CODING_AGENTS:
                self._book.count_user(fact, now)
                self._call(fact, now)
        elif isinstance(fact, HumanReview) and fact.context.agent in CODING_AGENTS and fact.outcome in _DECISIONS:
            owner = self._owner(fact.context)
            for outcome in _DECISIONS:
                self._add("llm_coding_agent_tool_decisions_total", (*owner, outcome), int(outcome == fact.outcome), now)
        elif isinstance(fact, CodingActivity):
            self._activity(fact, now)

    def refresh(self, now: float) -> None:
        """Bring up to date what is of the last hours and days."""
        for name, quota in self._book.quotas.items():
            used = self._book.used(name, now)
            shares = {holder: (team, amount / quota.limit) for holder, team, amount in used}
            self._show("llm_coding_agent_quota_used_ratio", (name, quota.per, quota.window), shares)
        costs = self._book.cost_of_users(now)
        self._show("llm_coding_agent_user_cost_dollars", (), {user: (team, usd) for user, team, usd in costs})
        for metric, value in (
            ("llm_coding_agent_user_cost_median_dollars", median([usd for _, _, usd in costs] or [0.0])),
            ("llm_coding_agent_user_entries", len(costs)),
        ):
            if costs:
                self._families[metric].set((), value)
            else:
                self._families[metric].drop(())

    def _activity(self, activity: CodingActivity, now: float) -> None:
        owner = self._owner(activity.context)
        for name, metric, more in _ACTIVITIES:
            if (amount := getattr(activity, name)) is not None:
                self._add(metric, (*owner, *more), amount, now)

    def _call(self, call: LlmCall, now: float) -> None:
        owner = self._owner(call.context)
        model = self._admit("model", call.context.model or call.context.model_requested, owner[0])
        self._add("llm_coding_agent_requests_total", (*owner, model, call.status), 1, now)
        if call.cost is not None:
            self._add("llm_coding_agent_cost_dollars_total", (*owner, model), call.cost.usd, now)
        usage = call.usage
        tokens = {
            "input": usage.input,
            "cached_input": usage.cached_input,
            "cache_write": usage.cache_write,
            "output": usage.output,
        }
        for kind, count in tokens.items():
            if count is not None:
                self._add("llm_coding_agent_tokens_total", (*owner, model, kind), count, now)

    def _add(self, metric: str, values: tuple[str, ...], amount: float | Decimal, now: float) -> None:
        self._families[metric].add(values, amount, now)

    def _show(self, metric: str, of: tuple[str, ...], ranked: dict[str, tuple[str, float]]) -> None:
        """The first of a ranking, each with its team; sums go by whoever is shown."""
        gauge, places = self._families[metric], len(of)
        shown = {values[places]: None for values in gauge.series if values[:places] == of}
        wanted = {(*of, holder, ranked[holder][0]): ranked[holder][1] for holder in self._shown(ranked, shown)}
        gauge.drop_if(lambda values: values[:places] == of and values not in wanted)
        for values, amount in wanted.items():
            gauge.set(values, amount)

    @staticmethod
    def _shown(ranked: Iterable[str], shown: dict[str, None]) -> list[str]:
        return [holder for holder in keep_shown(ranked, shown, _ENTER) if holder != OTHER]

    def _owner(self, context: Context) -> tuple[str, str, str]:
        service, team = self._owner_of(context.service, context.team)
        return service, team, self._admit("agent", context.agent, service)
