"""An object is opened to the text that was sealed, or not at all."""

import base64
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from watchkeeper.archive.folder import FolderStore
from watchkeeper.archive.names import NO_ONE, ObjectName, day_of, digest_of, parse, short
from watchkeeper.archive.opened import OpenArchive
from watchkeeper.archive.sealing import Sealer, read_secret
from watchkeeper.errors import ArchiveError, ConfigError

SECRET, OTHER = bytes(range(32)), bytes(32)
TEXT = "What was said. " * 1000


def name_of(text: str, user: str = NO_ONE) -> str:
    """The key of a text."""
    parts = {"tenant": short("acme"), "user": user, "session": short("s/1"), "trace": short("")}
    return ObjectName(day=day_of(1_800_000_000.0), digest=digest_of(text), **parts).key


@given(text=st.text(max_size=300), secret=st.sampled_from([None, SECRET]))
def test_what_was_sealed_is_opened(text: str, secret: bytes | None) -> None:
    """Any text; half of a pair of surrogates, which is no text, becomes a question mark before."""
    key = name_of(text)

    assert Sealer(secret).open(key, Sealer(secret).seal(key, text)) == text


def test_it_is_compressed_and_hidden() -> None:
    """Without a key it is small, with one it is not to be read either."""
    key = name_of(TEXT)

    assert len(Sealer().seal(key, TEXT)) < len(TEXT) / 10
    assert Sealer(SECRET).seal(key, TEXT) != Sealer(SECRET).seal(key, TEXT)
    with pytest.raises(ArchiveError, match=r"archive\.key_file is not set"):
        Sealer().open(key, Sealer(SECRET).seal(key, TEXT))
    with pytest.raises(ArchiveError, match="another key"):
        Sealer(OTHER).open(key, Sealer(SECRET).seal(key, TEXT))


@given(place=st.integers(min_value=0, max_value=60), secret=st.sampled_from([None, SECRET]))
def test_a_changed_byte_is_noticed(place: int, secret: bytes | None) -> None:
    """Wherever it is: the text is that of its name, or an error."""
    key = name_of(TEXT)
    sealed = bytearray(Sealer(secret).seal(key, TEXT))
    sealed[place % len(sealed)] ^= 0x20

    opened = TEXT
    with suppress(ArchiveError):
        opened = Sealer(secret).open(key, bytes(sealed))
    assert opened == TEXT


@given(content=st.binary(max_size=200))
def test_any_bytes_are_an_error(content: bytes) -> None:
    """Whoever owns the bucket may put anything there."""
    for secret in (None, SECRET):
        for head in (b"", b"WKA0", b"WKA1"):
            with pytest.raises(ArchiveError):
                Sealer(secret).open(name_of(TEXT), head + content)


def test_another_objects_content_is_noticed() -> None:
    """Encrypted texts are bound to their name, others to its digest."""
    ours, theirs = name_of(TEXT), name_of(TEXT, user="a" * 16)

    with pytest.raises(ArchiveError):
        Sealer(SECRET).open(ours, Sealer(SECRET).seal(theirs, TEXT))
    with pytest.raises(ArchiveError, match="SHA-256"):
        Sealer().open(ours, Sealer().seal(ours, "something else"))


def test_names_are_read_again() -> None:
    """And nothing else is one, above all no path."""
    key = name_of(TEXT)
    name = parse(key)

    assert name is not None
    assert name.key == key
    assert key.startswith(f"2027-01-15/{short('acme')}.{NO_ONE}.{short('s/1')}.{NO_ONE}.")
    for wrong in ("", "../etc/passwd", key + "\n", key.upper(), f"x{key}", key[:-1], f"../{key}"):
        assert parse(wrong) is None


def test_only_names_are_opened(tmp_path: Path) -> None:
    """Whatever an address or a log line says."""
    (tmp_path / "secret").write_text("x")

    with pytest.raises(ArchiveError, match="no name"):
        OpenArchive(FolderStore(tmp_path / "archive"), Sealer()).text("../secret")


@pytest.mark.parametrize("content", [b"", b"short", base64.b64encode(b"x" * 16), b"\xff\xfe", b"!" * 44], ids=repr)
def test_a_key_that_is_none_is_said_without_it(tmp_path: Path, content: bytes) -> None:
    """Thirty-two bytes in base64, with or without a line's end."""
    file = tmp_path / "key"
    file.write_bytes(base64.b64encode(SECRET) + b"\n")
    assert read_secret(file) == SECRET

    file.write_bytes(content)
    with pytest.raises(ConfigError) as problem:
        read_secret(file)

    assert "must be a file with 32 bytes" in str(problem.value)
    assert "short" not in str(problem.value)
