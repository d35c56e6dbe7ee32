"""Who takes the samples of a scrape, from what the exporter shows."""

from rich.console import Console
from tests.support.exporter import run_exporter

from watchkeeper.operator.operations.series import By, read_scrape, series_table


def shown(by: By) -> str:
    """The table of an exporter with a busy service and a quiet one."""
    with run_exporter() as exporter:
        busy = [{"type": "llm_call", "service": "busy", "model": f"m-{n}", "input_tokens": 5} for n in range(30)]
        exporter.post_events(*busy, {"type": "llm_call", "service": "quiet", "model": "m-0"})
        text = exporter.exposition()
    console = Console(record=True, width=120)
    console.print(series_table(read_scrape(text), by))
    return console.export_text()


def rows(table: str) -> dict[str, list[str]]:
    """The cells of each row by its first one."""
    split = [[cell.strip() for cell in line.split("│")] for line in table.splitlines() if line.startswith("│")]
    return {cells[1]: cells[2:-1] for cells in split}


def test_the_service_with_most_samples_is_first() -> None:
    """Counted as a scrape shows them, buckets and all."""
    found = rows(shown(By.SERVICE))

    samples = {service: int(cells[0].replace(",", "")) for service, cells in found.items()}
    assert next(iter(samples)) == "busy"
    assert samples["busy"] > 30 * 20 > samples["quiet"] > 0


def test_labels_show_who_has_most_of_their_values() -> None:
    """With the limit that they have in a service."""
    assert rows(shown(By.LABEL))["model"] == ["30", "busy", "30", "100"]


def test_metrics_show_how_many_label_sets_they_have() -> None:
    """A histogram of one label set is many samples."""
    found = rows(shown(By.METRIC))

    assert found["llm_requests"] == ["31", "31"]
    samples, label_sets = (int(cell.replace(",", "")) for cell in found["llm_request_tokens"])
    assert samples > 15 * label_sets


def test_an_empty_exporter_has_a_table_too() -> None:
    """Nothing but its own metrics."""
    with run_exporter() as exporter:
        table = series_table(read_scrape(exporter.exposition()), By.SERVICE)

    assert table.title is not None
    assert "of 150,000 samples" in str(table.title)
