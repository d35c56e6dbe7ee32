"""All judges: at work on the answers of others by schedule, and on one text when a person asks."""

from collections.abc import Mapping

from watchkeeper.analyzer.judge.evaluation import Evaluation
from watchkeeper.analyzer.judge.panel import CriterionResult, Panel


class Judges:
    """The panels by the names of their evaluators, and what they do by schedule."""

    def __init__(self, *, panels: Mapping[str, Panel], evaluation: Evaluation) -> None:
        self.panels = panels
        self.evaluation = evaluation

    async def score(self, evaluator: str, criterion: str, material: Mapping[str, str]) -> CriterionResult:
        """Score one text by one criterion; the call is on the bill like any other, and its text is kept nowhere.

        Raises: BudgetSpentError, StateError; LookupError for a name that is not there.
        """
        panel = self.panels[evaluator]
        wanted = next((one for one in panel.evaluator.criteria if one.name == criterion), None)
        if wanted is None:
            raise LookupError(criterion)
        try:
            return await panel.result(wanted, material)
        finally:
            await self.evaluation.bill(evaluator)
