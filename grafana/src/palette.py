"""Units, colours and limits of the house style, as Grafana's schema names them."""

from typing import NamedTuple

from grafana_foundation_sdk.builders import dashboard
from grafana_foundation_sdk.models import units
from grafana_foundation_sdk.models.dashboard import DynamicConfigValue, Threshold, ThresholdsMode

# Units, so that dashboards name what they show and not Grafana's ids. "suffix:" writes a number as it is, "si:" with
# k and M, which would turn 0.05 into 50 m.
DOLLARS = units.Dollars
PER_SECOND = "suffix:/s"
ERRORS_PER_SECOND = "suffix:err/s"
LINES_PER_SECOND = "suffix:lines/s"
SAMPLES_PER_SECOND = "si:samples/s"
TOKENS_PER_SECOND = "si:tok/s"
REQUESTS_PER_SECOND = units.RequestsPerSecond
RATIO = units.PercentUnit
SECONDS = units.Seconds
# Ages and other long times: an axis in seconds would read "1.39 hours".
AGE = units.DurationInDaysHoursMinutesSeconds
COUNT = units.Short
BYTES = units.BytesIEC

# Neutral is for values that are neither good nor bad by themselves, and for missing ones: Grafana gives
# a missing value the colour of the first step, so the first step must never be green. Plain yellow vanishes on white.
NEUTRAL, GOOD, ATTENTION, BAD = "text", "green", "dark-yellow", "red"
SERIOUS = "orange"
NO_COLOR = "transparent"
# Grafana compares by "at least": the smallest value that is not zero to a reader.
ABOVE_ZERO = 0.001
Steps = tuple[tuple[float | None, str], ...]
# Shares of something that is used up, and of what is left of it.
USED: Steps = ((None, NEUTRAL), (-1e9, GOOD), (0.8, ATTENTION), (1, BAD))
LEFT: Steps = ((None, NEUTRAL), (-1e9, BAD), (ABOVE_ZERO, ATTENTION), (0.25, GOOD))
# Values that are good at zero and bad above it; and shares of failures, whose limit is in watchkeeper.yml.
ZERO_IS_GOOD: Steps = ((None, NEUTRAL), (0, GOOD), (ABOVE_ZERO, BAD))
FAILING: Steps = ((None, NEUTRAL), (0, GOOD), (0.01, ATTENTION), (0.05, BAD))

# A line that stays at zero needs some space above it; Grafana would draw its axis to 100.
LEAST_TOP = {RATIO: 0.01, SECONDS: 0.1, AGE: 60, DOLLARS: 0.01, BYTES: 1024, COUNT: 1}
LEAST_TOP_OF_RATES = 0.1

# One colour for a status, a result or a severity wherever it is drawn; other names get theirs in turn.
# What is not drawn one by one is grey: by turns the largest part of a graph could be red.
OTHERS = "others"
OF_LEGENDS = {"p50": "blue", "p95": SERIOUS, "p99": "purple", OTHERS: "#808080"}
OF_NAMES = {
    "ok": GOOD,
    "passed": GOOD,
    "hit": GOOD,
    "positive": GOOD,
    "approved": GOOD,
    "stop": GOOD,
    "error": BAD,
    "failed": BAD,
    "broken": BAD,
    "negative": BAD,
    "rejected": BAD,
    "critical": BAD,
    "rate_limited": SERIOUS,
    "high": SERIOUS,
    "blocked": SERIOUS,
    "content_filter": SERIOUS,
    "length": ATTENTION,
    "medium": ATTENTION,
    "low": "blue",
    "timeout": "purple",
}
# Legends of labels whose values these names are.
OF_STATUSES = frozenset(f"{{{{{label}}}}}" for label in ("status", "result", "outcome", "rating", "severity", "reason"))


class Meaning(NamedTuple):
    """Text and colour of a value."""

    text: str
    color: str = NO_COLOR

    @classmethod
    def bad(cls, text: str) -> "Meaning":
        """Something is broken."""
        return cls(text, BAD)

    @classmethod
    def doubtful(cls, text: str) -> "Meaning":
        """Something should be looked at."""
        return cls(text, ATTENTION)


SEVERITIES = {
    "critical": Meaning("critical", BAD),
    "high": Meaning("high", SERIOUS),
    "medium": Meaning("medium", ATTENTION),
    "low": Meaning("low", "blue"),
}


def thresholds(*steps: tuple[float | None, str]) -> dashboard.ThresholdsConfig:
    """Return the colours of values by where they lie."""
    parts = [Threshold(value=value, color=color) for value, color in steps]
    return dashboard.ThresholdsConfig().mode(ThresholdsMode.ABSOLUTE).steps(parts)


def thresholds_of_column(steps: Steps) -> DynamicConfigValue:
    """Return the same for one column of a table."""
    parts = [{"value": value, "color": color} for value, color in steps]
    return DynamicConfigValue(id_val="thresholds", value={"mode": "absolute", "steps": parts})


def fixed(color: str) -> DynamicConfigValue:
    """Return one colour for one series."""
    return DynamicConfigValue(id_val="color", value={"mode": "fixed", "fixedColor": color})
