"""Agents that go wrong are found out by their contract, whatever client reports them and however it arrives."""

import io
import random
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.properties.test_traces import HOUR_NS, STEP_NS, in_batches
from tests.support.facts import NOW_NS
from tests.support.golden import spans_of
from tests.support.mutated_runs import AGENTS, FIRST, MUTATIONS, SECOND, in_trace

from watchkeeper.config import load_config
from watchkeeper.config.schema import ConfigFile
from watchkeeper.contracts.evaluator import Evaluator
from watchkeeper.contracts.lines import read_run
from watchkeeper.exporter.parts import Exporter
from watchkeeper.model import Span
from watchkeeper.operator.contracts.check import evaluated
from watchkeeper.operator.contracts.learn import as_yaml, learn

CONTRACT = {
    "name": "weather",
    "agent": ["weather?agent"],
    "tools": {"expect": [FIRST, SECOND], "match": "strict"},
    "max_steps": 10,
    "forbid": {"models": ["gpt-3.5*"]},
}


class Watched:
    """An exporter with one contract, and what it reports."""

    def __init__(self, folder: Path, **settings: Any) -> None:
        file = folder / "watchkeeper.yml"
        file.write_text(yaml.safe_dump({"contracts": [CONTRACT], **settings}))
        self.stream = io.BytesIO()
        self.exporter = Exporter(load_config(file, {"WATCHKEEPER_USER_HASH_KEY": "a fixed key"}), self.stream)
        self._now_ns = NOW_NS

    def send(self, batches: Iterable[Sequence[Span]]) -> None:
        """Batches a moment after one another, and an hour without any."""
        for batch in batches:
            self._now_ns += STEP_NS
            self.exporter.pipeline.take("traces", enumerate(batch), [], self._now_ns)
            self.exporter.pipeline.release(self._now_ns)
        for later_ns in (3 * 10**9, HOUR_NS):
            self._now_ns += later_ns
            self.exporter.pipeline.release(self._now_ns)

    def failures(self) -> dict[tuple[str, str], float]:
        """Silent failures so far by type and tool; each of the agent's."""
        found: dict[tuple[str, str], float] = {}
        for values, series in self.exporter.store.families["llm_silent_failures_total"].series.items():
            _, _, agent, kind, tool = values
            assert agent in ("weather_agent", "weather-agent")
            found[kind, tool] = found.get((kind, tool), 0) + float(series.value)
        return found

    def results(self) -> dict[tuple[str, str], float]:
        """Runs so far by result and reason."""
        family = self.exporter.store.families["llm_contract_runs_total"]
        return {values[-2:]: float(series.value) for values, series in family.series.items()}  # type: ignore[misc]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the contract lies."""
    return tmp_path_factory.mktemp("contracts")


@pytest.mark.parametrize("mutation", MUTATIONS)
@pytest.mark.parametrize(("library", "payload"), AGENTS)
@settings(max_examples=5)
@given(chance=st.randoms(use_true_random=False))
def test_a_run_that_goes_wrong_is_found_with_the_right_type(
    folder: Path, library: str, payload: str, mutation: str, chance: random.Random
) -> None:
    """As recorded it passes; changed in one way it is found once, in any order, split, and sent again."""
    recorded, (mutate, expected) = spans_of(library, payload), MUTATIONS[mutation]
    watched = Watched(folder)

    watched.send([recorded])
    assert (watched.results(), watched.failures()) == ({("passed", ""): 1}, {})
    watched.send(in_batches(in_trace(mutate(recorded), 7), chance))

    assert watched.failures() == dict.fromkeys(expected, 1)
    assert watched.results() == {("passed", ""): 1, ("broken", ""): 1}
    watched.exporter.writer.close()


@pytest.mark.parametrize(
    ("library", "payload"),
    [
        ("openlit-1.45.0", "agent.2"),
        ("opentelemetry-instrumentation-genai-openai-1.3b0", "agent_json.1"),
        ("opentelemetry-instrumentation-genai-anthropic-1.3b0", "anthropic.2"),
    ],
)
def test_a_client_that_sends_no_tools_is_never_evaluated_by_them(folder: Path, library: str, payload: str) -> None:
    """Nothing passes, nothing is broken, and the reason is counted."""
    watched = Watched(folder)
    watched.exporter.sinks.silent_failures._evaluator = _of_any_agent(watched)

    watched.send([spans_of(library, payload)])

    assert watched.failures() == {}
    assert {key[0] for key in watched.results()} == {"not_evaluated"}
    watched.exporter.writer.close()


@pytest.mark.parametrize(("library", "payload"), AGENTS)
def test_the_answer_of_a_run_is_held_against_its_bounds(folder: Path, library: str, payload: str) -> None:
    """Its length, and a schema that words do not fit; without looking at answers it is not evaluated."""
    output = {"max_length": 20, "json_schema": {"type": "object"}}
    contract = {"name": "answers", "agent": ["weather?agent"], "output": output}
    inspecting = Watched(folder, contracts=[contract], privacy={"inspect": True})
    blind = Watched(folder, contracts=[contract])

    for watched in (inspecting, blind):
        watched.send([spans_of(library, payload)])
        watched.exporter.writer.close()

    assert inspecting.failures() == {("output_length", ""): 1, ("output_schema", ""): 1}
    assert (blind.failures(), blind.results()) == ({}, {("not_evaluated", "no_answer_inspected"): 1})


def test_recorded_agents_break_no_contract_learnt_from_them(folder: Path) -> None:
    """Read back from their lines, of every instrumentation: each run passes what is proposed for its agent."""
    watched = Watched(folder)
    for number, (library, payload) in enumerate(AGENTS):
        watched.send([in_trace(spans_of(library, payload), number)])
    watched.exporter.writer.close()
    lines = watched.stream.getvalue().decode().splitlines()
    runs = [run for line in lines if (run := read_run(line)) is not None]

    for agent in {run.context.agent for run in runs}:
        own = [run for run in runs if run.context.agent == agent]
        text = "\n".join(as_yaml(agent, "learnt", learn(own), len(own)))
        (contract,) = ConfigFile.model_validate(yaml.safe_load(text)).contracts
        assert contract.tools.expect == (FIRST, SECOND)
        assert {one.result for _, found in evaluated(Evaluator([contract]), own) for one in found} == {"passed"}
    assert len(runs) == len(AGENTS)


def _of_any_agent(watched: Watched) -> object:
    contract = watched.exporter.config.file.contracts[0]
    return Evaluator([contract.model_copy(update={"agent": ("*",)})])
