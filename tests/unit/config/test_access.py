"""The tokens of watchkeeper.yml and the command that makes them."""

import hashlib
import re
from pathlib import Path

import pytest
import yaml

from watchkeeper.config import load_config
from watchkeeper.config.tokens import make_token
from watchkeeper.errors import ConfigError

HASH = "0123456789abcdef" * 4
TOKENS = f"tokens: [{{tenant: acme, sha256: {HASH}}}]"


def load(folder: Path, access: str) -> object:
    """Load a watchkeeper.yml with this access."""
    file = folder / "watchkeeper.yml"
    file.write_text(f"access: {{{access}}}", encoding="utf-8")
    return load_config(file, {}).file.access


@pytest.mark.parametrize(
    ("access", "problem"),
    [
        pytest.param(
            "tokens: [{tenant: acme, sha256: wk_secret}]",
            "access.tokens[0].sha256 must be a SHA-256 in 64 hex digits (watchkeeper token makes one), "
            "got something else",
            id="the token itself, which is not reported again",
        ),
        pytest.param(
            f"tokens: [{{tenant: acme, sha256: {HASH}}}, {{tenant: globex, sha256: {HASH.upper()}}}]",
            "access.tokens must be a list of unique names (0123456789ab… is a duplicate), got [",
            id="one token of two tenants",
        ),
        pytest.param(
            f"tokens: [{{tenant: 'a b', sha256: {HASH}}}]",
            "access.tokens[0].tenant must be text that matches ^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$, got 'a b'",
            id="a tenant with a blank",
        ),
        pytest.param("tokens: ", "access.tokens must be a list, got None", id="a list that was forgotten"),
        pytest.param(
            f"{TOKENS}, tenants: {{globex: {{body_bytes: 1}}}}",
            "access.tenants must be a mapping of tenants that have a token (acme), got {'globex': {'body_bytes': 1}}",
            id="limits of a tenant without a token",
        ),
        pytest.param(
            f"{TOKENS}, limits: {{requests_per_second: 0}}",
            "access.limits.requests_per_second must be > 0, got 0",
            id="no requests at all",
        ),
    ],
)
def test_errors_are_reported(tmp_path: Path, access: str, problem: str) -> None:
    """Each with its place and rule."""
    with pytest.raises(ConfigError) as caught:
        load(tmp_path, access)

    (reported,) = caught.value.problems
    assert reported.startswith(f"watchkeeper.yml: {problem}")
    assert "wk_secret" not in reported


def test_a_tenants_own_limits_lie_over_those_for_all(tmp_path: Path) -> None:
    """What it does not name stays; null lifts a limit."""
    access = load(
        tmp_path,
        f"{TOKENS}, limits: {{requests_per_second: 5, body_bytes: 10}}, "
        "tenants: {acme: {concurrent_requests: 2, body_bytes: null}}",
    )

    own, others = access.limits_of("acme"), access.limits_of("globex")

    assert (own.requests_per_second, own.concurrent_requests, own.body_bytes) == (5, 2, None)
    assert (others.requests_per_second, others.concurrent_requests, others.body_bytes) == (5, None, 10)


def test_a_new_token_fits_its_line(tmp_path: Path) -> None:
    """The printed line lets in who has the printed token; no two are the same."""
    made = make_token("acme")

    (token,) = load(tmp_path, f"tokens: [{made.entry}]").tokens

    assert re.fullmatch(r"wk_[\w-]{43}", made.secret)
    assert token.sha256 == hashlib.sha256(made.secret.encode()).hexdigest()
    assert made.secret not in made.entry
    assert make_token("acme").secret != made.secret


@pytest.mark.parametrize("tenant", ["yes", "1.0", "null"])
def test_a_tenant_that_yaml_would_misread_stays_text(tenant: str) -> None:
    """The line quotes it."""
    assert yaml.safe_load(make_token(tenant).entry)["tenant"] == tenant


def test_a_tenant_that_cannot_be_one_is_refused() -> None:
    """In one sentence, with the rule."""
    with pytest.raises(ConfigError, match="watchkeeper token: tenant must be text that matches"):
        make_token("a b")
