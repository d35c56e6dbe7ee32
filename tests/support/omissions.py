"""What a contributor may forget: left out of a copy of the project, and the sentence that names it."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from tests.support import code_gate, rule_gate

Check = Callable[[Path], Iterator[str]]

EXPORTER = "services/watchkeeper/exporter"
EVENTS = f"{EXPORTER}/ingest/events.py"
A_RULE = """
      - record: service:llm_forgotten:rate5m
        expr: sum by (service, team) (rate(llm_requests_total[5m]))
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Omission:
    """``old`` becomes ``new`` in a file; without ``old``, ``new`` is added at its end, or is all of a new file.

    The check then yields a sentence that begins as ``expected`` says.
    """

    name: str
    check: Check
    file: str
    expected: str
    old: str = ""
    new: str = ""

    def apply(self, root: Path) -> None:
        """Leave it out of a copy of the project."""
        path = root / self.file
        text = path.read_text("utf-8") if path.exists() else ""
        assert self.old in text
        path.write_text(text.replace(self.old, self.new) if self.old else text + self.new, "utf-8")


OMISSIONS = [
    Omission(
        name="a dialect without its line",
        check=code_gate.dialects,
        file=f"{EXPORTER}/normalise/esperanto.py",
        expected=f"{EXPORTER}/normalise/catalogue.py: DIALECTS must have the line esperanto.DIALECT",
        new='DIALECT = Dialect(name="esperanto", scopes=("esperanto",), markers=(), read=read)\n',
    ),
    Omission(
        name="a dialect taken out of the list",
        check=code_gate.dialects,
        file=f"{EXPORTER}/normalise/catalogue.py",
        expected=f"{EXPORTER}/normalise/catalogue.py: DIALECTS must have the line genkit.DIALECT",
        old="    genkit.DIALECT,\n",
    ),
    Omission(
        name="a module that no one imports",
        check=code_gate.modules,
        file=f"{EXPORTER}/sinks/forgotten.py",
        expected=f"{EXPORTER}/sinks/forgotten.py: must be imported where it is to be used",
        new="X = 1\n",
    ),
    Omission(
        name="a row of panels that is on no dashboard",
        check=code_gate.modules,
        file="grafana/src/llm_overview/page.py",
        expected="grafana/src/llm_overview/fleet.py: must be imported where it is to be used",
        old="fleet",
        new="glance",
    ),
    Omission(
        name="an event that is not among those that are decoded",
        check=code_gate.events,
        file=EVENTS,
        expected=f"{EVENTS}: NativeEvent must have FeedbackEvent",
        old="    | FeedbackEvent\n",
    ),
    Omission(
        name="an event without a reader",
        check=code_gate.events,
        file=f"{EXPORTER}/normalise/native.py",
        expected=f"{EXPORTER}/normalise/native.py: _READERS must have a reader of ToolCallEvent",
        old="    wire.ToolCallEvent: _tool_call,\n",
    ),
    Omission(
        name="an event that the golden batch does not send",
        check=code_gate.events,
        file="tests/golden/payloads/native/events.1.bin",
        expected="tests/golden/payloads/native/events.1.bin: must have an event of type deployment",
        old="deployment",
        new="score",
    ),
    Omission(
        name="a reader of an event that went",
        check=code_gate.events,
        file=EVENTS,
        expected=f"{EXPORTER}/normalise/native.py: _READERS reads FeedbackEvent, which {EVENTS} must define",
        old="class FeedbackEvent(",
        new="class OpinionEvent(",
    ),
    Omission(
        name="a fact without a log line",
        check=code_gate.facts,
        file=f"{EXPORTER}/sinks/descriptions.py",
        expected=f"{EXPORTER}/sinks/descriptions.py: _DESCRIPTIONS must have an entry for Retrieval",
        old="    Retrieval: _retrieval,\n",
    ),
    Omission(
        name="a fact that no one counts",
        check=code_gate.facts,
        file=f"{EXPORTER}/sinks/metrics.py",
        expected=f"{EXPORTER}/sinks/metrics.py: self._count must have an entry for Retrieval",
        old="            Retrieval: self._retrieval,\n",
    ),
    Omission(
        name="a log line that no test sees",
        check=code_gate.log_lines,
        file=f"{EXPORTER}/sinks/descriptions.py",
        expected="tests/unit/exporter/sinks/test_logs.py: must ask for the line search_completed of",
        old='"retrieval_completed"',
        new='"search_completed"',
    ),
    Omission(
        name="a key of watchkeeper.yml that no one reads",
        check=code_gate.config_keys,
        file="services/watchkeeper/config/schema.py",
        expected="services/watchkeeper/config/schema.py: Traces.forgotten_seconds must be read somewhere in services",
        old="    idle_seconds: Limit = 300.0\n",
        new="    idle_seconds: Limit = 300.0\n    forgotten_seconds: Limit = 1.0\n",
    ),
    Omission(
        name="a recording rule without a case",
        check=rule_gate.recordings,
        file="prometheus/rules/recording/presence.yml",
        expected="prometheus/tests/recording_presence.yml: must have a case of service:llm_forgotten:rate5m",
        new=A_RULE,
    ),
    Omission(
        name="a limit that no rule joins",
        check=rule_gate.limits,
        file="services/watchkeeper/config/thresholds.py",
        expected='prometheus/rules: a rule must join llm_alert_threshold{alert="LLMForgotten"}',
        old='    AlertLimit("LLMErrorRateHigh"',
        new='    AlertLimit("LLMForgotten", 1.0, "what no one joins"),\n    AlertLimit("LLMErrorRateHigh"',
    ),
    Omission(
        name="a limit that cannot be set",
        check=rule_gate.limits,
        file="services/watchkeeper/config/thresholds.py",
        expected="services/watchkeeper/config/thresholds.py: ALERT_LIMITS must have LLMErrorRateHigh, whose limit "
        "prometheus/rules/alerts/llm_errors.yml joins",
        old='    AlertLimit("LLMErrorRateHigh", 0.05, "share of calls that fail", _ALL),\n',
    ),
    Omission(
        name="a runbook whose alert went",
        check=rule_gate.left_over,
        file="docs/runbooks/LLMForgotten.md",
        expected="docs/runbooks/LLMForgotten.md: must be named after an alert, got LLMForgotten",
        new="# LLMForgotten\n",
    ),
    Omission(
        name="cases whose alert went",
        check=rule_gate.left_over,
        file="prometheus/tests/LLMForgotten.yml",
        expected="prometheus/tests/LLMForgotten.yml: must be named after an alert, got LLMForgotten",
        new="tests: []\n",
    ),
    Omission(
        name="a receiver without a route",
        check=rule_gate.receivers,
        file="alertmanager/alertmanager.yml",
        expected="alertmanager/alertmanager.yml: some route must lead to the receiver forgotten",
        old='  - name: "null"\n',
        new='  - name: "null"\n  - name: forgotten\n',
    ),
    Omission(
        name="a decision without its line",
        check=rule_gate.indexes,
        file="docs/decisions/0099-forgotten.md",
        expected="docs/decisions/README.md: must link to docs/decisions/0099-forgotten.md",
        new="# Forgotten\n",
    ),
    Omission(
        name="a how-to that no one finds",
        check=rule_gate.indexes,
        file="docs/how-to/forgotten.md",
        expected="docs/README.md: must link to docs/how-to/forgotten.md",
        new="# Forgotten\n",
    ),
]
