"""Row 1: whether every component runs the current files."""

from collections.abc import Sequence

from grafana.src import house
from grafana.src.house import PanelBuilder
from grafana.src.sources import instant, lines, rows

TITLE = "Is everything running and up to date?"

_RELOADED = """\
min(prometheus_config_last_reload_successful or alertmanager_config_last_reload_successful \
or loki_ruler_config_last_reload_successful)"""


def panels() -> Sequence[PanelBuilder]:
    """Return the panels from left to right, row by row."""
    return (*_numbers(), *_lists())


def _numbers() -> Sequence[PanelBuilder]:
    return (
        house.wanted_zero(
            "Components down",
            "Components that Prometheus cannot scrape; 0 is good. TargetDown names them after 3 minutes.",
            house.COUNT,
            instant('count(up{job!="services"} == 0) or 0 * count(up{job!="services"})'),
        ).span(6),
        house.wanted_zero(
            "Failed reloads",
            "1 when Prometheus, Alertmanager or Loki's rules failed to reload a changed file; 0 is good. "
            "The previous one stays active.",
            house.COUNT,
            instant(f"1 - {_RELOADED}"),
        ).span(6),
        house.wanted_zero(
            "Config out of date",
            "Rules and limits that differ from the files; 0 is good. WatchkeeperRulesDiffer fires after "
            "10 minutes, and `make reload` fixes it.",
            house.COUNT,
            instant("sum(max by (component) (watchkeeper_rules_differ))"),
        ).span(6),
        house.number_with_thresholds(
            "Last Watchdog",
            "Time since the alert that always fires last reached the exporter through Prometheus and Alertmanager. "
            '"no data" means never since the exporter started: alerts may not be delivered.',
            house.SECONDS,
            instant("time() - max(watchkeeper_watchdog_last_seen_timestamp_seconds > 0)"),
            attention=180,
            bad=360,
        ).span(6),
    )


def _lists() -> Sequence[PanelBuilder]:
    return (
        house.column_with_meanings(
            house.listing(
                "Components",
                "Each target that Prometheus scrapes, those that are down first. A component that is missing here is "
                "not scraped, and WatchkeeperTargetMissing fires.",
                rows("sort(max by (job, instance) (up))"),
                {"job": "job", "Value": "state", "instance": "address"},
            ),
            "state",
            {"0": house.Meaning.bad("down"), "1": house.Meaning("up", "green")},
        ),
        house.log_lines(
            "Errors of the components",
            "Errors in the logs of the stack's own components, the newest first. None is good; at ten in ten minutes "
            "WatchkeeperErrorsLogged fires. scrape_overdue means that Prometheus no longer scrapes the exporter, and "
            "WatchkeeperNotScraped fires. Loki's and Promtail's own lines are not collected.",
            lines(
                '{service=~"watchkeeper(-.+)?", level=~"warning|error|critical|fatal|panic"} '
                '| level != "warning" or event = "scrape_overdue"'
            ),
        )
        .height(8)
        .span(16),
    )
