"""Row 2: whether contracts can evaluate the runs that they are about."""

from collections.abc import Sequence

from grafana.src import house
from grafana.src.house import PanelBuilder
from grafana.src.llm_overview.filters import limit_beside
from grafana.src.silent_failures.filters import CHOSEN
from grafana.src.sources import instant, rows, series

TITLE = "Contracts: what they say, and what they cannot"

_EVALUATED = f"service_agent_contract:llm_contract_evaluated:ratio1h{{{CHOSEN}}}"
_RESULTS = f"service_agent_contract_result:llm_contract_runs:increase1h{{{CHOSEN}}}"
_REASONS = f'increase(llm_contract_runs_total{{{CHOSEN}, result="not_evaluated"}}[1h])'
_NO_CONTRACT = """no contract yet, or no runs. Add one to watchkeeper.yml, then make reload:
contracts: [{name: answers, agent: [support-agent], tools: {expect: [search]}}]"""
_WHICH = "{{contract}} of {{service}}"


def panels() -> Sequence[PanelBuilder]:
    """Return the panels from left to right, row by row."""
    return (
        house.graph(
            "Share of runs evaluated",
            "Over the last hour, by contract. What is not evaluated has not passed. Below the dashed line "
            "LLMContractsNotJudged fires. Runs that failed are left out: they have errors of their own.",
            house.RATIO,
            [
                series(
                    f"sum by (service, contract) ({_evaluated_runs()}) / sum by (service, contract) ({_RESULTS})",
                    _WHICH,
                ),
                limit_beside('max(llm_alert_threshold{alert="LLMContractsNotJudged", service=~"$service"})', _RESULTS),
            ],
            lowest=True,
        ).span(12),
        house.stacked_graph(
            "Runs by result",
            "Over the last hour: passed, broken, or not evaluated.",
            house.COUNT,
            [series(f"sum by (result) ({_RESULTS})", "{{result}}")],
        ).span(6),
        house.ranking(
            "Why runs are not evaluated",
            "Over the last hour, by reason; the runbook of LLMContractsNotJudged says what each means.",
            house.COUNT,
            instant(f"sum by (reason) ({_REASONS}) > 0", "{{reason}}"),
        )
        .no_value("no run of the last hour was left out, or no contract is on any")
        .span(6),
        _contracts(),
    )


def _contracts() -> PanelBuilder:
    return (
        house.listing(
            "Contracts",
            "Share of the runs of the last hour that each contract evaluated.",
            rows(f"sort({_EVALUATED})"),
            {"contract": "contract", "Value": "evaluated", "service": "service", "agent": "agent"},
        )
        .unit(house.RATIO)
        .no_value(_NO_CONTRACT)
        .span(24)
    )


def _evaluated_runs() -> str:
    return f"{_EVALUATED} * on (service, team, agent, contract) sum by (service, team, agent, contract) ({_RESULTS})"
