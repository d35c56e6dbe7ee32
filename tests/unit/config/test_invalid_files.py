# ruff: noqa: E501  # whole error texts are longer than a line
"""Every error a watchkeeper.yml can hold, each pinned to the whole text of its error."""

from pathlib import Path

import pytest

from watchkeeper.config import load_config
from watchkeeper.config.schema import ConfigFile
from watchkeeper.config.thresholds import LIMIT_OF
from watchkeeper.errors import ConfigError

SECTIONS = ", ".join(ConfigFile.model_fields)

CASES = [
    pytest.param("- 1", ["must be a mapping of keys, got list"], id="a list instead of keys"),
    pytest.param("hello", ["must be a mapping of keys, got str"], id="a word instead of keys"),
    pytest.param(
        "teams: [",
        ["invalid YAML at line 1, column 9: expected the node content, but found '<stream end>'"],
        id="not YAML",
    ),
    pytest.param(
        "exchange_rates: [{currency: USD, usd: 1}, {currency: euro, usd: 0}, {currency: EUR, usd: yes}]",
        [
            "exchange_rates[0].currency must be one of the other currencies: costs in USD need no rate, got 'USD'",
            "exchange_rates[1].currency must be text that matches ^[A-Za-z]{3}$, got 'euro'",
            "exchange_rates[1].usd must be > 0, got 0",
            "exchange_rates[2].usd must be a number, got True",
        ],
        id="rates that convert nothing",
    ),
    pytest.param(
        "limits:\n\tmax_body_bytes: 1",
        ["invalid YAML at line 2, column 1: found character '\\t' that cannot start any token"],
        id="a tab",
    ),
    pytest.param(
        "limits: {}\nlimits: {max_body_bytes: 1}",
        ["invalid YAML at line 2, column 1: limits is given twice"],
        id="a key given twice",
    ),
    pytest.param(
        "teams: !!python/object/apply:os.system [ls]",
        [
            "invalid YAML at line 1, column 8: could not determine a constructor for the tag 'tag:yaml.org,2002:python/object/apply:os.system'"
        ],
        id="a tag that would run code",
    ),
    pytest.param(
        b"teams: \xff",
        ["invalid YAML: unacceptable character #x00ff: invalid start byte at position 7"],
        id="bytes that are no text",
    ),
    pytest.param(
        "nonsense: 1",
        [f"nonsense is an unknown key; allowed: {SECTIONS}"],
        id="an unknown section",
    ),
    pytest.param("5: 6", ["[5] must be text, got 5"], id="a number as a key"),
    pytest.param("alerts: 5", ["alerts must be a mapping, got 5"], id="a section of the wrong kind"),
    pytest.param("teams: {a: b}", ["teams must be a list, got {'a': 'b'}"], id="teams as a mapping"),
    pytest.param("teams: [a]", ["teams[0] must be a mapping, got 'a'"], id="a team that is a word"),
    pytest.param("teams: [{services: [a]}]", ["teams[0].name is required"], id="a team without a name"),
    pytest.param(
        "inference_servers: [{service: a, price_per_gpu_hour: 1}, {service: a, price_per_gpu_hour: 2}]",
        ["inference_servers[1].service must be a unique name, got 'a'"],
        id="two prices of one inference server",
    ),
    pytest.param(
        "inference_servers: [{service: a, price_per_gpu_hour: 0, gpus: 0}]",
        [
            "inference_servers[0].price_per_gpu_hour must be > 0, got 0",
            "inference_servers[0].gpus must be >= 1, got 0",
        ],
        id="GPUs that cost nothing, and none of them",
    ),
    pytest.param(
        "inference_servers: [{service: a}]",
        ["inference_servers[0].price_per_gpu_hour is required"],
        id="an inference server without a price",
    ),
    pytest.param(
        "teams: [{name: a, services: [b]}, {name: a, services: [c]}]",
        ["teams[1].name must be a unique name, got 'a'"],
        id="a team named twice",
    ),
    pytest.param(
        "provider_bills: [{provider: openai, key_file: k}, {provider: openai, key_file: l}]",
        ["provider_bills[1].provider must be a unique name, got 'openai'"],
        id="two bills of one provider",
    ),
    pytest.param(
        "provider_bills: [{provider: mistral}, {provider: openai, key_file: k, final_after_hours: 500}]",
        [
            "provider_bills[0].provider must be one of 'openai', 'anthropic' or 'openrouter', got 'mistral'",
            "provider_bills[0].key_file is required",
            "provider_bills[1].final_after_hours must be <= 240, got 500",
        ],
        id="a bill of an unknown provider, and days that are final too late",
    ),
    pytest.param(
        "langfuse_projects: [{name: a}, {name: A}, {name: a}]",
        ["langfuse_projects[1].name must be text that matches ^[a-z0-9][a-z0-9._-]{0,63}$, got 'A'"],
        id="a project of Langfuse whose name is no label",
    ),
    pytest.param(
        "langfuse_projects: [{name: a}, {name: a, webhook_secret_file: hook}]",
        ["langfuse_projects[1].name must be a unique name, got 'a'"],
        id="a project of Langfuse named twice",
    ),
    pytest.param(
        "langfuse_projects: [{name: a, url: 'https://cloud.langfuse.com'}, {name: b, key_file: b}]",
        [
            "langfuse_projects[0] must be a mapping with both url and key_file, or neither, got {'name': 'a', 'url': 'https://cloud.langfuse.com'}",
            "langfuse_projects[1] must be a mapping with both url and key_file, or neither, got {'name': 'b', 'key_file': 'b'}",
        ],
        id="a project of Langfuse with half of what reads its scores",
    ),
    pytest.param(
        "langfuse_projects: [{name: a, read_observations: true}]",
        [
            "langfuse_projects[0] must be a mapping with url and key_file where it has read_observations, got {'name': 'a', 'read_observations': True}"
        ],
        id="observations of a project of Langfuse that cannot be read",
    ),
    pytest.param(
        "langfuse_projects: [{name: a, alerts: {services: [shop]}}]",
        [
            "langfuse_projects[0] must be a mapping with url and key_file where it has alerts, got {'name': 'a', 'alerts': {'services': ['shop']}}"
        ],
        id="alerts for a project of Langfuse that cannot be written to",
    ),
    pytest.param(
        "langfuse_projects: [{name: a, compare_costs: true}]",
        [
            "langfuse_projects[0] must be a mapping with url and key_file where it has compare_costs, got {'name': 'a', 'compare_costs': True}"
        ],
        id="costs of a project of Langfuse that cannot be read",
    ),
    pytest.param(
        "langfuse_projects: [{name: a, verdicts: {services: [shop]}}]",
        [
            "langfuse_projects[0] must be a mapping with url and key_file where it has verdicts, got {'name': 'a', 'verdicts': {'services': ['shop']}}"
        ],
        id="verdicts for a project of Langfuse that cannot be written to",
    ),
    pytest.param(
        "langfuse_projects: [{name: a, url: 'http://l:3000', key_file: k, verdicts: {services: [], queue: {id: a/b, share: 2}}}]",
        [
            "langfuse_projects[0].verdicts.services must be at least 1 long, got []",
            "langfuse_projects[0].verdicts.queue.id must be text that matches ^[A-Za-z0-9_-]{1,64}$, got 'a/b'",
            "langfuse_projects[0].verdicts.queue.share must be <= 1, got 2",
        ],
        id="verdicts for no service, and a queue that is none",
    ),
    pytest.param(
        "teams: [{name: a, services: [b], notify: {}}]",
        [
            "teams[0].notify must be at least one of slack, pagerduty, email, msteamsv2, discord, telegram, opsgenie, webhook, got {}"
        ],
        id="a team with no channel of its own",
    ),
    pytest.param(
        "teams: [{name: a, services: [b], notify: {slack: ../etc/passwd, email: team search}}]",
        [
            "teams[0].notify.slack must be the name of a file in the folder secrets, like slack_api_url.search, got something else",
            "teams[0].notify.email must be an address like team@example.com, or several with commas between them, got 'team search'",
        ],
        id="channels that are neither file nor address",
    ),
    pytest.param(
        "teams: [{name: a, services: [b], notify: {slack: 'https://hooks.slack.com/services/T0/B0/secret'}}]",
        [
            "teams[0].notify.slack must be the name of a file in the folder secrets, like slack_api_url.search, got something else"
        ],
        id="a secret in the place of its file is not repeated",
    ),
    pytest.param(
        "drift: {window_seconds: 0, compare_with: never, least_values: -1, overrides: [{services: x}]}",
        [
            "drift.window_seconds must be > 0, got 0",
            "drift.compare_with must be one of 'same_hours', 'same_weekday' or 'all_hours', got 'never'",
            "drift.least_values must be > 0, got -1",
            "drift.overrides[0].services is an unknown key (did you mean service?); allowed: service, feature, enabled, window_seconds, compare_with, least_values",
        ],
        id="windows of drift that are none",
    ),
    pytest.param(
        "notify: {quiet_hours: {from: 25:00, to: '08:00'}}",
        ['notify.quiet_hours.from must be a time of day like "08:00", got 1500'],
        id="an hour that no day has, which YAML reads as a number",
    ),
    pytest.param(
        "notify: {email: {smarthost: mail, from: a@b.c, severities: [urgent]}}",
        [
            "notify.email.smarthost must be a mail server with its port, like smtp.example.com:587, got 'mail'",
            "notify.email.to is required",
            "notify.email.severities[0] must be one of 'critical', 'high', 'medium' or 'low', got 'urgent'",
        ],
        id="a mail server without port and address",
    ),
    pytest.param(
        "notify: {quiet_hours: {from: '25:00', to: '8', timezone: Europe/Nowhere, days_off: [sun], severities: [critical]}}",
        [
            "notify.quiet_hours.from must be a time of day like \"08:00\", got '25:00'",
            "notify.quiet_hours.to must be a time of day like \"08:00\", got '8'",
            "notify.quiet_hours.timezone must be a time zone like Europe/Berlin, got 'Europe/Nowhere'",
            "notify.quiet_hours.days_off[0] must be one of 'monday', 'tuesday', 'wednesday', 'thursday', 'friday', 'saturday' or 'sunday', got 'sun'",
            "notify.quiet_hours.severities[0] must be one of 'low' or 'medium', got 'critical'",
        ],
        id="quiet hours that are none",
    ),
    pytest.param(
        "notify: {quiet_hours: {from: 08:00, to: 08:00}}",
        ["notify.quiet_hours.to must be another time than from (08:00), got '08:00'"],
        id="quiet hours from eight to eight",
    ),
    pytest.param(
        "teams: [{name: '', services: [a]}]",
        ["teams[0].name must be at least 1 character(s) long, got ''"],
        id="an empty team name",
    ),
    pytest.param(
        "teams: [{name: xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx, services: []}]",
        [
            "teams[0].name must be at most 128 characters long, got 'xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx..."
        ],
        id="a team name without end",
    ),
    pytest.param(
        "teams: [{name: a, services: b}]", ["teams[0].services must be a list, got 'b'"], id="services as one word"
    ),
    pytest.param(
        "teams: [{name: a, services: [7]}]",
        ["teams[0].services[0] must be text, got 7"],
        id="a service that is a number",
    ),
    pytest.param(
        "teams: [{name: a, services: [b], owner: c}]",
        ["teams[0].owner is an unknown key; allowed: name, services, match, notify"],
        id="an unknown key of a team",
    ),
    pytest.param(
        "teams: [{name: a, match: [{}, {model: []}, {modell: [b]}]}]",
        [
            "teams[0].match[0] must be at least 1 long, got {}",
            "teams[0].match[1].model must be at least 1 long, got []",
            (
                "teams[0].match[2].modell is an unknown key (did you mean model?); allowed: service, environment, tenant, agent, "
                "operation, provider, model, prompt, user"
            ),
        ],
        id="rules of a team that match everything, nothing, or what there is not",
    ),
    pytest.param(
        "prices: [{model: m}]",
        ["prices[0].input is required", "prices[0].output is required"],
        id="a price without its amounts",
    ),
    pytest.param(
        "prices: [{model: m, input: -1, output: 2}]", ["prices[0].input must be >= 0, got -1"], id="a negative price"
    ),
    pytest.param(
        "prices: [{model: m, input: cheap, output: 2}]",
        ["prices[0].input must be a number, got 'cheap'"],
        id="a price in words",
    ),
    pytest.param(
        "prices: [{model: m, input: yes, output: 2}]",
        ["prices[0].input must be a number, got True"],
        id="a price that is true",
    ),
    pytest.param(
        "prices: [{model: m, input: .nan, output: 2}]",
        ["prices[0].input must be a finite number, got nan"],
        id="a price that is no number",
    ),
    pytest.param(
        "prices: [{model: m, input: 1, output: 2, from: yesterday}]",
        ["prices[0].from must be a date like 2026-01-31, got 'yesterday'"],
        id="a price from no date",
    ),
    pytest.param(
        "prices: [{model: m, input: 1, output: 2, from: 20260131}]",
        ["prices[0].from must be a date like 2026-01-31, got 20260131"],
        id="a price from a date without dashes",
    ),
    pytest.param(
        "prices: [{model: m, input: 1, output: 2, cahced_input: 1}]",
        [
            "prices[0].cahced_input is an unknown key (did you mean cached_input?); allowed: model, provider, input, output, cached_input, cache_write, from"
        ],
        id="a misspelt key of a price",
    ),
    pytest.param(
        "alerts: {LLMErrorRate: {default: 1}}",
        [
            f"alerts.LLMErrorRate must be one of the {len(LIMIT_OF)} names in docs/reference/configuration.md, got 'LLMErrorRate' (did you mean LLMErrorRateHigh?)",
        ],
        id="an unknown alert",
    ),
    pytest.param(
        "alerts: {LLMErrorRateHigh: {services: {a: 1}}}",
        ["alerts.LLMErrorRateHigh.default is required"],
        id="an alert without default",
    ),
    pytest.param(
        "alerts: {LLMErrorRateHigh: {default: 0}}",
        ["alerts.LLMErrorRateHigh.default must be > 0, got 0"],
        id="an alert limit of zero",
    ),
    pytest.param(
        "alerts: {LLMLatencyHigh: {default: fast}}",
        ["alerts.LLMLatencyHigh.default must be a number, got 'fast'"],
        id="an alert limit in words",
    ),
    pytest.param(
        "alerts: {LLMLatencyHigh: {default: 1, services: {my.app: -1}}}",
        ["alerts.LLMLatencyHigh.services['my.app'] must be > 0, got -1"],
        id="a negative limit for one service",
    ),
    pytest.param(
        "alerts: {LLMLatencyHigh: {default: 1, services: {'': 1}}}",
        ["alerts.LLMLatencyHigh.services[''] must be at least 1 character(s) long, got ''"],
        id="a limit for no service",
    ),
    pytest.param(
        "alerts: {LLMCostSpike: {default: .inf}}",
        ["alerts.LLMCostSpike.default must be a finite number, got inf"],
        id="an alert limit without end",
    ),
    pytest.param(
        "alerts: {LLMErrorRateHigh: {default: 5, services: {a: 1, b: 1.5}}}",
        [
            "alerts.LLMErrorRateHigh.default must be <= 1, got 5.0",
            "alerts.LLMErrorRateHigh.services.b must be <= 1, got 1.5",
        ],
        id="a share of more than all",
    ),
    pytest.param(
        "alerts: {LLMSpenderOutOfLine: {default: 5, services: {a: 1}}}",
        [
            "alerts.LLMSpenderOutOfLine.services must be left out (this limit is one number for everything), got {'a': 1.0}"
        ],
        id="a limit for a service where there is one for all",
    ),
    pytest.param(
        "alerts: {LLMCostSpike: 3}", ["alerts.LLMCostSpike must be a mapping, got 3"], id="an alert that is a number"
    ),
    pytest.param(
        "limits: {max_body_bytes: 0}", ["limits.max_body_bytes must be > 0, got 0"], id="a body limit of zero"
    ),
    pytest.param(
        "limits: {max_body_bytes: on}",
        ["limits.max_body_bytes must be a number, got True"],
        id="a body limit that is true",
    ),
    pytest.param(
        "limits: {max_body_bytes: 16MB}",
        ["limits.max_body_bytes must be a whole number, got '16MB'"],
        id="a body limit with a unit",
    ),
    pytest.param(
        "limits: {label_values: {model: 0}}",
        ["limits.label_values.model must be > 0, got 0"],
        id="a label limit of zero",
    ),
    pytest.param(
        "limits: {label_values: {modell: 5}}",
        [
            "limits.label_values.modell must be one of the 23 names in docs/reference/configuration.md, got 'modell' (did you mean model, node?)"
        ],
        id="a limit of a label that nothing has",
    ),
    pytest.param(
        "limits: {max_body: 5}",
        [
            (
                "limits.max_body is an unknown key (did you mean max_body_bytes?); "
                "allowed: max_body_bytes, max_in_flight_bytes, label_values, series, hosts, idle_seconds"
            )
        ],
        id="an unknown limit",
    ),
    pytest.param(
        "privacy: {capture: some}",
        ["privacy.capture must be one of 'metadata', 'redacted' or 'full', got 'some'"],
        id="an unknown mode of capture",
    ),
    pytest.param(
        "privacy: {patterns: [{name: 'Case No'}]}",
        [
            "privacy.patterns[0].name must be text that matches ^[a-z0-9_-]{1,32}$, got 'Case No'",
            "privacy.patterns[0].regex is required",
        ],
        id="a pattern with a name of two words",
    ),
    pytest.param(
        "privacy: {patterns: [{name: case, regex: ''}]}",
        ["privacy.patterns[0].regex must be at least 1 character(s) long, got ''"],
        id="a pattern of nothing",
    ),
]


