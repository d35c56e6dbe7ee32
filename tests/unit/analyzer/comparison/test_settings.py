"""How watchkeeper.yml sets what is compared with what."""

import pytest

from watchkeeper.analyzer.comparison.settings import Settings, settings_in_use, settings_of
from watchkeeper.config.drift import Drift, DriftOverride

DAY, WEEK = 86_400, 604_800
CONFIG = Drift(
    overrides=(
        DriftOverride(service="batch-*", enabled=False),
        DriftOverride(service="bot", feature="score/*", compare_with="all_hours", least_values=30),
        DriftOverride(feature="branch*", window_seconds=3600),
    )
)


@pytest.mark.parametrize(
    ("service", "feature", "expected"),
    [
        ("bot", "input_tokens", Settings(21_600, "same_hours", 100)),
        ("bot", "score/faith/judge", Settings(21_600, "all_hours", 30)),
        ("other", "score/faith/judge", Settings(21_600, "same_hours", 100)),
        ("bot", "branch/router", Settings(3_600, "same_hours", 100)),
        ("batch-1", "branch/router", None),
    ],
)
def test_the_first_override_that_fits_is_used(service: str, feature: str, expected: Settings | None) -> None:
    """What it leaves out is as for all others."""
    assert settings_of(CONFIG, service, feature) == expected


def test_each_setting_in_use_is_asked_for_once() -> None:
    """However many services there are."""
    assert len(list(settings_in_use(CONFIG, "input_tokens"))) == 1
    assert len(list(settings_in_use(CONFIG, "score"))) == 2
    assert len(list(settings_in_use(CONFIG, "branch"))) == 2
    assert not list(settings_in_use(Drift(enabled=False), "branch"))
    assert settings_of(Drift(enabled=False), "bot", "branch") is None


@pytest.mark.parametrize(
    ("seconds", "compare_with", "expected"),
    [
        (21_600.0, "same_hours", [DAY * day for day in range(1, 8)]),
        (2.0 * DAY, "same_hours", [2 * DAY * number for number in range(1, 8)]),
        (21_600.0, "same_weekday", [WEEK * week for week in range(1, 5)]),
        (21_600.0, "all_hours", [21_600 * number for number in range(1, 29)]),
        (float(DAY), "all_hours", [DAY * day for day in range(1, 8)]),
        (60.0, "all_hours", [60 * number for number in range(1, 29)]),
    ],
)
def test_windows_do_not_overlap(seconds: float, compare_with: str, expected: list[float]) -> None:
    """Neither with the current one nor with each other."""
    offsets = Settings(seconds, compare_with, 100).offsets  # type: ignore[arg-type]

    assert list(offsets) == expected
    assert all(later - sooner >= seconds for sooner, later in zip((0.0, *offsets), offsets, strict=False))
