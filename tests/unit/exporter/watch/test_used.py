"""What was used of ceilings and quotas by someone who is to be forgotten, and by everyone else."""

import pytest
import yaml
from tests.support.facts import NOW, make_call, make_context
from tests.support.objectives import paid_call

from watchkeeper.config.forget_requests import ForgetUsed
from watchkeeper.config.schema import ConfigFile
from watchkeeper.exporter.watch.used import Used

ALICE, BOB = "a" * 16, "b" * 16
CONFIG = """
ceilings:
  - {name: runs, per: run, max_steps: 100}
  - {name: sessions, per: session, max_steps: 100}
  - {name: users, per: user, max_steps: 100}
  - {name: agents, per: agent, max_steps: 100}
quotas:
  - {name: of-users, per: user, window: 24h, limit_usd: 10}
  - {name: of-teams, per: team, window: 24h, limit_usd: 10}
"""
TOKENS = f"""
access:
  tokens:
    - {{tenant: acme, sha256: {"a1" * 32}}}
    - {{tenant: other, sha256: {"b2" * 32}}}
"""


def used_of(text: str, *callers: tuple[str, str]) -> Used:
    """The books of a configuration after a call of each user of a tenant, in a run and a session of its own."""
    used = Used(ConfigFile.model_validate(yaml.safe_load(text)))
    for tenant, user in callers:
        context = make_context(
            tenant=tenant, user_hash=user, trace_id=f"t-{user}", session_id=f"s-{user}", agent="claude_code", team="t"
        )
        call = make_call(context=context, cost=paid_call("1").cost)
        used.ceilings.take(call, NOW)
        used.quotas.count(call, NOW)
        used.quotas.count_user(call, NOW)
    return used


def everything(used: Used) -> str:
    """All that would be saved, as text."""
    return b"".join(used.saved().values()).decode("utf-8", "replace")


def test_all_of_a_person_goes_and_nothing_of_another() -> None:
    """The sums of the user, the session and the run; those of agents and teams are of many people, and stay."""
    used = used_of(CONFIG, ("default", ALICE), ("default", BOB))
    alone = used_of(CONFIG, ("default", BOB))

    count = used.forget(ForgetUsed(users=(ALICE,), sessions=(f"s-{ALICE}",), traces=(f"t-{ALICE}",)))

    # Three ceilings, the quota and the day of coding agents.
    assert count == 5
    assert ALICE not in everything(used)
    assert everything(used).count(BOB) == everything(alone).count(BOB) > 0
    assert [holder for holder, _, _ in used.quotas.used("of-users", NOW)] == [BOB]
    assert [(holder, amount) for holder, _, amount in used.quotas.used("of-teams", NOW)] == [("t", 2.0)]


@pytest.mark.parametrize(
    ("request_", "left"),
    [
        pytest.param(ForgetUsed(users=(ALICE,), tenant="acme"), {f"other/{ALICE}"}, id="only of the tenant"),
        pytest.param(ForgetUsed(users=(ALICE,)), set(), id="of every tenant"),
        pytest.param(ForgetUsed(users=(ALICE,), tenant="who"), {f"acme/{ALICE}", f"other/{ALICE}"}, id="of no tenant"),
    ],
)
def test_two_tenants_may_have_users_of_one_name(request_: ForgetUsed, left: set[str]) -> None:
    """With tokens sums are by tenant, as lines are."""
    used = used_of(CONFIG + TOKENS, ("acme", ALICE), ("other", ALICE))

    used.forget(request_)

    assert {holder for holder, _, _ in used.quotas.used("of-users", NOW)} == left
    assert (ALICE in everything(used).replace(f"t-{ALICE}", "").replace(f"s-{ALICE}", "")) is bool(left)


def test_without_tokens_a_tenant_is_only_what_calls_say() -> None:
    """The sums are of all tenants together, and cannot be taken apart."""
    used = used_of(CONFIG, ("acme", ALICE), ("other", ALICE))

    used.forget(ForgetUsed(users=(ALICE,), tenant="acme"))

    assert used.quotas.used("of-users", NOW) == []


def test_whoever_comes_back_counts_from_zero() -> None:
    """What is taken away is no different from never having been there, and goes once."""
    used = used_of(CONFIG, ("default", ALICE))
    forgotten = ForgetUsed(users=(ALICE,))

    assert used.forget(forgotten) == 3
    assert used.forget(forgotten) == 0
    assert used.forget(ForgetUsed()) == 0
