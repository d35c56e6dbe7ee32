"""A stand-in of Langfuse's public API on loopback, over real HTTP: made by its published definition, and no Langfuse.

It has what is read of scores and observations: v3/scores and v2/observations with a cursor, v2/scores, scores and
observations with pages, keys, limits of rates, and a server that has only some of them; and it takes scores, items of
annotation queues, and spans in OTLP's JSON. Source: langfuse.com/docs/api.
"""

import base64
import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler
from typing import Any
from urllib.parse import parse_qs, urlsplit

from tests.support.http_server import Quiet, serving

KEYS = "pk-lf-1234:sk-lf-5678"
_EVENTS_ONLY = "This endpoint is not available on deployments running in Langfuse v4 events_only mode."
_MOST = {"v2/observations": 1000}
_BY_CURSOR = frozenset({"v3/scores", "v2/observations"})
ENDPOINTS = ("v3/scores", "v2/scores", "scores", "v2/observations", "observations")

Answer = tuple[int, Any, dict[str, str]]


@dataclass
class FakeLangfuse:
    """``scores`` are those of v3, each with ``at`` in Unix seconds; those of older endpoints are made of them.

    ``observations`` are those of v2 in the same way. ``endpoints`` are those that are there. ``answers`` take the place
    of the next ones, None lets one through. ``asked`` is every GET as path and parameters, ``posts`` has the bodies of
    every POST; ``written`` are the scores that were sent, by id, ``queues`` the traces in each queue that there is,
    ``spans`` what came by OTLP, by trace and id. An older server takes no arrays of scores.
    """

    scores: list[dict[str, Any]] = field(default_factory=list)
    observations: list[dict[str, Any]] = field(default_factory=list)
    endpoints: tuple[str, ...] = ENDPOINTS
    answers: list[Answer | bytes | None] = field(default_factory=list)
    asked: list[tuple[str, dict[str, str]]] = field(default_factory=list)
    written: dict[str, dict[str, Any]] = field(default_factory=dict)
    posts: list[Any] = field(default_factory=list)
    queues: dict[str, list[str]] = field(default_factory=dict)
    waiting: dict[str, list[float]] = field(default_factory=dict)
    spans: dict[tuple[str, str], dict[str, Any]] = field(default_factory=dict)
    takes_arrays: bool = True
    address: str = ""


@contextmanager
def fake_langfuse() -> Iterator[FakeLangfuse]:
    """Start one and stop it at the end."""
    fake = FakeLangfuse()
    with serving(_handler(fake)) as fake.address:
        yield fake


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


def observation(number: int, at: float, **more: Any) -> dict[str, Any]:
    """A generation of two seconds, as v2 gives it with every group that may be asked for."""
    return {
        "at": at,
        "id": f"{number:016x}",
        "traceId": f"{number // 4 + 1:032x}",
        "startTime": _utc(at),
        "endTime": _utc(at + 2),
        "projectId": "p-1",
        "parentObservationId": None,
        "type": "GENERATION",
        "name": "answer",
        "level": "DEFAULT",
        "statusMessage": None,
        "version": None,
        "environment": "production",
        "userId": "ada@example.com",
        "sessionId": "s-1",
        "completionStartTime": _utc(at + 0.5),
        "createdAt": _utc(at + 3),
        "updatedAt": _utc(at + 3),
        "metadata": {"resourceAttributes": {"service.name": "shop"}, "order": "of Ada"},
        "providedModelName": "gpt-4o-mini",
        "internalModelId": "m-1",
        "modelId": "m-1",
        "modelParameters": {"temperature": 0.5},
        "usageDetails": {"input": 800, "input_cached_tokens": 200, "output": 100, "total": 1100},
        "costDetails": {"input": 0.5, "output": 0.5, "total": 1.0},
        "totalCost": 1.0,
        "promptName": "answer",
        "promptVersion": 12,
        "input": "What did Ada order?",
        "output": "A lamp.",
        **more,
    }


def _handler(fake: FakeLangfuse) -> type[BaseHTTPRequestHandler]:
    class Handler(Quiet, BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            parts = urlsplit(self.path)
            sought = {name: values[-1] for name, values in parse_qs(parts.query).items()}
            fake.asked.append((parts.path, sought))
            self._answer(lambda: _answer(fake, parts.path, sought))

        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["content-length"])))
            fake.posts.append(body)
            self._answer(lambda: _taken(fake, self.path, body))

        def _answer(self, make: Callable[[], Answer]) -> None:
            planned = fake.answers.pop(0) if fake.answers else None
            if isinstance(planned, bytes):
                self.send(200, planned, {"content-type": "text/html"})
                return
            is_allowed = self.headers["authorization"] == f"Basic {base64.b64encode(KEYS.encode()).decode()}"
            refused: Answer = (401, {"message": "Invalid credentials"}, {})
            status, body, headers = planned or (make() if is_allowed else refused)
            self.send(status, b"" if body is None else json.dumps(body).encode(), headers)

    return Handler


