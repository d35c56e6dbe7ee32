"""Whether a webhook of Langfuse is signed, and not long ago: HMAC-SHA-256 over its time and its body as it came.

The secret is used whole, its ``lf-whsec_`` included.
Source: langfuse.com/docs/prompt-management/features/webhooks-slack-integrations.
"""

import hashlib
import hmac
import re
from collections.abc import Callable, Sequence

from watchkeeper.exporter.ingest.access import AccessRefused

_SIGNATURE = re.compile(r"t=(?P<time>[0-9]{1,12}),v1=(?P<digest>[0-9a-f]{64})")
_HOW = "x-langfuse-signature: must be t=<Unix seconds>,v1=<HMAC-SHA-256 in hex>"
# Langfuse signs each attempt at its start and waits ten seconds for an answer; clocks differ by less than the rest.
MOST_SECONDS = 300
_NO_SECRET = "this exporter has no signing secret: langfuse_projects[].webhook_secret_file in watchkeeper.yml names it"  # noqa: S105  # a sentence


class WebhookSignatures:
    """Compares signatures with those of the ``secrets``; ``clock`` gives Unix seconds."""

    def __init__(self, secrets: Sequence[bytes], clock: Callable[[], float]) -> None:
        self._secrets = tuple(secrets)
        self._clock = clock

    def check(self, header: str, body: bytes) -> None:
        """Let a body pass that one of the secrets signed within the last minutes.

        Raises: AccessRefused with 401, or with 404 where there is no secret at all.
        """
        if not self._secrets:
            raise AccessRefused(404, "no_secret", _NO_SECRET, {})
        if not header:
            raise _unsigned("no_signature", f"{_HOW}, got none")
        found = _SIGNATURE.fullmatch(header)
        if found is None:
            raise _unsigned("bad_signature", _HOW)
        signed = found["time"].encode() + b"." + body
        expected = [hmac.new(secret, signed, hashlib.sha256).hexdigest() for secret in self._secrets]
        if not any(hmac.compare_digest(found["digest"], one) for one in expected):
            raise _unsigned("wrong_signature", "x-langfuse-signature: must be made with a secret of watchkeeper.yml")
        age = self._clock() - int(found["time"])
        if abs(age) > MOST_SECONDS:
            when = f"{abs(age):.0f} seconds {'ago' if age > 0 else 'ahead'}"
            raise _unsigned("too_old", f"x-langfuse-signature: t must be within {MOST_SECONDS} seconds, it is {when}")


def _unsigned(reason: str, detail: str) -> AccessRefused:
    return AccessRefused(401, reason, detail, {})
