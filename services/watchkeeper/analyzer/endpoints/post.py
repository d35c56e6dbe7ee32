"""A POST or a GET of JSON with all that can go wrong with it as an EndpointError; texts of answers are in none."""

import base64
import json
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import msgspec

from watchkeeper.errors import EndpointError

# A model's answer is some kilobytes; what is longer is no answer.
_MAX_BYTES = 2 * 1024 * 1024
# Who asks for more is asked again tomorrow.
_MAX_WAIT_SECONDS = 86_400.0
_TOO_MANY, _TIMED_OUT, _SERVER, _REDIRECT = 429, 408, 500, 300
_REFUSED = frozenset({401, 403})
# Overloaded, as Anthropic says it.
_KINDS = {_TOO_MANY: "rate_limited", _TIMED_OUT: "timeout", 529: "overloaded"}

Decode = Callable[[bytes], Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """The JSON of an answer, and how long it took."""

    body: Any
    duration_seconds: float


def decoded(raw: bytes) -> Any:
    """JSON, also where a text has half a character of UTF-16 in it. Raises: ValueError, RecursionError."""
    try:
        return msgspec.json.decode(raw)
    except msgspec.DecodeError:
        return json.loads(raw)


def json_or_nothing(raw: bytes) -> Any:
    """JSON, or None of an answer without a body, as OTLP has it. Raises: ValueError, RecursionError."""
    return decoded(raw) if raw.strip() else None


async def post(
    client: httpx.AsyncClient,
    url: str,
    body: Mapping[str, Any] | Sequence[Any],
    headers: Mapping[str, str],
    timeout_seconds: float,
    *,
    decode: Decode = decoded,
) -> Reply:
    """Return the JSON that ``url`` answers, as ``decode`` reads it.

    Raises: EndpointError for whatever is not a JSON answer with a status of success in that time.
    """
    return await _asked(client, ("POST", url), {"json": body, "headers": headers}, timeout_seconds, decode=decode)


async def get(
    client: httpx.AsyncClient,
    url: str,
    parameters: Mapping[str, str],
    headers: Mapping[str, str],
    timeout_seconds: float,
    *,
    most_bytes: int = _MAX_BYTES,
) -> Reply:
    """Return the JSON that ``url`` answers to these parameters. Raises: EndpointError as ``post`` does."""
    sent = {"params": parameters, "headers": headers}
    return await _asked(client, ("GET", url), sent, timeout_seconds, most_bytes=most_bytes)


async def get_text(client: httpx.AsyncClient, url: str, headers: Mapping[str, str], timeout_seconds: float) -> str:
    """Return the text that ``url`` answers. Raises: EndpointError as ``post`` does."""
    sent = {"headers": headers}
    return str((await _asked(client, ("GET", url), sent, timeout_seconds, decode=bytes.decode)).body)


async def _asked(
    client: httpx.AsyncClient,
    what: tuple[str, str],
    sent: Mapping[str, Any],
    timeout_seconds: float,
    *,
    most_bytes: int = _MAX_BYTES,
    decode: Decode = decoded,
) -> Reply:
    where = _host(what[1])
    started = time.monotonic()
    try:
        raw = await _read(client, client.build_request(*what, timeout=timeout_seconds, **sent), most_bytes)
        return Reply(body=decode(raw), duration_seconds=time.monotonic() - started)
    except (httpx.ConnectError, httpx.ConnectTimeout, httpx.InvalidURL) as error:
        text = f"{where} could not be reached ({type(error).__name__})"
        raise EndpointError("unreachable", text, is_passing=True) from error
    except httpx.TimeoutException as error:
        text = f"{where} did not answer within {timeout_seconds:g} s"
        raise EndpointError("timeout", text, is_passing=True) from error
    except httpx.HTTPError as error:
        text = f"{where} broke off ({type(error).__name__})"
        raise EndpointError("broken_off", text, is_passing=True) from error
    except (ValueError, RecursionError) as error:
        raise EndpointError("invalid_answer", f"{where} answered something that is not JSON") from error


async def _read(client: httpx.AsyncClient, request: httpx.Request, most_bytes: int) -> bytes:
    answer = await client.send(request, stream=True)
    try:
        if answer.status_code >= _REDIRECT:
            raise _refusal(_host(str(request.url)), answer)
        raw = bytearray()
        async for piece in answer.aiter_bytes():
            raw += piece
            if len(raw) > most_bytes:
                text = f"{_host(str(request.url))} answered more than {most_bytes} bytes"
                raise EndpointError("invalid_answer", text)
        return bytes(raw)
    finally:
        await answer.aclose()


def _refusal(where: str, answer: httpx.Response) -> EndpointError:
    status = answer.status_code
    kind = _KINDS.get(status) or (
        "unauthorized" if status in _REFUSED else "server_error" if status >= _SERVER else "refused"
    )
    is_passing = status in _KINDS or status >= _SERVER
    wait = _wait_seconds(answer.headers.get("retry-after", "")) if is_passing else 0.0
    text = f"{where} answered {status}"
    return EndpointError(kind, text, is_passing=is_passing, wait_seconds=wait, status=status)


def _wait_seconds(retry_after: str) -> float:
    """Seconds of the header; it may also be a date, which is as good as none."""
    return min(float(retry_after), _MAX_WAIT_SECONDS) if retry_after.isascii() and retry_after.isdecimal() else 0.0


def _host(url: str) -> str:
    """Where it is, without a path or query that may hold more than a place."""
    parsed = httpx.URL(url)
    return f"{parsed.scheme}://{parsed.netloc.decode()}"


def read_key(file: Path | None, folder: Path) -> str:
    """The key in a file, whose path is relative to ``folder``; empty without a file. Read each time: keys are rotated.

    Raises: EndpointError without the content when the file cannot be read, is empty or holds more than a line.
    """
    if file is None:
        return ""
    try:
        key = (folder / file).read_text(encoding="ascii").strip()
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "not ASCII"
        raise EndpointError("no_key", f"the key file {file} cannot be read ({reason})") from error
    if not key or len(key.splitlines()) > 1:
        raise EndpointError("no_key", f"the key file {file} must hold one line, the key alone")
    return key


def basic(key_file: Path | None, folder: Path) -> dict[str, str]:
    """The header of both keys in a file. Raises: EndpointError without its content when it does not hold them."""
    key = read_key(key_file, folder)
    if ":" not in key:
        raise EndpointError("no_key", f"the key file {key_file} must hold both keys, pk-lf-…:sk-lf-…")
    return {"authorization": f"Basic {base64.b64encode(key.encode()).decode()}"}
