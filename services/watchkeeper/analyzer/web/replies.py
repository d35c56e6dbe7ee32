"""Replies in JSON."""

import msgspec
from starlette.responses import Response

JSON = "application/json"
UNSUPPORTED = 415


def reply(found: object) -> Response:
    """What was asked for."""
    return Response(msgspec.json.encode(found), media_type=JSON)


def refusal(status: int, detail: str) -> Response:
    """Why it is not given."""
    return Response(msgspec.json.encode({"detail": detail}), status_code=status, media_type=JSON)
