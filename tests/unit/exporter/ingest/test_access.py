"""Who may send and how much, without a server and with a clock of its own."""

import base64
import hashlib
import hmac
from contextlib import suppress

import pytest

from watchkeeper.config.access import TenantLimits
from watchkeeper.exporter.ingest import access as access_module
from watchkeeper.exporter.ingest.access import Access, AccessRefused, Grant, find_tenant

ACME, GLOBEX, PAIR, ACCENTED = "wk_acme", "wk_globex", "pk-lf-1:sk-lf-1", "wk_grün"


def hashed(token: str) -> str:
    """The hash as it is in watchkeeper.yml."""
    return hashlib.sha256(token.encode()).hexdigest()


def basic(pair: str) -> str:
    """The header of a client with user and password."""
    return f"Basic {base64.b64encode(pair.encode()).decode()}"


TOKENS = [("acme", hashed(ACME)), ("globex", hashed(GLOBEX)), ("globex", hashed(PAIR)), ("acme", hashed(ACCENTED))]


@pytest.mark.parametrize(
    ("header", "tenant"),
    [
        pytest.param(f"Bearer {ACME}", "acme", id="a bearer token"),
        pytest.param(f"bearer   {ACME} ", "acme", id="a scheme in small letters and blanks"),
        pytest.param(f"Bearer {GLOBEX}", "globex", id="the token of another tenant"),
        pytest.param(basic(f"anyone:{ACME}"), "acme", id="the token as password"),
        pytest.param(basic(f":{ACME}"), "acme", id="the token as password of no one"),
        pytest.param(basic(PAIR), "globex", id="user and password together are the token"),
        pytest.param(basic(ACME), "acme", id="the token without a colon"),
        pytest.param(f"Bearer {ACCENTED}".encode().decode("latin-1"), "acme", id="UTF-8 as a server reads it"),
    ],
)
def test_a_token_reports_its_tenant(header: str, tenant: str) -> None:
    """By whichever way a client sends it."""
    assert find_tenant(TOKENS, header) == tenant


@pytest.mark.parametrize(
    ("header", "reason"),
    [
        pytest.param("", "no_credentials", id="none"),
        pytest.param("Bearer wk_other", "unknown_token", id="a wrong token"),
        pytest.param(f"Bearer {ACME.upper()}", "unknown_token", id="in other letters"),
        pytest.param(f"Bearer {hashed(ACME)}", "unknown_token", id="the hash itself"),
        pytest.param(basic(f"{ACME}:wrong"), "unknown_token", id="the token as user"),
        pytest.param(basic(f"{ACME}:"), "unknown_token", id="an empty password"),
        pytest.param(basic(":"), "unknown_token", id="only a colon"),
        pytest.param("Bearer", "bad_credentials", id="no token after the scheme"),
        pytest.param("Basic ", "bad_credentials", id="nothing after Basic"),
        pytest.param("Basic %%%", "bad_credentials", id="no base64"),
        pytest.param("Basic YWJj\xe9", "bad_credentials", id="base64 with an accent"),
        pytest.param("Basic YWJ", "bad_credentials", id="base64 that ends too early"),
        pytest.param(ACME, "bad_credentials", id="a token without a scheme"),
        pytest.param(f"Digest {ACME}", "bad_credentials", id="another scheme"),
        pytest.param("Bearer " + "x" * 4090, "bad_credentials", id="a huge header"),
        pytest.param("Bearer wk_\u20ac", "bad_credentials", id="what no header can hold"),
    ],
)
def test_what_is_no_token_is_refused(header: str, reason: str) -> None:
    """With 401, a reason for the counter and a challenge; what was sent is not reported back."""
    with pytest.raises(AccessRefused) as caught:
        find_tenant(TOKENS, header)

    assert (caught.value.status, caught.value.reason) == (401, reason)
    assert caught.value.headers["WWW-Authenticate"].startswith("Bearer ")
    assert "wk_" not in str(caught.value)


def test_every_token_is_compared_in_constant_time(monkeypatch: pytest.MonkeyPatch) -> None:
    """The place of a token in the list and a near miss take as long as any other."""
    compared: list[str] = []
    compare_digest = hmac.compare_digest

    def compare(got: str, expected: str) -> bool:
        compared.append(expected)
        return compare_digest(got, expected)

    monkeypatch.setattr(access_module.hmac, "compare_digest", compare)

    find_tenant(TOKENS, f"Bearer {ACME}")

    assert compared == [digest for _, digest in TOKENS]


class Clock:
    """Seconds that pass when reported to."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        """The time."""
        return self.now


def limited(clock: Clock, **limits: float) -> Access:
    """Access for acme with limits, and for globex without."""
    return Access(TOKENS, lambda tenant: TenantLimits(**limits) if tenant == "acme" else TenantLimits(), clock)


def send(access: Access, token: str = ACME) -> str:
    """Send one request and say what became of it."""
    try:
        with access.enter(f"Bearer {token}"):
            return "taken"
    except AccessRefused as refusal:
        return f"{refusal.reason} {refusal.headers['Retry-After']}"


def test_more_requests_than_the_limit_wait() -> None:
    """One second's worth at once, then as many as come back with time; never more than one second's worth."""
    clock = Clock()
    access = limited(clock, requests_per_second=2)

    at_once = [send(access) for _ in range(3)]
    clock.now += 0.5
    later = [send(access) for _ in range(2)]
    clock.now += 3600
    after_an_hour = [send(access) for _ in range(3)]

    assert at_once == ["taken", "taken", "rate_limited 1"]
    assert later == ["taken", "rate_limited 1"]
    assert after_an_hour == ["taken", "taken", "rate_limited 1"]


def test_a_slow_limit_says_how_long_to_wait() -> None:
    """One request in ten seconds: Retry-After reports the rest of them, and a clock that steps back damages no one."""
    clock = Clock()
    access = limited(clock, requests_per_second=0.1)

    first = send(access)
    clock.now += 2.5
    second = send(access)
    clock.now -= 100
    third = send(access)

    assert (first, second, third) == ("taken", "rate_limited 8", "rate_limited 8")


def test_one_tenant_does_not_use_up_anothers_limit() -> None:
    """Globex sends while acme waits."""
    access = limited(Clock(), requests_per_second=1)

    assert [send(access), send(access), send(access, GLOBEX)] == ["taken", "rate_limited 1", "taken"]


def test_requests_at_once_are_limited() -> None:
    """A place is free again when its request ends, also by a failure; a refusal costs nothing of the rate."""
    access = limited(Clock(), concurrent_requests=1, requests_per_second=2)

    with suppress(RuntimeError), access.enter(f"Bearer {ACME}"):
        within = send(access)
        raise RuntimeError

    assert (within, send(access)) == ("too_many_at_once 1", "taken")


def test_wrong_tokens_use_up_no_limit() -> None:
    """Who guesses cannot lock a tenant out."""
    access = limited(Clock(), requests_per_second=1)

    for _ in range(5):
        with pytest.raises(AccessRefused), access.enter("Bearer wk_guess"):
            pass

    assert send(access) == "taken"


def test_without_tokens_everyone_is_admitted() -> None:
    """For no tenant in particular, whatever the header says."""
    with Access.open().enter("Bearer of good news") as grant:
        assert grant == Grant()
