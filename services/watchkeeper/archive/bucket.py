"""Objects in an S3-compatible bucket, by obstore: its requests, signatures and retries."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from obstore import exceptions
from obstore.store import S3Store

from watchkeeper.errors import ArchiveError

if TYPE_CHECKING:  # they are in its stubs alone
    from obstore.store import ClientConfig, RetryConfig, S3Config

# A bucket that takes longer has what comes meanwhile in the queue, and then dropped and counted.
_CONNECT, _ANSWER = timedelta(seconds=3), timedelta(seconds=15)
_RETRIES: "RetryConfig" = {"max_retries": 2, "retry_timeout": timedelta(seconds=20)}
# One request removes so many at most: DeleteObjects of the API of S3.
_AT_ONCE = 1000
_REASONS: tuple[tuple[type[Exception], str], ...] = (
    (exceptions.PermissionDeniedError, "refused"),
    (exceptions.UnauthenticatedError, "refused"),
    (FileNotFoundError, "gone"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Which bucket, and below which prefix; an empty ``endpoint`` is Amazon's, empty keys are asked of no one."""

    bucket: str
    prefix: str = ""
    endpoint: str = ""
    region: str = "us-east-1"
    access_key_id: str = ""
    secret_access_key: str = ""


class BucketStore:
    """The objects of a bucket; every method raises ArchiveError, with a reason, when it does not do its work."""

    def __init__(self, place: Place) -> None:
        config: S3Config = {"region": place.region}
        if place.endpoint:
            config["endpoint"] = place.endpoint
        if place.access_key_id:
            config["access_key_id"] = place.access_key_id
            config["secret_access_key"] = place.secret_access_key
        else:
            config["skip_signature"] = True
        is_plain = place.endpoint.startswith("http://")
        client: ClientConfig = {"connect_timeout": _CONNECT, "timeout": _ANSWER, "allow_http": is_plain}
        self._store = S3Store(
            place.bucket, prefix=place.prefix or None, config=config, client_options=client, retry_config=_RETRIES
        )

    def prepare(self) -> None:
        """Nothing: a bucket is made by whoever owns it."""

    def put(self, key: str, content: bytes) -> None:
        """Write an object."""
        with _explained(key):
            self._store.put(key, content)

    def get(self, key: str) -> bytes:
        """The bytes of an object."""
        with _explained(key):
            return bytes(self._store.get(key).bytes())

    def delete(self, keys: Iterable[str]) -> None:
        """Remove objects."""
        names = list(keys)
        with _explained("the bucket"):
            for start in range(0, len(names), _AT_ONCE):
                self._store.delete(names[start : start + _AT_ONCE])

    def keys(self) -> Iterator[str]:
        """Every object."""
        with _explained("the bucket"):
            for batch in self._store.list():
                yield from (entry["path"] for entry in batch)

    def remove_before(self, day: str) -> None:
        """Remove the days before one."""
        self.delete(key for key in self.keys() if key[: len(day)] < day)


@contextmanager
def _explained(what: str) -> Iterator[None]:
    try:
        yield
    except (exceptions.BaseError, OSError) as error:
        reason = next((reason for kind, reason in _REASONS if isinstance(error, kind)), "unavailable")
        # Its second line and what follows are for debugging, with the whole answer.
        raise ArchiveError(reason, f"{what}: {str(error).splitlines()[0][:300]}") from error
