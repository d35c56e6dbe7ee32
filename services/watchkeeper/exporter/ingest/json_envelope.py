"""The envelope around the records of an OTLP request in JSON: resources, their scopes, and records left as text.

A resource or a scope that is not what it should be is left out by itself, as a record is.
"""

from collections.abc import Sequence
from typing import Any

import msgspec

from watchkeeper.errors import DecodeError
from watchkeeper.exporter.ingest.surrogates import decode_leniently
from watchkeeper.model import Rejection

_UNREADABLE = (msgspec.DecodeError, UnicodeDecodeError, RecursionError)
_RAWS: Any = list[msgspec.Raw] | None
_NULL = msgspec.Raw(b"null")


class Envelope:
    """Reads the envelope of one signal, whose lists have these names.

    What it gives has ``resource`` and ``scopes``, each of which has ``scope`` and ``items``; all but the lists is text.
    """

    def __init__(self, resources: str, scopes: str, items: str) -> None:
        self._resources, self._scopes = resources, scopes
        scope: Any = msgspec.defstruct(
            "ScopeItems", [("scope", msgspec.Raw, _NULL), ("items", _RAWS, None)], rename={"items": items}
        )
        scopes_type: Any = list[scope] | None
        whole, self._resource_type = (self._resource_of(kind) for kind in (scopes_type, _RAWS))
        self._decode_whole = self._request_of(list[whole] | None)  # type: ignore[valid-type]
        self._decode_listed = self._request_of(_RAWS)
        self._decode_resource = msgspec.json.Decoder(self._resource_type).decode
        self._decode_scope = msgspec.json.Decoder(scope).decode

    def _resource_of(self, scopes: Any) -> Any:
        fields = [("resource", msgspec.Raw, _NULL), ("scopes", scopes, None)]
        return msgspec.defstruct("ResourceItems", fields, rename={"scopes": self._scopes})

    def _request_of(self, resources: Any) -> Any:
        fields = [("resources", resources, None)]
        return msgspec.json.Decoder(msgspec.defstruct("Request", fields, rename={"resources": self._resources})).decode

    def read(self, body: bytes) -> tuple[Sequence[Any], list[Rejection]]:
        """Return the resources, and what was left out.

        Raises: DecodeError when the body as a whole is no export request.
        """
        try:
            return decode_leniently(self._decode_whole, body).resources or (), []
        except msgspec.ValidationError:
            return self._read_each(body)
        except _UNREADABLE as error:
            raise _not_a_request(error) from error

    def _read_each(self, body: bytes) -> tuple[Sequence[Any], list[Rejection]]:
        try:
            listed = decode_leniently(self._decode_listed, body).resources or ()
        except _UNREADABLE as error:
            raise _not_a_request(error) from error
        found: list[Any] = []
        left_out: list[Rejection] = []
        for place, raw in enumerate(listed):
            try:
                resource = self._decode_resource(raw)
            except _UNREADABLE as error:
                left_out.append(_rejected("resource", f"{self._resources}[{place}]", error))
                continue
            resource.scopes = self._read_scopes(resource.scopes or (), f"{self._resources}[{place}]", left_out)
            found.append(resource)
        return found, left_out

    def _read_scopes(self, raws: Sequence[msgspec.Raw], within: str, left_out: list[Rejection]) -> list[Any]:
        scopes: list[Any] = []
        for place, raw in enumerate(raws):
            try:
                scopes.append(self._decode_scope(raw))
            except _UNREADABLE as error:
                left_out.append(_rejected("scope", f"{within}.{self._scopes}[{place}]", error))
        return scopes


def _not_a_request(error: Exception) -> DecodeError:
    return DecodeError(f"body: must be a JSON OTLP export request, {error}")


def _rejected(kind: str, where: str, error: Exception) -> Rejection:
    return Rejection(reason=f"malformed_{kind}", detail=f"{where}: {error}")
