"""Row 1: whether every part runs, with the files that lie on disk."""

from collections.abc import Sequence

from grafana.src import house
from grafana.src.house import PanelBuilder
from grafana.src.sources import instant, lines, rows

TITLE = "Does every part run, with what its files say?"

_RELOADED = """\
min(prometheus_config_last_reload_successful or alertmanager_config_last_reload_successful \
or loki_ruler_config_last_reload_successful)"""


def panels() -> Sequence[PanelBuilder]:
    """Return the panels from left to right, row by row."""
    return (*_numbers(), *_lists())


def _numbers() -> Sequence[PanelBuilder]:
    return (
        house.wanted_zero(
            "Parts that do not answer",
            "Parts of the stack that Prometheus cannot scrape; 0 is good. TargetDown names them after 3 minutes.",
            house.COUNT,
            instant('count(up{job!="services"} == 0) or 0 * count(up{job!="services"})'),
        ).span(6),
        house.wanted_zero(
            "Reloads that failed",
            "1 when Prometheus, Alertmanager or Loki's rules could not read a changed file and go on with the old one; "
            "0 is good.",
            house.COUNT,
            instant(f"1 - {_RELOADED}"),
        ).span(6),
        house.wanted_zero(
            "Places where files are not in force",
            "Rules and limits that run and are not what the files say; 0 is good. WatchkeeperRulesDiffer fires after "
            "10 minutes, and `make reload` mends it.",
            house.COUNT,
            instant("sum(max by (component) (watchkeeper_rules_differ))"),
        ).span(6),
        house.judged_number(
            "Watchdog last heard",
            "How long ago the alert that always fires came round through Prometheus and Alertmanager to the exporter. "
            '"no data" means never since the exporter started: alerts may not get through.',
            house.SECONDS,
            instant("time() - max(watchkeeper_watchdog_last_seen_timestamp_seconds > 0)"),
            attention=180,
            bad=360,
        ).span(6),
    )


def _lists() -> Sequence[PanelBuilder]:
    return (
        house.listing(
            "Which parts run?",
            "Each target that Prometheus scrapes: 1 answers, 0 does not. A part that is missing here is not even "
            "asked, and WatchkeeperTargetMissing fires.",
            rows("sort(max by (job, instance) (up))"),
            {"job": "job", "instance": "address", "Value": "answers"},
        ),
        house.log_lines(
            "What do the parts complain about?",
            "Errors in the lines of the stack's own parts, the newest first. None is good; ten in ten minutes raise "
            "WatchkeeperErrorsLogged. scrape_overdue means that Prometheus no longer scrapes the exporter, and "
            "WatchkeeperNotScraped fires. Loki's and Promtail's own lines are not collected.",
            lines(
                '{service=~"watchkeeper(-.+)?", level=~"warning|error|critical|fatal|panic"} '
                '| level != "warning" or event = "scrape_overdue"'
            ),
        )
        .height(8)
        .span(16),
    )
