"""Names in contracts that no one has seen: a tool with a typing error is skipped by every run."""

from collections.abc import Iterator, Sequence
from difflib import get_close_matches

import msgspec

from watchkeeper.config.contracts import Contract


class UnknownTool(msgspec.Struct, frozen=True):
    """A tool that a contract names and no run ever used; ``near`` is the nearest name that was seen, or empty."""

    contract: str
    tool: str
    near: str


def unknown_tools(contracts: Sequence[Contract], seen: set[str]) -> Iterator[UnknownTool]:
    """Yield each of them; where no tool was seen at all nothing is known."""
    for contract in contracts if seen else ():
        for tool in contract.tool_names():
            if tool not in seen:
                yield UnknownTool(contract.name, tool, next(iter(get_close_matches(tool, sorted(seen), n=1)), ""))
