"""Who, where and when: what every fact carries, and how what it reports ended."""

from typing import Literal

import msgspec

Status = Literal["ok", "error", "rate_limited", "timeout", "content_filtered", "cancelled"]


class Context(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """Who, where and when: what every fact carries. An empty string means "not reported".

    ``time_ns`` is when the fact was complete, in nanoseconds since the Unix epoch.
    ``user_id`` is the raw id as received; enrich replaces it by ``user_hash`` before any sink sees the fact.
    """

    time_ns: int
    trace_id: str = ""
    span_id: str = ""
    service: str = ""
    environment: str = ""
    team: str = ""
    tenant: str = ""
    session_id: str = ""
    user_id: str = ""
    user_hash: str = ""
    agent: str = ""
    operation: str = ""
    provider: str = ""
    model: str = ""
    model_requested: str = ""
    prompt: str = ""
    prompt_version: str = ""
    repository: str = ""
