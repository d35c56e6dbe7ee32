"""Ten thousand made-up models and a million users leave the exporter as large as it was."""

import json
import subprocess
import sys
from typing import Any

import pytest

# 8000 more calls fill the memory of spans and response ids, which has its own bound; 3 MB were measured.
_GROWTH_MEGABYTES = 8


@pytest.fixture(scope="module")
def flood() -> Any:
    """What a process of its own held after a fifth of the flood, and after all of it."""
    done = subprocess.run(
        [sys.executable, "-m", "tests.support.flood"], capture_output=True, text=True, check=True, timeout=300
    )
    return json.loads(done.stdout)


def test_series_stay(flood: Any) -> None:
    """Not one series more after four fifths of the names."""
    assert flood["after"]["series"] == flood["before"]["series"] < 20_000


def test_memory_stays(flood: Any) -> None:
    """Nothing is remembered of each user, session or model."""
    assert flood["after"]["megabytes"] - flood["before"]["megabytes"] < _GROWTH_MEGABYTES


def test_real_models_have_series_of_their_own(flood: Any) -> None:
    """Those of the price table at once, one of our own because it comes again and again."""
    assert {"gpt-4o-mini", "claude-sonnet-4-5", "our-own-model", "other"} <= set(flood["models"])


def test_the_one_who_spends_is_found(flood: Any) -> None:
    """A thousand dollars in a crowd of ten thousand are seen, and never more than they are."""
    name, usd = flood["heaviest"]

    assert name == "heavy"
    assert 900 <= usd <= 1000
