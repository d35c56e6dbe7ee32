"""The metrics of coding agents: calls, decisions, users and quotas."""

from decimal import Decimal
from typing import Any

import msgspec
import pytest
from tests.support.facts import NOW, make_call, make_context
from tests.support.objectives import make_quota, paid_call

from watchkeeper.exporter.normalise.coding_agents import AGENTS
from watchkeeper.exporter.sinks.coding_agents import CodingAgentSink
from watchkeeper.exporter.watch.quotas import QuotaBook
from watchkeeper.metrics.admission import LabelAdmission
from watchkeeper.metrics.catalogue import METRICS
from watchkeeper.metrics.store import MetricStore
from watchkeeper.model import HumanReview, Usage
from watchkeeper.model.coding_agents import CODING_AGENTS

HOUR = 3600.0
OWNED = ("shop", "search", "codex")


class Watched:
    """A sink of some quotas and its store."""

    def __init__(self, *quotas: Any, is_by_tenant: bool = False) -> None:
        self.store = MetricStore(METRICS)
        self.book = QuotaBook(quotas, is_by_tenant=is_by_tenant)
        self.sink = CodingAgentSink(self.book, self.store, LabelAdmission({}, lambda *_: None))
        self.sink.start()

    def spend(self, usd: str, now: float = NOW, **context: Any) -> None:
        """Take a call of a coding agent."""
        self.sink.take(paid_call(usd, **{"agent": "codex", "user_hash": "u", **context}), now)

    def samples(self, metric: str, now: float = NOW) -> dict[tuple[str, ...], object]:
        """The samples of a metric by their label values."""
        self.sink.refresh(now)
        return {values: series.value for values, series in self.store.families[metric].series.items()}


def test_the_names_are_those_that_events_get() -> None:
    """An agent of the table that no one counts here would be missing on the page."""
    assert tuple(agent.name for agent in AGENTS) == CODING_AGENTS


def test_a_call_counts_by_agent_and_model() -> None:
    """With its tokens and its dollars; what is not reported is not there."""
    watched = Watched()
    call = paid_call("0.5", agent="codex")

    watched.sink.take(msgspec.structs.replace(call, usage=Usage(input=100, output=20, cached_input=80)), NOW)

    model = (*OWNED, "gpt-4o-mini")
    assert watched.samples("llm_coding_agent_requests_total") == {(*model, "ok"): 1}
    assert watched.samples("llm_coding_agent_cost_dollars_total") == {model: Decimal("0.5")}
    assert watched.samples("llm_coding_agent_tokens_total") == {
        (*model, "input"): 100,
        (*model, "cached_input"): 80,
        (*model, "output"): 20,
    }


def test_decisions_of_people_count_both_ways() -> None:
    """The first rejection has a zero of approvals beside it, so that a share can be had."""
    watched = Watched()

    watched.sink.take(HumanReview(context=make_context(agent="codex"), outcome="rejected"), NOW)
    watched.sink.take(HumanReview(context=make_context(agent="codex"), outcome="requested"), NOW)

    assert watched.samples("llm_coding_agent_tool_decisions_total") == {
        (*OWNED, "approved"): 0,
        (*OWNED, "rejected"): 1,
    }


def test_without_coding_agents_and_quotas_there_is_no_series() -> None:
    """What no one uses costs nothing."""
    watched = Watched()

    watched.sink.take(paid_call("5", agent="support", user_hash="u"), NOW)
    watched.sink.take(HumanReview(context=make_context(agent="support"), outcome="rejected"), NOW)
    watched.sink.refresh(NOW)

    names = [name for name in watched.store.families if name.startswith("llm_coding_agent")]
    assert len(names) == 14
    assert not [name for name in names if watched.store.families[name].series]


def test_users_are_beside_their_median() -> None:
    """Of the last 24 hours; the day after no one is left."""
    watched = Watched()
    for user, usd in (("a", "1"), ("b", "2"), ("c", "30")):
        watched.spend(usd, user_hash=user)
    watched.spend("7", user_hash="")
    watched.spend("7", service="drill-x")

    costs = watched.samples("llm_coding_agent_user_cost_dollars")
    assert costs == {("a", "search"): 1.0, ("b", "search"): 2.0, ("c", "search"): 30.0}
    assert watched.samples("llm_coding_agent_user_cost_median_dollars") == {(): 2.0}
    assert watched.samples("llm_coding_agent_user_entries") == {(): 3}
    for name in ("user_cost_dollars", "user_cost_median_dollars", "user_entries"):
        assert watched.samples(f"llm_coding_agent_{name}", NOW + 25 * HOUR) == {}


@pytest.mark.parametrize(
    ("quota", "context", "holder"),
    [
        pytest.param(make_quota("user"), {}, "u", id="a user"),
        pytest.param(make_quota("team"), {}, "search", id="a team"),
        pytest.param(make_quota("tenant"), {"tenant": "acme"}, "acme", id="a tenant"),
    ],
)
def test_a_quota_is_used_by_whom_it_is_for(quota: Any, context: dict[str, str], holder: str) -> None:
    """As a share of its limit; when the window has moved on it is not used any more."""
    watched = Watched(quota)
    watched.spend("2.5", **context)
    watched.spend("5", **context)
    watched.spend("5", agent="support", **context)

    key = (quota.name, quota.per, "5h", holder, "search")
    assert watched.samples("llm_coding_agent_quota_used_ratio") == {key: 0.75}
    assert watched.samples("llm_coding_agent_quota_used_ratio", NOW + 6 * HOUR) == {}
    assert watched.samples("llm_coding_agent_quota_limit") == {(quota.name, quota.per, "5h", "usd"): 10.0}


def test_a_quota_may_be_of_tokens() -> None:
    """Input and output, whether anyone knows the price or not."""
    watched = Watched(make_quota(limit_tokens=1200))

    watched.sink.take(make_call(context=make_context(agent="codex", user_hash="u")), NOW)

    assert list(watched.samples("llm_coding_agent_quota_used_ratio").values()) == [0.1]


def test_a_quota_may_match_other_calls() -> None:
    """Then it is not about coding agents."""
    watched = Watched(make_quota(match={"service": ["shop"]}))

    watched.spend("5", agent="support")

    assert list(watched.samples("llm_coding_agent_quota_used_ratio").values()) == [0.5]


def test_the_users_of_two_tenants_are_two() -> None:
    """Where tokens tell tenants apart."""
    watched = Watched(make_quota(), is_by_tenant=True)
    for tenant in ("acme", "beta"):
        watched.spend("5", tenant=tenant)

    assert {values[3] for values in watched.samples("llm_coding_agent_quota_used_ratio")} == {"acme/u", "beta/u"}


def test_the_first_of_many_are_shown() -> None:
    """Series are bounded, whatever the number of users; names are cut."""
    watched = Watched(make_quota(), make_quota("team"))
    for number in range(200):
        watched.spend(f"{number + 1}", user_hash=f"{number}", team="x" * 5000)

    used = watched.samples("llm_coding_agent_quota_used_ratio")
    users = {values[3] for values in used if values[0] == "user"}
    assert users == {f"{number}" for number in range(180, 200)}
    assert max(len(text) for values in used for text in values) == 128


def test_what_was_used_outlives_the_process() -> None:
    """Of quotas that are still there."""
    watched = Watched(make_quota(), make_quota("team"))
    watched.spend("5")

    after = Watched(make_quota())
    after.book.resume(watched.book.saved())

    assert list(after.samples("llm_coding_agent_quota_used_ratio").values()) == [0.5]
    assert after.samples("llm_coding_agent_user_entries") == {(): 1}
