"""The reply of a model that scores, read strictly: what is not exactly a verdict is none, and never half of one."""

import re

import msgspec

from watchkeeper.analyzer.rubric.scale import Scale, Verdict
from watchkeeper.errors import EndpointError

# Many models put a fence around JSON whatever they are told; anything beside it is prose.
_FENCED = re.compile(r"\s*```(?:json)?\s*\n(.*?)\n?\s*```\s*\Z", re.DOTALL)
INVALID = "invalid_reply"


class _Reply(msgspec.Struct, forbid_unknown_fields=True):
    id: str
    score: float | bool | str
    reason: str = ""


def read_reply(text: str, scale: Scale, nonce: str) -> Verdict:
    """Return the verdict in a reply. Raises: EndpointError of type invalid_reply for everything else."""
    fenced = _FENCED.match(text)
    try:
        reply = msgspec.json.decode(fenced[1] if fenced else text, type=_Reply)
    except (msgspec.DecodeError, UnicodeEncodeError) as error:
        raise EndpointError(INVALID, "the reply is not the JSON object that was asked for") from error
    if reply.id != nonce:
        raise EndpointError(INVALID, "the reply has another id than its question")
    verdict = scale.read(reply.score)
    if verdict is None:
        raise EndpointError(INVALID, f"the score of the reply is not {scale.describe()}")
    return verdict
