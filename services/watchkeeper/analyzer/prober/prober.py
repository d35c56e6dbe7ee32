"""Everything that asks fixed questions: runs one of them when asked, on schedule or by hand, and reports it."""

from collections.abc import Mapping

from watchkeeper.analyzer.events.sender import EventSender
from watchkeeper.analyzer.prober.canary import CanaryRunner
from watchkeeper.analyzer.prober.golden import GoldenReport, GoldenRunner
from watchkeeper.analyzer.prober.report import CanaryReport
from watchkeeper.analyzer.prober.result import CanaryResult, GoldenResult


class Prober:
    """The canaries and the searches with golden queries, by name."""

    def __init__(
        self,
        canaries: Mapping[str, CanaryRunner],
        searches: Mapping[str, GoldenRunner],
        *,
        canary_report: CanaryReport,
        golden_report: GoldenReport,
        sender: EventSender,
    ) -> None:
        self.canaries = canaries
        self.searches = searches
        self._canary_report = canary_report
        self._golden_report = golden_report
        self._sender = sender

    def announce(self) -> None:
        """Say of everything how often it should run, from before its first run on."""
        for runner in self.canaries.values():
            for target in runner.canary.targets:
                self._canary_report.expect(runner.canary.name, target, runner.canary.every)
        for searching in self.searches.values():
            self._golden_report.expect(searching.search)

    async def run_canary(self, name: str) -> CanaryResult:
        """Run a canary and report it. Raises: StateError when its first answers cannot be read or kept."""
        result = await self.canaries[name].run()
        await self._sender.send(self._canary_report.take(result))
        return result

    async def run_search(self, name: str) -> GoldenResult:
        """Ask a search its golden queries and report it."""
        runner = self.searches[name]
        result = await runner.run()
        self._golden_report.take(runner.search, result.queries)
        return result
