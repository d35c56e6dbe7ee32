"""The tools that the model may call, and the search in the handbook. They name their sources in brackets."""

from random import Random
from typing import Any

from watchkeeper.demo.assistant.build import Build

FIND_ORDER, REFUND_ORDER, SEARCH_HANDBOOK = "find_order", "refund_order", "search_handbook"
_BRANCHES = {FIND_ORDER: "order_status", REFUND_ORDER: "refund", SEARCH_HANDBOOK: "question"}
_TOP_SCORE, _SCORE_SIGMA = 0.85, 0.05
_STALE_SCORE = 0.35


class ToolError(Exception):
    """A tool did not work."""


def branch_of(topic: str, tool: str) -> str:
    """The branch of a question: that of the tool that the model chose, else that of its words."""
    return _BRANCHES.get(tool, topic)


def described() -> list[dict[str, Any]]:
    """The tools as the API of chat completions takes them; the last is for whatever else is asked."""
    return [
        _tool(FIND_ORDER, "Where an order is.", "order"),
        _tool(REFUND_ORDER, "Give the money of an order back.", "order"),
        _tool(SEARCH_HANDBOOK, "Search the handbook of the shop.", "query"),
    ]


def seconds_of(random: Random) -> float:
    """How long a tool takes."""
    return random.lognormvariate(-1.5, 0.4)


def run_tool(name: str, arguments: dict[str, Any], build: Build, random: Random) -> str:
    """What a tool returns.

    Raises: ToolError.
    """
    if random.random() < build.failing_tools_share:
        raise ToolError(f"{name} did not answer")
    order = str(arguments.get("order", ""))
    if name == FIND_ORDER:
        return f"[{order}] left the warehouse and arrives within {random.randrange(1, 4)} days."
    return f"[{order}] is paid back: {random.randrange(10, 200)}.00 USD, the way it came."


def search(build: Build, random: Random) -> tuple[list[str], float]:
    """The documents that are found, and how well the best of them fits, 0 to 1.

    An index that is out of date finds pages that are no longer in the handbook, so nothing can be cited from them.
    """
    count = random.randrange(2, 6)
    score = min(1.0, max(0.0, random.gauss(_STALE_SCORE if build.stale_index else _TOP_SCORE, _SCORE_SIGMA)))
    if build.stale_index:
        return ["This page has moved."] * count, score
    numbers = random.sample(range(1, 60), count)
    return [f"[page-{number}] The guarantee of this tool is two years." for number in numbers], score


def _tool(name: str, words: str, argument: str) -> dict[str, Any]:
    parameters = {"type": "object", "properties": {argument: {"type": "string"}}, "required": [argument]}
    return {"type": "function", "function": {"name": name, "description": words, "parameters": parameters}}
