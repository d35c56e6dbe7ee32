"""A bill above the estimate raises an alert that names the model; one that is the same does not."""

from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

import pytest
from tests.e2e.support.past import write_samples
from tests.e2e.support.stack import Stack, start_stack
from tests.e2e.support.waiting import eventually, eventually_equal
from tests.support.bill_servers import KEY, anthropic_line, bill_server, openai_line

ALERT = "LLMCostEstimateOff"
# Dollars of the last final day by provider and model; the bill of the first model is a tenth above.
ESTIMATED = {
    ("openai", "gpt-4o-2024-08-06"): 50.0,
    ("openai", "gpt-5.6-luna"): 40.0,
    ("anthropic", "claude-opus-5"): 30.0,
}
OPENAI_BILL = [
    openai_line("25", "gpt-4o-2024-08-06, input"),
    openai_line("30", "gpt-4o-2024-08-06, output"),
    openai_line("40", "gpt-5.6-luna, output"),
]
ANTHROPIC_BILL = [
    anthropic_line("1000", "claude-opus-5", "uncached_input_tokens"),
    anthropic_line("2000", "claude-opus-5", "output_tokens"),
]


@dataclass
class Seen:
    """The stack after both bills were read, and the last final day."""

    stack: Stack
    day: date

    def dollars(self, side: str) -> dict[tuple[str, str], float]:
        """What Prometheus has of the last final day, by provider and model."""
        found = self.stack.query(f'llm_billed_{side}{{period="day"}}')
        return {(labels["provider"], labels["model"]): value for labels, value in found}


@pytest.fixture(scope="module")
def seen(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Seen]:
    """Two bills, a past of three days, and an analyzer that starts after both are there."""
    folder = tmp_path_factory.mktemp("bills")
    (folder / "key").write_text(KEY)
    now = datetime.now(UTC)
    # Not so that a day becomes final while this runs.
    hours = 40 if now.hour == 23 else 48
    day = (now - timedelta(hours=hours)).date() - timedelta(days=1)
    with ExitStack() as exits:
        openai, anthropic = (exits.enter_context(bill_server()) for _ in range(2))
        openai.lines[day], anthropic.lines[day] = OPENAI_BILL, ANTHROPIC_BILL
        config = folder / "watchkeeper.yml"
        config.write_text(
            "provider_bills:\n"
            f"  - {{provider: openai, key_file: key, final_after_hours: {hours}, url: '{openai.url}'}}\n"
            f"  - {{provider: anthropic, key_file: key, final_after_hours: {hours}, url: '{anthropic.url}'}}\n"
        )
        stack = start_stack(folder / "bundle", exits, environ={"WATCHKEEPER_CONFIG": str(config)})
        write_past(stack, day)
        # It looks soon after its start.
        stack.restart("analyzer")
        seen = Seen(stack, day)
        both = {"openai", "anthropic"}
        eventually("both bills", lambda: {provider for provider, _ in seen.dollars("dollars")} == both)
        yield seen


def write_past(stack: Stack, day: date) -> None:
    """Samples of every hour, from the midnight before the day on; what calls cost, they cost at noon of the day."""
    midnight = datetime.combine(day, time(), UTC)
    hours = [midnight + timedelta(hours=hour) for hour in range(-24, 48)]
    noon = midnight + timedelta(hours=12)
    series = {(("__name__", "up"), ("job", "past")): [(round(at.timestamp() * 1000), 1.0) for at in hours]}
    for (provider, model), usd in ESTIMATED.items():
        labels = (
            ("__name__", "llm_cost_dollars_total"),
            ("model", model),
            ("provider", provider),
            ("service", "past-shop"),
        )
        series[labels] = [(round(at.timestamp() * 1000), 7.0 + usd * (at >= noon)) for at in hours]
    write_samples(stack, series)


def explanation(seen: Seen, provider: str) -> list[tuple[dict[str, str], float]]:
    """The series that says why a bill differs."""
    query = f'llm_billed_difference_info{{provider="{provider}"}}'
    return eventually("why they differ", lambda: seen.stack.query(query))


def test_both_sides_of_the_day_are_in_prometheus(seen: Seen) -> None:
    """By the name that a model has on both."""
    billed = {("openai", "gpt-4o"): 55.0, ("openai", "gpt-5.6-luna"): 40.0, ("anthropic", "claude-opus-5"): 30.0}

    eventually_equal(lambda: seen.dollars("dollars"), billed)
    eventually_equal(lambda: seen.dollars("estimate_dollars"), pytest.approx(billed | {("openai", "gpt-4o"): 50}))


def test_the_bill_that_is_off_raises_an_alert_that_names_the_model(seen: Seen) -> None:
    """And the day, and by how much."""
    firing = eventually("the alert", lambda: seen.stack.query(f'ALERTS{{alertname="{ALERT}",alertstate="firing"}}'))
    ((explained, value),) = explanation(seen, "openai")

    assert [labels["provider"] for labels, _ in firing] == ["openai"]
    assert value == 1
    assert f"{seen.day}: billed $95.00, estimated $90.00." in explained["explanation"]
    assert "By model: gpt-4o +$5.00 (+10.0%)." in explained["explanation"]


def test_the_bill_that_is_the_same_raises_none(seen: Seen) -> None:
    """Although it was compared."""
    ((explained, _),) = explanation(seen, "anthropic")

    assert f"{seen.day}: billed $30.00, estimated $30.00." in explained["explanation"]
    assert not seen.stack.query(f'ALERTS{{alertname="{ALERT}",provider="anthropic"}}')


def test_a_line_for_each_day_is_in_loki(seen: Seen) -> None:
    """With both sums."""
    query = f'{{event="provider_bill_compared"}} | json | provider="openai" | day="{seen.day}" | billed_usd=95'

    assert eventually("the line", lambda: seen.stack.lines(query))
