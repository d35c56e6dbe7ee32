"""A stand-in for an S3-compatible bucket: the requests that the archive makes, in this process; no signature counts.

Source: docs.aws.amazon.com/AmazonS3/latest/API, PutObject, GetObject, DeleteObjects and ListObjectsV2.
"""

import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler
from urllib.parse import parse_qs, unquote, urlsplit
from xml.sax.saxutils import escape

from tests.support.http_server import Quiet, serving

BUCKET = "texts"
_XMLNS = ' xmlns="http://s3.amazonaws.com/doc/2006-03-01/"'
_NAME = re.compile(r"<Key>(.*?)</Key>")


@dataclass
class Bucket:
    """Its ``objects`` by key; ``refuses`` is the status of all answers, with ``holds`` none comes until that is set."""

    url: str = ""
    objects: dict[str, bytes] = field(default_factory=dict)
    refuses: int = 0
    holds: threading.Event | None = None
    authorizations: list[str] = field(default_factory=list)

    def answer(self, method: str, path: str, query: dict[str, list[str]], body: bytes) -> tuple[int, bytes]:
        """The status and the body of an answer."""
        key = unquote(path).removeprefix(f"/{BUCKET}").strip("/")
        if self.refuses:
            return self.refuses, b"<Error><Code>No</Code></Error>"
        if method == "PUT":
            self.objects[key] = body
            return 200, b""
        if method == "POST" and "delete" in query:
            names = _NAME.findall(body.decode())
            for name in names:
                self.objects.pop(name, None)
            deleted = "".join(f"<Deleted><Key>{name}</Key></Deleted>" for name in names)
            return 200, f"<DeleteResult{_XMLNS}>{deleted}</DeleteResult>".encode()
        if not key:
            return 200, self._listed(query.get("prefix", [""])[0])
        found = self.objects.get(key)
        return (404, b"<Error><Code>NoSuchKey</Code></Error>") if found is None else (200, found)

    def _listed(self, prefix: str) -> bytes:
        entries = "".join(
            f"<Contents><Key>{escape(key)}</Key><LastModified>2026-11-30T00:00:00.000Z</LastModified>"
            f'<ETag>"e"</ETag><Size>{len(content)}</Size></Contents>'
            for key, content in sorted(self.objects.items())
            if key.startswith(prefix)
        )
        return f"<ListBucketResult{_XMLNS}><IsTruncated>false</IsTruncated>{entries}</ListBucketResult>".encode()


@contextmanager
def serving_bucket() -> Iterator[Bucket]:
    """Serve it on a port of this machine."""
    bucket = Bucket()

    class Handler(Quiet, BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            self._answer()

        do_PUT = do_POST = do_GET  # noqa: N815  # names of http.server

        def _answer(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length", "0")))
            bucket.authorizations.append(self.headers.get("Authorization", ""))
            if bucket.holds is not None:
                bucket.holds.wait(60)
            parts = urlsplit(self.path)
            query = parse_qs(parts.query, keep_blank_values=True)
            status, content = bucket.answer(self.command, parts.path, query, body)
            self.send(status, content, {"ETag": '"e"', "Last-Modified": "Mon, 30 Nov 2026 00:00:00 GMT"})

    with serving(Handler) as bucket.url:
        yield bucket
        if bucket.holds is not None:
            bucket.holds.set()