def _answer(fake: FakeLangfuse, path: str, sought: dict[str, str]) -> Answer:
    endpoint = path.removeprefix("/api/public/")
    if endpoint.startswith("annotation-queues"):
        return _queue_answer(fake, endpoint, sought)
    if endpoint not in fake.endpoints:
        return 404, {"message": _EVENTS_ONLY}, {}
    limit = int(sought.get("limit", "50"))
    if limit > _MOST.get(endpoint, 100):
        return 400, {"message": "Invalid request data"}, {}
    is_of_scores = endpoint.endswith("scores")
    names = ("fromTimestamp", "toTimestamp") if is_of_scores else ("fromStartTime", "toStartTime")
    start, end = (datetime.fromisoformat(sought[name]).timestamp() for name in names)
    # The newest first, as the server sorts them.
    there = fake.scores if is_of_scores else fake.observations
    within = (
        one for one in there if start <= one["at"] < end and sought.get("type", one.get("type")) == one.get("type")
    )
    found = sorted(within, key=lambda one: -one["at"])
    return _by_cursor(found, limit, sought) if endpoint in _BY_CURSOR else _by_page(found, limit, sought)


def _queue_answer(fake: FakeLangfuse, endpoint: str, sought: dict[str, str]) -> Answer:
    _, _, queue = endpoint.partition("/")
    page, limit = int(sought["page"]), int(sought["limit"])
    found: list[dict[str, Any]]
    if not queue:
        found = [{"id": id_, "name": f"Queue {id_}", "description": None, "scoreConfigIds": []} for id_ in fake.waiting]
    elif (times := fake.waiting.get(queue.removesuffix("/items"))) is not None:
        # The newest first, as the server sorts them.
        status = sought["status"]
        found = [{"id": f"i-{at}", "status": status, "createdAt": _utc(at)} for at in sorted(times, reverse=True)]
    else:
        return 404, {"message": "Annotation queue not found"}, {}
    meta = {"page": page, "limit": limit, "totalItems": len(found), "totalPages": -(-len(found) // limit)}
    return 200, {"data": found[(page - 1) * limit : page * limit], "meta": meta}, {}


def _taken(fake: FakeLangfuse, path: str, body: Any) -> Answer:
    """A score is one or many, known by its id; what has no name and no value is none."""
    if path.startswith("/api/public/annotation-queues/"):
        queue = path.split("/")[4]
        if queue not in fake.queues:
            return 404, {"message": "Annotation queue not found"}, {}
        fake.queues[queue].append(body["objectId"])
        return 200, {"id": "item-1", **body}, {}
    if path == "/api/public/otel/v1/traces":
        return _spans_taken(fake, body)
    if isinstance(body, list) and not fake.takes_arrays:
        return 400, {"message": "Invalid request data"}, {}
    sent = body if isinstance(body, list) else [body]
    good = [one for one in sent if one.get("name") and one.get("value") is not None]
    fake.written |= {one["id"]: one for one in good}
    if not isinstance(body, list):
        return (200, {"id": body["id"]}, {}) if good else (400, {"message": "Invalid request data"}, {})
    counts = {"accepted": len(good), "rejected": len(sent) - len(good)}
    return (202, {"message": "Accepted"}, {}) if len(good) == len(sent) else (207, counts, {})


def _spans_taken(fake: FakeLangfuse, body: Any) -> Answer:
    """A span that comes again takes the place of the first; the answer has no body."""
    for of_resource in body["resourceSpans"]:
        for of_scope in of_resource["scopeSpans"]:
            resource = _texts(of_resource["resource"])
            for span in of_scope["spans"]:
                fake.spans[span["traceId"], span["spanId"]] = {**span, "attributes": {**resource, **_texts(span)}}
    return 200, None, {}


def _texts(holder: dict[str, Any]) -> dict[str, str]:
    return {one["key"]: one["value"]["stringValue"] for one in holder["attributes"]}


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
    groups = {"subject": ("subject",), "annotation": ("authorUserId", "queueId"), **_GROUPS}
    asked = sought.get("fields", "core,basic").split(",")
    hidden = {"at", *(n for group, names in groups.items() if group not in asked for n in names)}
    return {name: value for name, value in one.items() if name not in hidden}


_GROUPS = {
    "time": ("completionStartTime", "createdAt", "updatedAt"),
    "io": ("input", "output"),
    "metadata": ("metadata",),
    "model": ("providedModelName", "internalModelId", "modelParameters", "modelId"),
    "usage": ("usageDetails", "costDetails", "totalCost"),
    "prompt": ("promptName", "promptVersion"),
}


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
    """Scores as v2 has them: 0 or 1 for false and true, a category beside its number, the subject as ids.

    Observations of before v2 have the model's name by another key, what was said at all times, and no user or session.
    """
    if "subject" not in one:
        gone = ("at", "userId", "sessionId", "providedModelName")
        return {**{name: found for name, found in one.items() if name not in gone}, "model": one["providedModelName"]}
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
