"""The page "Branches and people": which ways runs take, whether that shifted, and how often people decide."""

from collections.abc import Sequence

from grafana.src import house, links
from grafana.src.house import PanelBuilder
from grafana.src.llm import frame, workflow
from grafana.src.llm.lines import TRACE
from grafana.src.llm.queries import rate
from grafana.src.llm_overview.filters import OWNED, over_range, ten_and_others
from grafana.src.sources import lines, rows, series
from grafana_foundation_sdk.builders import dashboard

UID = links.BRANCHES
FOLDER = frame.FOLDER
QUESTION = "Which branches do runs take, did that shift, and how often does a person decide?"

_DECIDED = f"increase(llm_branch_decisions_total{{{OWNED}}}[$__range] @ end())"
_HOUR = f"service_node_branch:llm_branch_decisions:ratio1h{{{OWNED}}}"
_DAY = f"service_node_branch:llm_branch_decisions:ratio1d{{{OWNED}}}"
_NO_BRANCHES = "no branch decisions in the time shown: the event branch_decision in docs/reference/events.md"
_NO_REVIEWS = "no human reviews in the time shown: the event human_review in docs/reference/events.md"


def build() -> dashboard.Dashboard:
    """Return the whole dashboard."""
    page_rows = (
        frame.Row("Branches", _branches(), _NO_BRANCHES),
        frame.Row("People", _people(), _NO_REVIEWS),
        frame.Row("Single decisions", _lines(), _NO_BRANCHES),
    )
    return frame.build(UID, "Branches and people", QUESTION, page_rows)


def _branches() -> Sequence[PanelBuilder]:
    taken = f"sum by (node, branch) ({rate('llm_branch_decisions_total')})"
    return (
        house.stacked_graph(
            "Decisions by branch",
            "Decisions per second by node and branch, stacked; the ten most frequent of the time shown and the rest. "
            "A branch that appears, vanishes or doubles means that inputs, a prompt or a model changed.",
            house.PER_SECOND,
            [*ten_and_others("node, branch", taken, _DECIDED, "{{node}}: {{branch}}")],
        ).span(12),
        house.graph(
            "Share of each branch",
            "Share of a node's decisions that took a branch, over the last hour; the ten most frequent. "
            "LLMBranchShareShifted compares it with the day before.",
            house.RATIO,
            [
                series(
                    f"max by (node, branch) ({_HOUR}) and on (node, branch) "
                    f"topk(10, sum by (node, branch) ({_DECIDED}))",
                    "{{node}}: {{branch}}",
                )
            ],
        ).span(12),
        *_moved(),
    )


def _moved() -> Sequence[PanelBuilder]:
    return (
        house.column_with_unit(
            house.overview(
                "Last hour and day before",
                "Share of each branch in its node's decisions, in the last hour and in the day before that hour; the "
                "largest shifts first; a node without decisions in that day has none. LLMBranchShareShifted fires when "
                "the two differ too much to be chance.",
                {"node": "node", "branch": "branch", "service": "service"},
                [
                    house.Column(
                        "shift", house.RATIO, rows(f"sort_desc(round(abs({_by(_HOUR)} - {_KNOWN_DAY}), 0.001))")
                    ),
                    house.Column("last hour", house.RATIO, rows(_by(_HOUR))),
                    house.Column("day before", house.RATIO, rows(_KNOWN_DAY)),
                ],
            ),
            "shift",
            house.RATIO,
        ),
        workflow.node_graph(
            "Workflow",
            "Which agent had which model, tool, retriever, agent and branch work in the last hour: the hundred edges "
            "used most, of traces that ended. A circle has how often its part was used and its mean time, and the red "
            "part of its ring is the share that failed; an edge has the same of itself. Begin at a red ring.",
        ),
    )


def _by(shares: str) -> str:
    return f"max by (service, node, branch) ({shares})"


# Of a node that is new every branch has the recorded share 0, and no day before.
_KNOWN_DAY = f"({_by(_DAY)} and on (service, node) (sum by (service, node) ({_DAY}) > 0))"


def _people() -> Sequence[PanelBuilder]:
    reviews = over_range("increase", f"llm_human_reviews_total{{{OWNED}}}")
    hour, day = (f"service:llm_human_reviews:ratio{window}{{{OWNED}}}" for window in ("1h", "1d"))
    return (
        house.graph(
            "Human-review rate",
            "Share of runs with a human review in the last hour, and in the day before that hour, by service; the five "
            "with most reviews. LLMHumanReviewShifted compares the two. A gap means no runs.",
            house.RATIO,
            [
                series(
                    f"clamp_max({hour}, 1) and on (service) topk(5, sum by (service) ({reviews}))",
                    "{{service}}, last hour",
                ),
                series(
                    f"clamp_max({day}, 1) and on (service) topk(5, sum by (service) ({reviews}))",
                    "{{service}}, day before",
                ),
            ],
        ).span(12),
        house.stacked_graph(
            "Outcomes of reviews",
            "Human reviews of the last hour by outcome. More of them turned down is a worse answer before them.",
            house.COUNT,
            [series(f"sum by (outcome) (increase(llm_human_reviews_total{{{OWNED}}}[1h]))", "{{outcome}}")],
        ).span(12),
    )


def _lines() -> Sequence[PanelBuilder]:
    decided = '{event="branch_decided", service=~"$service"} | team=~"$team"'
    shown = (
        '| json node="node", branch="branch", condition="condition" '
        "| line_format `{{.service}} {{.node}} -> {{.branch}} {{.condition}}"
        f"{TRACE}`"
    )
    return (
        house.log_lines(
            "Latest decisions",
            "Branches taken, the newest first. Open a line for its fields; Trace leads to all lines of its trace.",
            lines(f"{decided} {shown}"),
        ),
    )
