"""What lies outside: chats, pagers, a heartbeat and a mail server, which answer as reported and keep what came."""

import json
import re
import threading
import time
from collections import defaultdict, deque
from collections.abc import Callable, Mapping
from contextlib import ExitStack, suppress
from dataclasses import dataclass, field
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default as parsed
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Self

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session
from tests.support.more_outside import answer_of, body_of
from tests.support.ports import free_port

ROUTING_KEY = "0123456789abcdef0123456789abcdef"
MAIL_USER = "watchkeeper"
MAIL_PASSWORD = "a password for mail"

# Source: PagerDuty's Events API v2 and Slack's limit of a message.
PAGERDUTY_SEVERITIES = ("critical", "error", "warning", "info")
PAGERDUTY_SUMMARY_CHARACTERS = 1024
PAGERDUTY_EVENT_BYTES = 512_000
SLACK_CHARACTERS = 40_000


@dataclass(frozen=True, kw_only=True)
class Answer:
    """How a service answers one request; a hanging one answers late."""

    status: int
    text: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)
    after_seconds: float = 0.0


@dataclass(frozen=True, kw_only=True)
class Request:
    """One request: where to, what, by which key, when, and the status of its answer."""

    path: str
    body: Any
    at: float
    status: int
    key: str = ""


class Outside:
    """An HTTP server and a mail server on this machine.

    Paths begin with ``/slack`` or ``/pagerduty``, which ends with the routing key, or with the name of another service
    of more_outside.py, or are of a webhook.
    What is in ``answers`` for a path comes before the usual answer.
    """

    def __init__(self) -> None:
        self.requests: list[Request] = []
        self.mails: list[EmailMessage] = []
        self.answers: defaultdict[str, deque[Answer]] = defaultdict(deque)

    def __enter__(self) -> Self:
        with ExitStack() as exits:
            self._web = ThreadingHTTPServer(("127.0.0.1", 0), _handler(self._take))
            threading.Thread(target=self._web.serve_forever, daemon=True).start()
            exits.callback(self._web.server_close)
            exits.callback(self._web.shutdown)
            port = free_port()
            self.smarthost = f"127.0.0.1:{port}"
            mail = Controller(
                _MailBox(self.mails),
                hostname="127.0.0.1",
                port=port,
                authenticator=_authenticate,
                auth_require_tls=False,
                auth_exclude_mechanism=["LOGIN"],  # its prompts are not those that Alertmanager waits for
            )
            mail.start()
            exits.callback(mail.stop)
            self._exits = exits.pop_all()
        return self

    def __exit__(self, *_: object) -> None:
        self._exits.close()

    @property
    def url(self) -> str:
        """Where the HTTP services are reached."""
        return f"http://127.0.0.1:{self._web.server_port}"

    def taken(self, path: str) -> list[Any]:
        """Return what was accepted at a path, in the order it came."""
        return [one.body for one in self.requests if one.path == path and one.status < 300]

    def tried(self, path: str) -> list[Request]:
        """Return every request to a path, refused ones too."""
        return [one for one in self.requests if one.path == path]

    def _take(self, path: str, raw: bytes, key: str) -> Answer:
        at = time.monotonic()
        path, body = body_of(path, raw)
        if path == "/pagerduty":
            path = f"{path}/{body['routing_key']}"
        answer = self.answers[path].popleft() if self.answers[path] else _usual(path, body, len(raw))
        time.sleep(answer.after_seconds)
        self.requests.append(Request(path=path, body=body, at=at, status=answer.status, key=key))
        return answer


def _usual(path: str, body: Any, size: int) -> Answer:
    if path.startswith("/slack"):
        return _slack(body)
    if path.startswith("/pagerduty"):
        return _pagerduty(body, size)
    status, text = answer_of(path, body, size)
    return Answer(status=status, text=text)


def _slack(body: Any) -> Answer:
    texts = [attachment["text"] for attachment in body["attachments"]]
    if not all(texts):
        return Answer(status=400, text="no_text")
    if len("".join(texts)) > SLACK_CHARACTERS:
        return Answer(status=400, text="msg_too_long")
    return Answer(status=200, text="ok")


def _pagerduty(body: Any, size: int) -> Answer:
    payload = body["payload"]
    errors = [
        what
        for what, is_wrong in {
            "'routing_key' is invalid": not re.fullmatch("[0-9a-f]{32}", body["routing_key"]),
            "'summary' is missing": not payload["summary"],
            "'summary' is too long": len(payload["summary"]) > PAGERDUTY_SUMMARY_CHARACTERS,
            "'severity' is invalid": payload["severity"] not in PAGERDUTY_SEVERITIES,
            "'source' is missing": not payload["source"],
            "the event is too large": size > PAGERDUTY_EVENT_BYTES,
        }.items()
        if is_wrong
    ]
    if errors:
        return Answer(status=400, text=json.dumps({"status": "invalid event", "errors": errors}))
    return Answer(status=202, text=json.dumps({"status": "success", "dedup_key": body["dedup_key"]}))


class _MailBox:
    def __init__(self, mails: list[EmailMessage]) -> None:
        self._mails = mails

    async def handle_DATA(  # noqa: N802  the name that aiosmtpd calls
        self, _server: SMTP, _session: Session, envelope: Envelope
    ) -> str:
        mail = message_from_bytes(envelope.original_content or b"", policy=parsed)
        assert isinstance(mail, EmailMessage)
        self._mails.append(mail)
        return "250 OK"


def _authenticate(_server: SMTP, _session: Session, _envelope: Envelope, _mechanism: str, given: object) -> AuthResult:
    is_right = isinstance(given, LoginPassword) and given == LoginPassword(MAIL_USER.encode(), MAIL_PASSWORD.encode())
    return AuthResult(success=is_right)


def _handler(take: Callable[[str, bytes, str], Answer]) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            raw = self.rfile.read(int(self.headers["Content-Length"]))
            answer = take(self.path, raw, self.headers.get("Authorization", ""))
            self.send_response(answer.status)
            for name, value in answer.headers.items():
                self.send_header(name, value)
            self.end_headers()
            with suppress(ConnectionError):  # no one waited for it
                self.wfile.write(answer.text.encode())

        def log_message(self, *_: object) -> None:
            pass

    return Handler