def problems_of(content: str | bytes, directory: Path) -> list[str]:
    """What is said about a file of this content, without the file's name."""
    file = directory / "watchkeeper.yml"
    file.write_bytes(content if isinstance(content, bytes) else content.encode())
    with pytest.raises(ConfigError) as refused:
        load_config(file, {})
    assert all(problem.startswith("watchkeeper.yml: ") for problem in refused.value.problems)
    return [problem.removeprefix("watchkeeper.yml: ") for problem in refused.value.problems]


@pytest.mark.parametrize(("content", "problems"), CASES)
def test_an_error_is_reported_with_place_rule_and_value(
    content: str | bytes, problems: list[str], tmp_path: Path
) -> None:
    """The whole text of the error is what a user needs to fix it."""
    assert problems_of(content, tmp_path) == problems


def test_all_errors_come_at_once(tmp_path: Path) -> None:
    """Errors all over the file, each reported once, in the order of the schema."""
    content = """
nonsense: 1
teams: [{name: '', services: 5}]
prices: [{model: m, input: -1}]
limits: {max_body_bytes: 0}
"""

    assert problems_of(content, tmp_path) == [
        "teams[0].name must be at least 1 character(s) long, got ''",
        "teams[0].services must be a list, got 5",
        "prices[0].input must be >= 0, got -1",
        "prices[0].output is required",
        "limits.max_body_bytes must be > 0, got 0",
        f"nonsense is an unknown key; allowed: {SECTIONS}",
    ]


