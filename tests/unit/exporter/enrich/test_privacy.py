import hashlib
import hmac

from tests.support.facts import make_context

from watchkeeper.exporter.enrich.privacy import UserHasher


def test_the_id_becomes_a_keyed_hash() -> None:
    """The hash is the beginning of HMAC-SHA-256, and the id is gone."""
    context = UserHasher(b"key").anonymise(make_context(user_id="user-42"))

    assert context.user_id == ""
    assert context.user_hash == hmac.new(b"key", b"user-42", hashlib.sha256).hexdigest()[:16]


def test_another_key_gives_another_hash() -> None:
    """Without the key no one can test a guess."""
    one = UserHasher(b"one").anonymise(make_context(user_id="user-42"))
    two = UserHasher(b"two").anonymise(make_context(user_id="user-42"))

    assert one.user_hash != two.user_hash


def test_no_one_stays_no_one() -> None:
    """Without an id there is no hash."""
    assert UserHasher(b"key").anonymise(make_context()).user_hash == ""


def test_an_id_that_is_no_utf8_is_hashed_too() -> None:
    """A lone surrogate, as JSON can hold it, is no reason to fail."""
    assert UserHasher(b"key").anonymise(make_context(user_id="\ud800")).user_id == ""
