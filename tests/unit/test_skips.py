"""A test that lacks something is left out where no one can help it; in CI it fails, and CI names what was left out."""

import os
from pathlib import Path

import pytest
from tests.support import skips
from tests.support.skips import Skipped

pytest_plugins = ["pytester"]
A_FILE = """
    import pytest
    from tests.support.skips import skip

    def test_one(): skip("no such thing here")
    def test_other(): skip("no such thing here")
    def test_third(): skip("none of that either")
    def test_good(): pass
"""


@pytest.mark.parametrize(
    ("ci", "why_none", "outcome"),
    [
        pytest.param("", "", Skipped, id="a developer who could install it"),
        pytest.param("true", "Only root can.", Skipped, id="CI that cannot install it"),
        pytest.param("true", "", pytest.fail.Exception, id="CI that could have installed it"),
    ],
)
def test_what_can_be_installed_is_no_excuse_in_ci(
    monkeypatch: pytest.MonkeyPatch, ci: str, why_none: str, outcome: type[BaseException]
) -> None:
    """The reason is reported in any case."""
    monkeypatch.setenv("CI", ci)
    monkeypatch.setattr(skips, "why_none_is_installed", lambda: why_none)

    with pytest.raises(outcome, match=rf"^caddy not found\. ?{why_none}"):
        skips.lack("caddy not found.")


def test_a_good_reason_holds_in_ci_too(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing that could be installed would help."""
    monkeypatch.setenv("CI", "true")

    with pytest.raises(Skipped, match="another kind of machine"):
        skips.skip("another kind of machine")


@pytest.mark.parametrize(
    ("user_id", "apt_get", "reason"),
    [(1000, "/usr/bin/apt-get", "Only root"), (0, None, "no apt-get"), (0, "/usr/bin/apt-get", "")],
    ids=["an ordinary user", "root of another distribution", "root of Debian"],
)
def test_why_none_is_installed(monkeypatch: pytest.MonkeyPatch, user_id: int, apt_get: str | None, reason: str) -> None:
    """It takes root and apt."""
    monkeypatch.setattr(os, "getuid", lambda: user_id)
    monkeypatch.setattr(skips.shutil, "which", lambda _: apt_get)

    reported = skips.why_none_is_installed()

    assert reason in reported
    assert bool(reported) == bool(reason)


def test_ci_names_what_every_run_skipped(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each reason once for each file, run after run, workers or none."""
    root = Path(__file__).parents[2]
    reported = pytester.path / "skipped"
    monkeypatch.setenv("WATCHKEEPER_SKIPS", str(reported))
    monkeypatch.setenv("PYTHONPATH", str(root))
    pytester.makeini("[pytest]\nasyncio_default_fixture_loop_scope = function")
    pytester.makepyfile(A_FILE)
    pytester.makeconftest("from tests.conftest import pytest_terminal_summary\n")

    for arguments in (["-p", "no:xdist"], ["-n", "1"]):
        pytester.runpytest_subprocess(*arguments).assert_outcomes(passed=1, skipped=3)

    one_run = {
        "2 of test_ci_names_what_every_run_skipped.py: no such thing here",
        "1 of test_ci_names_what_every_run_skipped.py: none of that either",
    }
    lines = reported.read_text(encoding="utf-8").splitlines()
    assert (len(lines), set(lines)) == (4, one_run)
