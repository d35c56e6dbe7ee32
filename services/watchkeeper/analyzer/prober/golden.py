"""Golden queries of one search: asks them, and measures what it finds against what it should."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Sequence

import structlog
from msgspec.structs import replace

from watchkeeper.analyzer.endpoints.retrying import with_retries
from watchkeeper.analyzer.prober.measures import MEASURES, measures
from watchkeeper.analyzer.prober.result import GoldenResult, QueryResult
from watchkeeper.config.canaries import GoldenQuery, Search
from watchkeeper.errors import EndpointError
from watchkeeper.metrics.store import MetricStore

log = structlog.get_logger()

# Every query, whatever its difficulty.
ALL = "all"
# A search is not load-tested by its own check.
_AT_ONCE = 4
_OF_ONE_RUN = ("llm_retrieval_golden_score", "llm_retrieval_golden_coverage_ratio", "llm_retrieval_golden_queries")

Find = Callable[[str], Awaitable[tuple[str, ...]]]


class GoldenRunner:
    """Asks one search all of its golden queries."""

    def __init__(self, search: Search, find: Find) -> None:
        self.search = search
        self._find = find
        self._turn = asyncio.Lock()

    @property
    def is_busy(self) -> bool:
        """Whether a run goes on."""
        return self._turn.locked()

    async def run(self) -> GoldenResult:
        """Ask every query; one that fails has no measure, the others do."""
        places = asyncio.Semaphore(_AT_ONCE)

        async def one(query: GoldenQuery) -> QueryResult:
            async with places:
                return await self._asked(query)

        async with self._turn:
            asked = await asyncio.gather(*(one(query) for query in self.search.queries))
        return GoldenResult(search=self.search.name, k=self.search.k, queries=tuple(asked))

    async def _asked(self, query: GoldenQuery) -> QueryResult:
        result = QueryResult(
            name=str(query.name), query=query.query, difficulty=query.difficulty, expected=query.documents
        )
        try:
            found = await with_retries(lambda: self._find(query.query))
        except EndpointError as error:
            return replace(result, error_type=error.error_type, error=str(error))
        grades = dict(zip(query.documents, query.grades or (1,) * len(query.documents), strict=True))
        return replace(result, found=found[: self.search.k], measured=measures(found, grades, self.search.k))


class GoldenReport:
    """Sets the metrics of golden queries."""

    def __init__(self, store: MetricStore, clock: Callable[[], float] = time.time) -> None:
        self._families = store.families
        self._clock = clock

    def expect(self, search: Search) -> None:
        """Say how often a search is asked, from before it was asked first."""
        self._families["llm_canary_interval_seconds"].set((search.name, "search"), search.every)

    def take(self, search: Search, results: Sequence[QueryResult]) -> None:
        """Report one run; while one query has no answer there is no mean, because it would be one of other queries."""
        now = self._clock()
        failed = [result for result in results if result.measured is None]
        self._clear(search.name)
        for result in results:
            if result.measured is not None:
                coverage = self._families["llm_retrieval_golden_coverage_ratio"]
                coverage.set((search.name, result.name), result.measured["recall"])
        for result in failed:
            self._families["llm_canary_failures_total"].add((search.name, "search", result.error_type), 1, now)
        if failed:
            log.warning("golden_queries_failed", search=search.name, failed=len(failed), queries=len(results))
            return
        self._families["llm_canary_last_run_timestamp_seconds"].set((search.name, "search"), now)
        for difficulty in (ALL, *sorted({result.difficulty for result in results})):
            self._set(search, difficulty, [r for r in results if difficulty in (ALL, r.difficulty)])
        log.info("golden_queries_completed", search=search.name, queries=len(results), **_means(results))

    def _set(self, search: Search, difficulty: str, results: Sequence[QueryResult]) -> None:
        for measure, value in _means(results).items():
            self._families["llm_retrieval_golden_score"].set((search.name, difficulty, measure), value)
        self._families["llm_retrieval_golden_queries"].set((search.name, difficulty), len(results))

    def _clear(self, name: str) -> None:
        for metric in _OF_ONE_RUN:
            self._families[metric].drop_if(lambda values: values[0] == name)


def _means(results: Sequence[QueryResult]) -> dict[str, float]:
    found = [result.measured for result in results if result.measured is not None]
    return {measure: round(sum(one[measure] for one in found) / len(found), 4) for measure in MEASURES}
