"""Prometheus, asked from a thread: instant and range queries, with every failure as one kind of error."""

from collections.abc import Iterator, Mapping

import httpx
import msgspec

from watchkeeper.errors import JobError

# A week of a feature of many services takes Prometheus seconds.
_ANSWER_SECONDS = 30.0

Sample = tuple[Mapping[str, str], float]
Points = tuple[Mapping[str, str], Mapping[float, float]]
_TimeAndValue = tuple[float, str]


class _Series(msgspec.Struct):
    metric: dict[str, str]
    value: _TimeAndValue = (0.0, "nan")
    values: list[_TimeAndValue] = []


class _Result(msgspec.Struct):
    result: list[_Series]


class _Answer(msgspec.Struct):
    """What is read of an answer; a thousand series are some hundred thousand samples, and typed they take a fifth."""

    status: str
    data: _Result | None = None
    error: str = ""


class Prometheus:
    """The Prometheus at ``url``; times are Unix seconds."""

    def __init__(self, client: httpx.Client, url: str) -> None:
        self._client = client
        self._url = url

    def instant(self, query: str, at: float) -> Iterator[Sample]:
        """Labels and value of every series of a query.

        Raises: JobError when Prometheus does not answer, or not with a result.
        """
        for series in self._ask("query", {"query": query, "time": f"{at:.3f}"}):
            yield series.metric, float(series.value[1])

    def over_time(self, query: str, start: float, end: float, step: float) -> Iterator[Points]:
        """Labels and values by time of every series of a query.

        Raises: JobError when Prometheus does not answer, or not with a result.
        """
        asked = {"query": query, "start": f"{start:.3f}", "end": f"{end:.3f}", "step": f"{step:.0f}"}
        for series in self._ask("query_range", asked):
            yield series.metric, {at: float(value) for at, value in series.values}

    def _ask(self, path: str, parameters: Mapping[str, str]) -> list[_Series]:
        try:
            answer = self._client.post(f"{self._url}/api/v1/{path}", data=dict(parameters), timeout=_ANSWER_SECONDS)
            found = msgspec.json.decode(answer.content, type=_Answer)
        except httpx.HTTPError as error:
            raise JobError(f"prometheus: {type(error).__name__}") from error
        except (msgspec.DecodeError, UnicodeDecodeError) as error:
            raise JobError("prometheus: answers what is no result of a query") from error
        if answer.is_error or found.data is None or found.status != "success":
            raise JobError(f"prometheus: answers {answer.status_code}: {found.error[:200]}")
        return found.data.result
