"""A folder and a bucket hold objects alike; what they refuse has a reason."""

import os
from collections.abc import Iterator
from pathlib import Path
from unittest.mock import patch

import pytest
from tests.support.bucket import BUCKET, Bucket, serving_bucket

from watchkeeper.archive.bucket import BucketStore, Place
from watchkeeper.archive.folder import FolderStore
from watchkeeper.archive.opened import Store
from watchkeeper.errors import ArchiveError

OLD, NEW = "2026-10-01/a", "2026-11-30/b.c"


@pytest.fixture
def bucket() -> Iterator[Bucket]:
    """One that answers."""
    with serving_bucket() as bucket:
        yield bucket


def in_bucket(bucket: Bucket, **more: str) -> BucketStore:
    """The store of that bucket."""
    return BucketStore(Place(bucket=BUCKET, endpoint=bucket.url, **more))


@pytest.fixture(params=["folder", "bucket"])
def store(request: pytest.FixtureRequest, tmp_path: Path, bucket: Bucket) -> Store:
    """Either of them, empty."""
    made: Store = FolderStore(tmp_path / "archive") if request.param == "folder" else in_bucket(bucket, prefix="of/us")
    made.prepare()
    return made


def test_what_was_put_is_read_listed_and_removed(store: Store) -> None:
    """By its key, and by the day in it."""
    for key in (OLD, NEW):
        store.put(key, key.encode())
    store.put(NEW, b"again")

    assert (store.get(OLD), store.get(NEW)) == (OLD.encode(), b"again")
    assert sorted(store.keys()) == [OLD, NEW]
    store.remove_before("2026-11-01")
    assert list(store.keys()) == [NEW]
    store.delete([NEW, "2026-11-30/never-there"])
    assert list(store.keys()) == []


def test_what_is_not_there_is_gone(store: Store) -> None:
    """An object that retention or someone removed."""
    with pytest.raises(ArchiveError) as problem:
        store.get(NEW)

    assert problem.value.reason == "gone"


def test_files_are_for_their_owner_alone(tmp_path: Path) -> None:
    """They have what people wrote."""
    store = FolderStore(tmp_path / "archive")
    store.prepare()
    store.put(NEW, b"x")

    modes = [path.stat().st_mode & 0o777 for path in (tmp_path / "archive", *(tmp_path / "archive").rglob("*"))]
    assert modes == [0o700, 0o700, 0o600]


@pytest.mark.parametrize(
    ("error", "reason"),
    [(28, "full"), (122, "full"), (30, "refused"), (13, "refused"), (5, "unavailable")],
    ids=["no space left", "quota exceeded", "mounted read-only", "not permitted", "input or output error"],
)
def test_a_disk_that_refuses_has_a_reason(tmp_path: Path, error: int, reason: str) -> None:
    """And nothing is left of what was begun."""
    store = FolderStore(tmp_path)
    with (
        patch.object(os, "fdopen", side_effect=OSError(error, os.strerror(error))),
        pytest.raises(ArchiveError) as problem,
    ):
        store.put(NEW, b"x")

    assert problem.value.reason == reason
    assert list(store.keys()) == []


def test_a_folder_that_is_gone_is_not_made_again(tmp_path: Path) -> None:
    """Something was unmounted: what is written below would fill another disk."""
    store = FolderStore(tmp_path / "archive")
    store.prepare()
    (tmp_path / "archive").rmdir()

    with pytest.raises(ArchiveError) as problem:
        store.put(NEW, b"x")

    assert problem.value.reason == "gone"


def test_half_written_objects_are_forgotten_too(tmp_path: Path) -> None:
    """The process was killed while it wrote one."""
    store = FolderStore(tmp_path)
    store.put(NEW, b"x")
    (tmp_path / NEW).rename(tmp_path / f"{NEW}.unfinished")

    store.delete(store.keys())

    assert list((tmp_path / "2026-11-30").iterdir()) == []


@pytest.mark.parametrize(
    ("status", "reason"), [(403, "refused"), (401, "refused"), (404, "gone"), (400, "unavailable")]
)
def test_a_bucket_that_refuses_has_a_reason(bucket: Bucket, status: int, reason: str) -> None:
    """Its key, its name, or something else."""
    bucket.refuses = status

    with pytest.raises(ArchiveError) as problem:
        in_bucket(bucket).put(NEW, b"x")

    assert problem.value.reason == reason
    assert "\n" not in str(problem.value)


def test_requests_are_signed_where_there_are_keys(bucket: Bucket) -> None:
    """The secret itself is never sent."""
    in_bucket(bucket, access_key_id="AK", secret_access_key="very-secret").put(NEW, b"x")
    in_bucket(bucket).put(NEW, b"x")

    signed, unsigned = bucket.authorizations
    assert signed.startswith("AWS4-HMAC-SHA256 Credential=AK/")
    assert "very-secret" not in signed
    assert unsigned == ""
