"""A stand-in of Langfuse's public API on loopback, over real HTTP: made by its published definition, and no Langfuse.

It has what is read of scores: v3/scores with a cursor, v2/scores and scores with pages, keys, limits of rates, and a
server that has only some of them. Source: langfuse.com/docs/api.
"""

import base64
import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any
from urllib.parse import parse_qs, urlsplit

KEYS = "pk-lf-1234:sk-lf-5678"
_EVENTS_ONLY = "This endpoint is not available on deployments running in Langfuse v4 events_only mode."
_MOST = 100

Answer = tuple[int, Any, dict[str, str]]


@dataclass
class FakeLangfuse:
    """``scores`` are those of v3, each with ``at`` in Unix seconds; those of older endpoints are made of them.

    ``endpoints`` are those that are there. ``answers`` take the place of the next ones, None lets one through;
    ``asked`` is every request as path and parameters.
    """

    scores: list[dict[str, Any]] = field(default_factory=list)
    endpoints: tuple[str, ...] = ("v3/scores", "v2/scores", "scores")
    answers: list[Answer | bytes | None] = field(default_factory=list)
    asked: list[tuple[str, dict[str, str]]] = field(default_factory=list)
    address: str = ""


@contextmanager
def fake_langfuse() -> Iterator[FakeLangfuse]:
    """Start one and stop it at the end."""
    fake = FakeLangfuse()
    with ThreadingHTTPServer(("127.0.0.1", 0), _handler(fake)) as server:
        server.daemon_threads = True
        thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        fake.address = f"http://127.0.0.1:{server.server_port}"
        yield fake
        server.shutdown()
        thread.join()


def score(number: int, at: float, **more: Any) -> dict[str, Any]:
    """A score of a trace, as v3 gives it."""
    return {
        "at": at,
        "id": f"score-{number:05}",
        "projectId": "p-1",
        "name": "helpful",
        "value": 0.5,
        "dataType": "NUMERIC",
        "source": "EVAL",
        "timestamp": _utc(at),
        "environment": "default",
        "createdAt": _utc(at),
        "updatedAt": _utc(at),
        "subject": {"kind": "trace", "id": f"{number:032x}"},
        "authorUserId": None,
        "queueId": None,
        **more,
    }


def _handler(fake: FakeLangfuse) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            parts = urlsplit(self.path)
            sought = {name: values[-1] for name, values in parse_qs(parts.query).items()}
            fake.asked.append((parts.path, sought))
            planned = fake.answers.pop(0) if fake.answers else None
            if isinstance(planned, bytes):
                self._send(200, planned, {"content-type": "text/html"})
                return
            is_allowed = self.headers["authorization"] == f"Basic {base64.b64encode(KEYS.encode()).decode()}"
            refused: Answer = (401, {"message": "Invalid credentials"}, {})
            status, body, headers = planned or (_answer(fake, parts.path, sought) if is_allowed else refused)
            self._send(status, json.dumps(body).encode(), headers)

        def _send(self, status: int, content: bytes, headers: dict[str, str]) -> None:
            self.send_response(status)
            for name, value in {"content-length": str(len(content)), **headers}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, *_: object) -> None:
            pass

    return Handler


def _answer(fake: FakeLangfuse, path: str, sought: dict[str, str]) -> Answer:
    endpoint = path.removeprefix("/api/public/")
    if endpoint not in fake.endpoints:
        return 404, {"message": _EVENTS_ONLY}, {}
    limit = int(sought.get("limit", "50"))
    if limit > _MOST:
        return 400, {"message": "Invalid request data"}, {}
    start, end = (datetime.fromisoformat(sought[name]).timestamp() for name in ("fromTimestamp", "toTimestamp"))
    # The newest first, as the server sorts them.
    found = sorted((one for one in fake.scores if start <= one["at"] < end), key=lambda one: -one["at"])
    return _by_cursor(found, limit, sought) if endpoint == "v3/scores" else _by_page(found, limit, sought)


def _by_cursor(found: list[dict[str, Any]], limit: int, sought: dict[str, str]) -> Answer:
    try:
        place = int(base64.urlsafe_b64decode(sought["cursor"])) if "cursor" in sought else 0
    except ValueError:
        return 400, {"message": "Invalid cursor"}, {}
    following = base64.urlsafe_b64encode(str(place + limit).encode()).decode()
    meta = {"limit": limit, **({"cursor": following} if place + limit < len(found) else {})}
    return 200, {"data": [_shown(one, sought) for one in found[place : place + limit]], "meta": meta}, {}


def _shown(one: dict[str, Any], sought: dict[str, str]) -> dict[str, Any]:
    """What belongs to no group that was asked for is left out."""
    groups = {"subject": ("subject",), "annotation": ("authorUserId", "queueId")}
    hidden = {"at", *(n for group, names in groups.items() if group not in sought.get("fields", "") for n in names)}
    return {name: value for name, value in one.items() if name not in hidden}


def _by_page(found: list[dict[str, Any]], limit: int, sought: dict[str, str]) -> Answer:
    page = int(sought["page"])
    data = [_older(one) for one in found[(page - 1) * limit : page * limit]]
    pages = -(-len(found) // limit)
    return (
        200,
        {"data": data, "meta": {"page": page, "limit": limit, "totalItems": len(found), "totalPages": pages}},
        {},
    )


def _older(one: dict[str, Any]) -> dict[str, Any]:
    """As v2 has it: 0 or 1 for false and true, a category beside its number, the subject as ids."""
    subject = one["subject"]
    value: Any = one["value"]
    text: str | None = None
    if one["dataType"] == "BOOLEAN":
        value, text = float(value), str(value)
    elif one["dataType"] == "CATEGORICAL":
        value, text = 2, value
    ids = {"traceId": None, "observationId": None, "sessionId": None}
    if subject["kind"] == "observation":
        ids |= {"observationId": subject["id"], "traceId": subject["traceId"]}
    else:
        ids |= {f"{subject['kind']}Id": subject["id"]}
    kept = {name: found for name, found in one.items() if name not in ("subject", "at")}
    return {**kept, **ids, "value": value, "stringValue": text, "comment": "cut in the middle \ud83d", "trace": {}}


def _utc(at: float) -> str:
    return datetime.fromtimestamp(at, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
