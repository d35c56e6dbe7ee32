"""The judges of watchkeeper.yml, ready to work."""

from pathlib import Path

import httpx

from watchkeeper.analyzer.endpoints.models import ModelEndpoint
from watchkeeper.analyzer.events.sender import EventSender
from watchkeeper.analyzer.judge.asking import AskedJudge
from watchkeeper.analyzer.judge.budget import DailyBudget
from watchkeeper.analyzer.judge.evaluation import Evaluation
from watchkeeper.analyzer.judge.judges import Judges
from watchkeeper.analyzer.judge.lines import CallLines
from watchkeeper.analyzer.judge.panel import Panel
from watchkeeper.analyzer.judge.price import JudgePrices
from watchkeeper.analyzer.judge.queue import AnswerQueue
from watchkeeper.analyzer.judge.report import JudgeReport
from watchkeeper.analyzer.notes.notes import Notes
from watchkeeper.config.schema import ConfigFile
from watchkeeper.metrics.store import MetricStore
from watchkeeper.prices.book import PriceBook
from watchkeeper.prices.own_prices import own_prices
from watchkeeper.prices.tables import PriceTables


def build_judges(  # noqa: PLR0913  # what judges need of the process
    file: ConfigFile,
    folder: Path,
    client: httpx.AsyncClient,
    *,
    loki_url: str,
    store: MetricStore,
    notes: Notes,
    sender: EventSender,
    tables: PriceTables | None = None,
) -> Judges | None:
    """Build them; None while watchkeeper.yml has no evaluators. ``folder`` is where its relative paths begin."""
    if not file.evaluators.sets:
        return None
    budget = DailyBudget(file.evaluators.limit_usd_per_day, notes, store)
    prices = JudgePrices(PriceBook(own_prices(file), tables))
    asked = {model.name: AskedJudge(ModelEndpoint(model, client, folder), budget, prices) for model in file.models}
    panels = {evaluator.name: Panel(evaluator, asked) for evaluator in file.evaluators.sets}
    report = JudgeReport(store)
    queue = AnswerQueue(tuple(panels.values()), CallLines(client, loki_url), report.skipped)
    evaluation = Evaluation(queue, asked, report, budget=budget, notes=notes, sender=sender)
    return Judges(panels=panels, evaluation=evaluation)
