"""Trace and span ids: which are the W3C's, and which someone made up; and what users are called instead of their ids.

Source: w3.org/TR/trace-context, sections 3.2.2.3 and 3.2.2.4: 32 or 16 lower-case hex digits, not all zeros.
"""

import hashlib
import hmac
import re
from typing import NewType

# A valid id or "": 32 hex digits, so that it needs no more than 40 of the 128 characters of an exemplar's labels.
TraceId = NewType("TraceId", str)

NO_TRACE_ID = TraceId("")
_is_trace_id = re.compile(r"(?!0{32})[0-9a-f]{32}").fullmatch
_is_span_id = re.compile(r"(?!0{16})[0-9a-f]{16}").fullmatch
_is_id_in_any_case = re.compile(r"[0-9A-Fa-f]{16}|[0-9A-Fa-f]{32}").fullmatch
_HEX_DIGITS = 16  # 64 bits: no two of a million users share one by chance (p < 1e-7)


def keyed_hash(key: bytes, text: str) -> str:
    """The first 64 bits of HMAC-SHA-256 of a user's id: 16 hexadecimal digits."""
    return hmac.new(key, text.encode("utf-8", "replace"), hashlib.sha256).hexdigest()[:_HEX_DIGITS]


def valid_trace_id(text: str) -> TraceId:
    """The id where it is one of the W3C's, else ""."""
    return TraceId(text) if _is_trace_id(text) else NO_TRACE_ID


def are_valid_ids(trace_id: str, span_id: str) -> bool:
    """Whether both are the W3C's, as those of a span that others know are."""
    return bool(_is_trace_id(trace_id) and _is_span_id(span_id))


def canonical_id(text: str) -> str:
    """A trace or span id as everyone else writes it: hex in lower case; any other text stays as it is."""
    return text.lower() if _is_id_in_any_case(text) else text
