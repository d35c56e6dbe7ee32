"""Queries over the log lines of coding agents: amounts and shares by the variable ``by``."""

from grafana.src.coding_agents.filters import OF_AGENTS

RANGE = "$__range"
STEP = "$__auto"
_WHO = f'| {OF_AGENTS} | agent=~"$agent" | team=~"$team" | user_hash=~`$user` | repository=~`$repository`'
_MODEL = '| model=~"$model"'


def _stream(event: str) -> str:
    return f'{{event="{event}", service=~"$service"}} {_WHO}'


CALLS = f"{_stream('llm_call_completed')} {_MODEL}"
FAILED = f'{CALLS} | status!="ok"'
ACTIVITY = f"{_stream('coding_agent_activity_recorded')} {_MODEL}"
_DECISIONS = f'{_stream("human_review_recorded")} | json outcome="outcome"'
ACCEPTED = f'{_DECISIONS} | outcome="approved"'
REJECTED = f'{_DECISIONS} | outcome="rejected"'


def amount(lines: str, field: str, window: str = RANGE) -> str:
    """The sum of a field of lines."""
    return f'sum by ($by) (sum_over_time({lines} | json found="{field}" | found!="" | unwrap found [{window}]))'


def count(lines: str, window: str = RANGE) -> str:
    """How many lines there are."""
    return f"sum by ($by) (count_over_time({lines} [{window}]))"


def share(part: str, whole: str, window: str = RANGE) -> str:
    """How many of the lines are of a part of them; what has none of these is not there."""
    return f"{count(part, window)} / {count(whole, window)}"


def cached_share(window: str = RANGE) -> str:
    """The share of the input that was read from a cache, of the calls that report it."""
    reporting = f'{CALLS} | json cached="cached_input_tokens" | cached!=""'
    return f"{amount(CALLS, 'cached_input_tokens', window)} / {amount(reporting, 'input_tokens', window)}"


def input_of_a_request(window: str = RANGE) -> str:
    """The mean input of the calls that report one."""
    reporting = f'{CALLS} | json input="input_tokens" | input!=""'
    return f"{amount(CALLS, 'input_tokens', window)} / {count(reporting, window)}"


def sessions() -> str:
    """How many sessions had a call."""
    return f'count by ($by) (sum by ($by, session_id) (count_over_time({CALLS} | session_id!="" [{RANGE}])))'
