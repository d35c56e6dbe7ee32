"""Lines that Loki is asked to delete.

Source: grafana.com/docs/loki/latest/reference/loki-http-api, "Compactor"; pkg/compactor/deletion of Loki 3.7.8.
"""

from datetime import UTC, datetime

import httpx
import msgspec

from watchkeeper.engines.asking import answered
from watchkeeper.errors import EngineError

# A request can be cancelled for 24 hours (loki/loki.yml). Then the compactor, which looks every ten minutes, writes
# files anew, and removes the old ones two hours later.
GONE_SECONDS = 27 * 3600
# Those who answer queries ask for new requests every five minutes: cacheDuration of delete_requests_client.go.
HIDDEN_SECONDS = 5 * 60
_PATH = "/loki/api/v1/delete"
_OFF = "not available for this tenant"
_ANSWER_SECONDS = 30.0


class Deletion(msgspec.Struct, frozen=True):
    """A request: what it deletes until ``end_time`` (Unix seconds), and how far Loki is; ``processed`` is the end."""

    request_id: str
    query: str
    status: str
    created_at: float
    end_time: float

    @property
    def is_done(self) -> bool:
        """Whether the lines are out of all files that the compactor knew; the old ones follow within two hours."""
        return self.status == "processed"


def ask_to_delete(client: httpx.Client, url: str, query: str, since: float) -> str:
    """Ask the Loki at ``url`` to delete the lines of a query from ``since`` (Unix seconds) to now; return the request.

    Raises: EngineError when it does not answer or refuses.
    """
    parameters = {"query": query, "start": datetime.fromtimestamp(int(since), UTC).isoformat()}
    try:
        answer = answered("Loki", client.post, url, _PATH, params=parameters, timeout=_ANSWER_SECONDS)
    except EngineError as error:
        raise _explained(error) from error
    return str(answer.headers.get("X-Delete-Request-Id", ""))


def deletions(client: httpx.Client, url: str) -> list[Deletion]:
    """Every request that Loki remembers, the newest first.

    Raises: EngineError when it does not answer, refuses, or answers with something else.
    """
    try:
        answer = answered("Loki", client.get, url, _PATH, timeout=_ANSWER_SECONDS)
        found = msgspec.json.decode(answer.content, type=list[Deletion] | None)
    except msgspec.MsgspecError as error:
        raise EngineError(f"Loki at {url} answers {_PATH} with what is no list of requests") from error
    except EngineError as error:
        raise _explained(error) from error
    return sorted(found or [], key=lambda one: -one.created_at)


def _explained(error: EngineError) -> EngineError:
    if _OFF not in str(error):
        return error
    return EngineError(
        "Loki deletes no lines on request. Let it: LOKI_DELETION_MODE=filter-and-delete in .env, then make up; "
        "take the line out again when `watchkeeper forget --pending` shows none"
    )
