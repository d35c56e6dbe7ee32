"""The series of promtool's unit tests: ``metric{label="value"}`` and ``0+10x60 _x5 stale 3`` as labels and values.

Source: https://prometheus.io/docs/prometheus/latest/configuration/unit_testing_rules/#series
"""

import re
from collections.abc import Iterator

from prometheus_client.parser import text_string_to_metric_families

from watchkeeper.errors import WatchkeeperError

_NUMBER = r"[+-]?(?:\d+\.?\d*(?:[eE][+-]?\d+)?|\.\d+|[Ii]nf|[Nn]a[Nn])"
_RUN = re.compile(rf"(?P<start>{_NUMBER})(?P<step>[+-]{_NUMBER.removeprefix('[+-]?')})?x(?P<times>\d+)")
_STALE = "stale"
_GAP = re.compile(r"_(?:x(?P<times>\d+))?")


def read_labels(series: str) -> dict[str, str]:
    """Labels of a series as a test writes it, its name as ``__name__``.

    Raises: WatchkeeperError when it is no series.
    """
    try:
        sample = next(iter(text_string_to_metric_families(f"{series} 0\n"))).samples[0]
    except (ValueError, StopIteration, IndexError) as error:
        raise WatchkeeperError(f"series: must be a metric with its labels, got {series!r}") from error
    return {"__name__": sample.name, **sample.labels}


def read_values(text: str) -> list[float | None]:
    """One value per interval; None where the test leaves the sample out.

    Raises: WatchkeeperError for what is no value (histogram literals are none either).
    """
    return [value for token in text.split() for value in _expand(token)]


def _expand(token: str) -> Iterator[float | None]:
    if gap := _GAP.fullmatch(token):
        yield from [None] * int(gap["times"] or 1)
    elif token == _STALE:
        yield None
    elif run := _RUN.fullmatch(token):
        start, step = float(run["start"]), float(run["step"] or 0)
        # promtool: ``1+2x3`` is 1 3 5 7, one value more than the number says.
        yield from (start + step * i for i in range(int(run["times"]) + 1))
    elif re.fullmatch(_NUMBER, token):
        yield float(token)
    else:
        raise WatchkeeperError(f"values: must be numbers in promtool's notation, got {token!r}")
