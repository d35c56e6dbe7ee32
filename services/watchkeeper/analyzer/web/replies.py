"""Replies in JSON."""

import msgspec
from starlette.requests import Request
from starlette.responses import Response

JSON = "application/json"
_UNSUPPORTED = 415


def not_json(request: Request) -> Response | None:
    """The refusal of a request that is not JSON, which is all that a page of another site can send unasked."""
    if request.headers.get("content-type", "").partition(";")[0].strip() == JSON:
        return None
    return refusal(_UNSUPPORTED, f"the content type must be {JSON}")


def reply(found: object) -> Response:
    """What was asked for."""
    return Response(msgspec.json.encode(found), media_type=JSON)


def refusal(status: int, detail: str) -> Response:
    """Why it is not given."""
    return Response(msgspec.json.encode({"detail": detail}), status_code=status, media_type=JSON)
