"""The analyzer's answers about canaries, typed as far as they are shown."""

from collections.abc import Mapping

import httpx
import msgspec

from watchkeeper.operator import analyzer


class Answered(msgspec.Struct):
    """What a target said."""

    text: str
    model: str = ""
    fingerprint: str = ""
    input_tokens: int | None = None
    output_tokens: int | None = None


class Part(msgspec.Struct):
    """One expectation, and how much of it an answer has."""

    expected: str
    score: float


class Graded(msgspec.Struct):
    """One answer."""

    answer: Answered
    parts: tuple[Part, ...]


class Target(msgspec.Struct):
    """One target; without a score it did not answer."""

    target: str
    graded: tuple[Graded, ...] = ()
    score: float | None = None
    similarity: float | None = None
    cause: str = ""
    changes: Mapping[str, bool] = {}
    error: str = ""


class Query(msgspec.Struct):
    """One golden query; without a measure it got no answer."""

    query: str
    difficulty: str
    expected: tuple[str, ...]
    found: tuple[str, ...] = ()
    measured: Mapping[str, float] | None = None
    error: str = ""


class Ran(msgspec.Struct):
    """One run: of a canary with its ``prompt`` and ``targets``, or of a search with its ``queries``."""

    canary: str = ""
    prompt: str = ""
    limit: float = 0.0
    targets: tuple[Target, ...] = ()
    search: str = ""
    k: int = 0
    queries: tuple[Query, ...] = ()


class Names(msgspec.Struct):
    """What can be run."""

    canaries: tuple[str, ...]
    searches: tuple[str, ...]


def names(client: httpx.Client) -> Names:
    """Return what can be run. Raises: WatchkeeperError when the analyzer cannot be asked."""
    return msgspec.json.decode(analyzer.ask(client, "GET", "/v1/canaries").content, type=Names)


def run(client: httpx.Client, name: str) -> Ran:
    """Run one now. Raises: WatchkeeperError when the analyzer cannot be asked, or refuses."""
    # The browser of someone else could send a form, and no JSON.
    return msgspec.json.decode(analyzer.ask(client, "POST", f"/v1/canaries/{name}/run", json={}).content, type=Ran)
