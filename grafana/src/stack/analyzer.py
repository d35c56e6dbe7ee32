"""Row 6: whether the analyzer's jobs do their work."""

from collections.abc import Sequence

from grafana.src import house
from grafana.src.house import PanelBuilder
from grafana.src.sources import series

TITLE = "Do the analyzer's jobs succeed?"


def panels() -> Sequence[PanelBuilder]:
    """Return the panels from left to right."""
    return (
        house.graph(
            "Runs without success",
            "Runs of each job since it last succeeded: failed, or due and not come. From three on "
            "WatchkeeperJobFailing fires; 0 is good.",
            house.COUNT,
            [series("max by (job_name) (watchkeeper_job_runs_without_success)", "{{job_name}}")],
        ).span(6),
        house.graph(
            "Time since the last success",
            "A line that climbs past the interval of its job is a job that fails. No line: it has not succeeded since "
            "the analyzer started.",
            house.AGE,
            [series("time() - max by (job_name) (watchkeeper_job_last_success_timestamp_seconds)", "{{job_name}}")],
        ).span(6),
        house.graph(
            "Duration of the last run",
            "How long each job took when it last ran. At its deadline a run is cancelled and has failed.",
            house.SECONDS,
            [series("max by (job_name) (watchkeeper_job_last_duration_seconds)", "{{job_name}}")],
        ).span(6),
        house.graph(
            "Runs that did not succeed",
            "Runs in 15 minutes by outcome and kind of error; none is good. A job that takes longer "
            "than its interval has skipped runs.",
            house.COUNT,
            [
                series(
                    'sum by (job_name, outcome, error_type) (increase(watchkeeper_job_runs_total{outcome!="ok"}[15m])) '
                    "> 0",
                    "{{job_name}}: {{outcome}} {{error_type}}",
                )
            ],
        ).span(6),
    )
