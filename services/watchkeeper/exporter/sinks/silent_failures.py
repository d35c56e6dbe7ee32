"""What went wrong although nothing failed: runs are held against contracts, and looked at for loops and spikes."""

from collections.abc import Callable, Iterator, Sequence
from typing import Any

import structlog

from watchkeeper.config.contracts import Contract
from watchkeeper.contracts.evaluator import Evaluator, Verdict
from watchkeeper.contracts.finding import Finding
from watchkeeper.contracts.names import unknown_tools
from watchkeeper.exporter.sinks.logs import LogSink
from watchkeeper.exporter.sinks.metrics import MetricsSink
from watchkeeper.exporter.watch.loops import find_loop
from watchkeeper.exporter.watch.memories import Memories
from watchkeeper.exporter.watch.signals import COUNTER_OF, SIGNAL_OF
from watchkeeper.exporter.watch.symptoms import symptoms_of
from watchkeeper.metrics.admission import LabelAdmission
from watchkeeper.metrics.folding import OTHER
from watchkeeper.metrics.store import MetricStore
from watchkeeper.model import Fact, LlmCall, SilentFailure, Trace

log = structlog.get_logger()

# One run that breaks everything is one message, not a hundred.
_MOST_FOR_A_RUN = 16
_REMEMBERED_AGENTS = 4096


class SilentFailureSink:
    """Evaluates traces and calls, and gives each silent failure to ``sinks`` as a fact like any other."""

    def __init__(
        self,
        contracts: Sequence[Contract],
        memories: Memories,
        store: MetricStore,
        admission: LabelAdmission,
        sinks: Sequence[MetricsSink | LogSink],
    ) -> None:
        self._contracts = tuple(contracts)
        self._evaluator = Evaluator(contracts)
        self._store = store
        self._runs = store.families["llm_contract_runs_total"]
        self._admit = admission.admit
        self._owner_of = admission.owner
        self._sinks = tuple(sinks)
        self._owned: dict[tuple[str, str, str], tuple[str, str, str]] = {}
        self._signals = memories.signals
        self._baselines = memories.baselines
        self._take: dict[type, Callable[[Any, float], None]] = {Trace: self._trace, LlmCall: self._call}
        if contracts:
            self._take |= dict.fromkeys(SIGNAL_OF, lambda fact, _now: self._signals.note(fact))

    def start(self) -> None:
        """Know what was reported before the restart; a contract that names a tool no one has seen is noted."""
        for signal, counter in COUNTER_OF.items():
            self._signals.restore(signal, self._label_values(counter, "service"))
        tools = self._label_values("llm_tool_calls_total", "tool")
        for one in unknown_tools(self._contracts, tools):
            log.warning("contract_tool_unknown", contract=one.contract, tool=one.tool, did_you_mean=one.near)

    def take(self, fact: Fact, now: float) -> None:
        """Look at one fact; ``now`` is the time of arrival in Unix seconds."""
        take = self._take.get(type(fact))
        if take is not None:
            take(fact, now)

    def _call(self, call: LlmCall, now: float) -> None:
        """Report a call that belongs to no trace; whose agent's the others are is known with their trace."""
        if call.context.trace_id:
            return
        for kind in symptoms_of(call):
            self._emit(SilentFailure(context=call.context, type=kind), now)

    def _trace(self, trace: Trace, now: float) -> None:
        verdicts = self._verdicts(trace) if self._contracts else ()
        if verdicts:
            self._count(trace, verdicts, now)
        if failures := list(self._failures(trace, verdicts)):
            found = {(failure.type, failure.tool): failure for failure in failures}
            for failure in list(found.values())[:_MOST_FOR_A_RUN]:
                self._emit(failure, now)

    def _verdicts(self, trace: Trace) -> Sequence[Verdict]:
        return self._evaluator.verdicts(trace, self._signals.of_service(trace.context.service))

    def _failures(self, trace: Trace, verdicts: Sequence[Verdict]) -> Iterator[SilentFailure]:
        """What is wrong with a run; a contract that says the same as we see ourselves has the last word."""
        context = trace.context
        for kind in trace.symptoms:
            yield SilentFailure(context=context, type=kind)
        if loop := find_loop(trace):
            yield SilentFailure(
                context=context,
                type="loop",
                expected="tools that go on",
                observed=f"{' > '.join(loop.tools)}, {loop.rounds} times",
                tool=loop.tools[0],
            )
        if spike := self._baselines.see(trace):
            yield SilentFailure(
                context=context,
                type="token_spike",
                expected=f"about {spike.usual:.0f} tokens for each step",
                observed=f"{spike.tokens_per_step:.0f}",
            )
        for verdict in verdicts:
            for finding in verdict.findings:
                yield _failure(trace, verdict.contract, finding)

    def _count(self, trace: Trace, verdicts: Sequence[Verdict], now: float) -> None:
        context = trace.context
        key = context.service, context.team, context.agent
        owned = self._owned.get(key) or self._admitted(key)
        for verdict in verdicts:
            self._runs.add((*owned, verdict.contract, verdict.result, verdict.reason), 1, now)

    def _admitted(self, key: tuple[str, str, str]) -> tuple[str, str, str]:
        """The labels of an agent; remembered unless one had no place, which is tried every time."""
        service, team, agent = key
        owner = self._owner_of(service, team)
        owned = (*owner, self._admit("agent", agent, owner[0]))
        if OTHER not in owned:
            if len(self._owned) >= _REMEMBERED_AGENTS:
                self._owned.clear()
            self._owned[key] = owned
        return owned

    def forget_agents(self) -> None:
        """Look up all labels again: places of labels want to be seen in use, and those of others may be free."""
        self._owned.clear()

    def _emit(self, failure: SilentFailure, now: float) -> None:
        for sink in self._sinks:
            sink.take(failure, now)

    def _label_values(self, counter: str, label: str) -> set[str]:
        family = self._store.families[counter]
        place = family.metric.labels.index(label)
        return {values[place] for values in family.series}


def _failure(trace: Trace, contract: str, finding: Finding) -> SilentFailure:
    return SilentFailure(
        context=trace.context,
        type=finding.type,
        contract=contract,
        rule=finding.rule,
        expected=finding.expected,
        observed=finding.observed,
        tool=finding.tool,
    )
