"""What is found as a secret in free text, and what is left."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from watchkeeper.exporter.enrich.secrets import is_luhn, without_secrets

REDACTED = {
    "an address": ("mail jane.roe+x@mail.example.co.uk now", "mail [email] now"),
    "an address after a line break of JSON": (r"to\njane@example.com", r"to\[email]"),
    "a card": ("pay with 4111111111111111.", "pay with [card]."),
    "a card in groups": ("pay with 4111 1111 1111 1111!", "pay with [card]!"),
    "a card with dashes": ("3782-822463-10005", "[card]"),
    "a card after another number": ("12 4111 1111 1111 1111 99", "12 [card] 99"),
    "a card after an escaped letter": (r"caf\u00e94111111111111111", "café[card]"),
    "an international phone number": ("call +49 (171) 234-5678", "call [phone]"),
    "a phone number after its label": ("tel:+442079460958", "tel:[phone]"),
    "a phone number of North America": ("(555) 010-9999 or 555-010-9999", "[phone] or [phone]"),
    "a national phone number": ("020 7946 0958 and 0171/2345678 and 01712345678", "[phone] and [phone] and [phone]"),
    "a key of OpenAI": ("key=sk-proj-abcdefghijklmnop1234", "key=[api_key]"),
    "a key of Anthropic": ('"sk-ant-api03-abc_DEF-123456"', '"[api_key]"'),
    "a key after a line break of JSON": (r"keys:\nsk-abcdefghijklmnop", r"keys:\n[api_key]"),
    "a key of AWS": ("AKIAIOSFODNN7EXAMPLE", "[api_key]"),
    "a token of GitHub": ("ghp_abcdefghijklmnopqrstuvwxyz0123456789", "[api_key]"),
    "a fine-grained token of GitHub": ("github_pat_11ABCDEFG0abcdefghij_klm", "[api_key]"),
    "a token of Slack": ("xoxb-1234567890-abcdef", "[api_key]"),
    "a key of Google": ("AIzaSyA1234567890abcdefghijklmnopqrstuv", "[api_key]"),
    "a web token": ("eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.abc-DEF_1", "[api_key]"),
    "the beginning of a web token": ("eyJhbGciOiJIUzI1NiJ9.eyJzdWIi", "[api_key]"),
    "a bearer token": ("Authorization: Bearer abc123def456", "Authorization: Bearer [api_key]"),
    "a private key": ("-----BEGIN RSA PRIVATE KEY-----\nMIIE\n-----END RSA PRIVATE KEY-----", "[api_key]"),
}

LEFT = {
    "words": "the bearer of good news asked for a task-force",
    "a number that is no card": "order 4111111111111112",
    "a time in nanoseconds": "1790000000000000000",
    "a date and time": "2026-11-21T08:16:47.123456Z",
    "tokens and money": '{"input_tokens": 1047, "cost": 0.00123}',
    "an id": "7f3b2a1c-9d4e-4f5a-8b6c-0d1e2f3a4b5c",
    "a hex id": "4bf92f3577b34da6a3ce929d0e0e4736",
    "a response's id": "chatcmpl-9aBcD3fGhIjK",
    "a model": "claude-sonnet-4-5-20250929",
}


@pytest.mark.parametrize(("text", "reported"), REDACTED.values(), ids=REDACTED.keys())
def test_a_secret_becomes_its_kind(text: str, reported: str) -> None:
    """Only the secret is replaced, by the word for what it was."""
    assert without_secrets(text) == reported


@pytest.mark.parametrize("text", LEFT.values(), ids=LEFT.keys())
def test_what_is_no_secret_is_left(text: str) -> None:
    """Text without secrets stays as it is."""
    assert without_secrets(text) == text


@given(st.text(max_size=200))
def test_any_text_is_redacted_once(text: str) -> None:
    """No text fails, and what was redacted holds no more secrets."""
    once = without_secrets(text.replace("\\", "/"))

    assert without_secrets(once) == once


HOSTILE = {
    "digits": "1" * 12_288,
    "digits apart": "1 " * 6_144,
    "letters": "a" * 12_288,
    "dots before an at": "a." * 6_143 + "@",
    "ats": "a@" * 6_144,
    "web tokens without end": "eyJ-" * 3_072,
    "plus signs": "+1" * 6_144,
    "spaces": "+1" + " " * 12_286,
    "private keys": "-----BEGIN PRIVATE KEY-----" * 455,
    "bearers": "bearer " * 1_755,
    "phone numbers almost": "01 234 " * 1_755,
}


def seconds_for(text: str) -> float:
    """The least processor time of three tries."""

    def once() -> float:
        started = time.process_time()
        without_secrets(text)
        return time.process_time() - started

    return min(once() for _ in range(3))


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE.keys())
def test_hostile_text_takes_no_longer_than_other_text(text: str) -> None:
    """Of the greatest length that is read it takes a small multiple, where steps back would take thousands."""
    ordinary = "Call +49 30 1234567 or mail ann@example.com about order 4711. " * 200

    assert seconds_for(text) < 100 * seconds_for(ordinary[:12_288])


@pytest.mark.parametrize("digits", ["4111111111111111", "378282246310005", "6011000990139424"])
def test_numbers_of_cards_have_a_check_digit(digits: str) -> None:
    """A card's number passes, and with another last digit it does not."""
    assert is_luhn(digits)
    assert not is_luhn(digits[:-1] + str((int(digits[-1]) + 1) % 10))


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("https://host/v1?api_key=Zm9vYmFy&x=1", "https://host/v1?api_key=[api_key]&x=1"),
        ("https://host/?sig=a%2Fb0123", "https://host/?sig=[api_key]"),
        ("postgresql://jane:hunter2@host/db", "postgresql://[api_key]@host/db"),
        ("token=Zm9vYmFy;", "token=[api_key];"),
        ("max_tokens=1024", "max_tokens=1024"),
        ("monkey=business", "monkey=business"),
    ],
    ids=["a parameter", "a signature", "who asks", "a token", "a count of tokens", "a word with key in it"],
)
def test_keys_in_urls(text: str, left: str) -> None:
    """The value of a parameter that is a key goes, whatever its shape."""
    assert without_secrets(text) == left