@pytest.mark.parametrize(
    ("url", "reported"),
    [
        pytest.param("mysql://root:secret@db/state", "mysql://", id="another database"),
        pytest.param("/var/lib/state.sqlite", "something else", id="a path"),
    ],
)
def test_a_database_that_is_none_is_reported_without_its_password(url: str, reported: str) -> None:
    """Two kinds are understood; of what is given only the kind is shown."""
    with pytest.raises(ConfigError) as refused:
        load_config(None, {"WATCHKEEPER_STATE_URL": url})

    rule = "environment: WATCHKEEPER_STATE_URL must begin with sqlite:/// or postgresql://"
    assert refused.value.problems == (f"{rule}, got {reported!r}",)


def test_the_file_and_the_environment_are_evaluated_together(tmp_path: Path) -> None:
    """One run reports what is wrong with both."""
    file = tmp_path / "watchkeeper.yml"
    file.write_text("nonsense: 1")

    with pytest.raises(ConfigError) as refused:
        load_config(file, {"WATCHKEEPER_PORT": "http"})

    assert refused.value.problems == (
        f"watchkeeper.yml: nonsense is an unknown key; allowed: {SECTIONS}",
        "environment: WATCHKEEPER_PORT must be a number from 0 to 65535, got 'http'",
    )
    assert str(refused.value) == "\n".join(
        [refused.value.problems[0], "  line 1, column 1:", "  1 | nonsense: 1", "    | ^", refused.value.problems[1]]
    )
