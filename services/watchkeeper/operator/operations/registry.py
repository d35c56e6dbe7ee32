"""Asks an image registry which digest a tag stands for, by the OCI distribution API.

Source: https://github.com/opencontainers/distribution-spec/blob/main/spec.md
"""

import hashlib
import re
from collections.abc import Callable

import httpx

from watchkeeper.errors import OperationError
from watchkeeper.operator.standalone.image_reference import ImageReference

# The index of all platforms first: its digest is right on every machine.
_ACCEPTED = (
    "application/vnd.oci.image.index.v1+json, application/vnd.docker.distribution.manifest.list.v2+json, "
    "application/vnd.oci.image.manifest.v1+json, application/vnd.docker.distribution.manifest.v2+json"
)
_DIGEST = re.compile(r"sha256:[0-9a-f]{64}")
_CHALLENGE = re.compile(r'(\w+)="([^"]*)"')


class Registry:
    """Registries reached with one client; ``base_url`` gives the address of a registry's host."""

    def __init__(self, client: httpx.Client, base_url: Callable[[str], str] = lambda host: f"https://{host}") -> None:
        self._client = client
        self._base_url = base_url

    def digest_of(self, image: ImageReference) -> str:
        """The digest that the tag stands for now.

        Raises: OperationError when the registry cannot be reached, does not know the tag or answers nonsense.
        """
        url = f"{self._base_url(image.registry)}/v2/{image.repository}/manifests/{image.tag}"
        try:
            answer = self._ask(url)
        except httpx.HTTPError as problem:
            raise OperationError(f"{image.registry} cannot be reached: {problem}") from problem
        if answer.status_code == httpx.codes.NOT_FOUND:
            raise OperationError(f"{image.registry} has no {image.name}:{image.tag}")
        if answer.is_error:
            raise OperationError(f"{image.registry} answers {answer.status_code} for {image.name}:{image.tag}")
        digest = answer.headers.get("docker-content-digest") or f"sha256:{hashlib.sha256(answer.content).hexdigest()}"
        if not _DIGEST.fullmatch(digest):
            raise OperationError(f"{image.registry} gives no sha256 digest for {image.name}:{image.tag}, got {digest}")
        return digest

    def _ask(self, url: str) -> httpx.Response:
        headers = {"accept": _ACCEPTED}
        answer = self._client.get(url, headers=headers)
        if answer.status_code != httpx.codes.UNAUTHORIZED:
            return answer
        return self._client.get(url, headers={**headers, "authorization": f"Bearer {self._token(answer)}"})

    def _token(self, refused: httpx.Response) -> str:
        """A token for anyone, from where the refusal says; public images need no account."""
        asked = dict(_CHALLENGE.findall(refused.headers.get("www-authenticate", "")))
        realm = asked.pop("realm", "")
        if not realm:
            raise OperationError(f"{refused.url.host} answers 401 and does not say where a token is to be had")
        answer = self._client.get(realm, params=asked)
        try:
            given = answer.raise_for_status().json()
            return str(given.get("token") or given["access_token"])
        except (ValueError, KeyError, AttributeError) as problem:
            raise OperationError(f"{realm} gives no token: {problem}") from problem
