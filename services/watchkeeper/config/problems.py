"""pydantic's errors as our sentences: ``<file>: <key path> must be <rule>, got <value>[; allowed: a, b]``."""

import re
from collections.abc import Iterable, Sequence
from typing import Any, get_args

from pydantic import BaseModel, ValidationError

from watchkeeper.config.near_names import did_you_mean
from watchkeeper.config.quoted import Source

_PLAIN_KEY = re.compile(r"[\w*?-]+\Z")
_RULES = {
    "greater_than": "> {gt:g}",
    "greater_than_equal": ">= {ge:g}",
    "less_than": "< {lt:g}",
    "less_than_equal": "<= {le:g}",
    "string_too_short": "at least {min_length} character(s) long",
    "string_too_long": "at most {max_length} characters long",
    "finite_number": "a finite number",
    "string_type": "text",
    "int_type": "a whole number",
    "int_parsing": "a whole number",
    "int_from_float": "a whole number",
    "float_type": "a number",
    "float_parsing": "a number",
    "decimal_type": "a number",
    "decimal_parsing": "a number",
    "date_from_datetime_parsing": "a date like 2026-01-31",
    "date_parsing": "a date like 2026-01-31",
    "date_from_datetime_inexact": "a date like 2026-01-31",
    "date_type": "a date like 2026-01-31",
    "invalid_key": "text",
    "http_url": "an address like http://tempo:4318, without credentials",
    "archive_place": "a folder, or a bucket like s3://name/prefix",
    "uncaptured": "left out, because privacy.capture is metadata: there is nothing to archive",
    "regex": "a regular expression of RE2 ({reason})",
    "string_pattern_mismatch": "text that matches {pattern}",
    "unique": "a list of unique names ({name} is a duplicate)",
    "taken": "a unique name",
    "reserved": "another name (it is the stack's own)",
    "unknown_team": "a team of teams ({known}) or unassigned",
    "no_team": "a pattern of a team of teams ({known}) or of unassigned",
    "share": "a share like 0.995, above 0 and below 1",
    "one_limit": "a quota with either limit_usd or limit_tokens",
    "windowless": "left out, because per is {per}",
    "no_maximum": "a ceiling with max_cost_usd, max_tokens, max_steps or max_seconds",
    "zoneless": "left out, because period is {period}",
    "sha256": "a SHA-256 in 64 hex digits (watchkeeper token makes one)",
    "duration": "a duration with its unit, like 800ms, 5s or 2m",
    "needed": "given, because kind is {kind}",
    "needless": "left out, because kind is {kind}",
    "interval": "an interval like 30m or 6h, from 1m to 1d",
    "jmespath": "a JMESPath expression like answer.text or results[].id",
    "json_schema": "a JSON schema ({reason})",
    "placeholder": "a mapping with {placeholder} in one of its texts",
    "nothing_expected": "a mapping with keywords, output, regex, json_schema or rubric",
    "observations_and_key": "a mapping with url and key_file where it has read_observations",
    "costs_and_key": "a mapping with url and key_file where it has compare_costs",
    "alerts_and_key": "a mapping with url and key_file where it has alerts",
    "verdicts_and_key": "a mapping with url and key_file where it has verdicts",
    "audit_url": "a mapping with url, unless api is none",
    "audit_key": "a mapping without key_file, unless api is langfuse",
    "audit_signal": "a destination with {signal} in signals, which its audit asks for",
    "url_and_key": "a mapping with both url and key_file, or neither",
    "rubric_and_judge": "a mapping with both rubric and judge, or neither",
    "weights": "an evaluator whose weights add up to 1 (they add up to {sum})",
    "rubric": "a rubric with {{{{output}}}}",
    "scale_ends": "a scale whose lowest is below its highest",
    "scale_categories": "a criterion with categories where its scale is categorical, and nowhere else",
    "gate_scale": "an evaluator without a gate, because categories have no mean",
    "gate_criteria": "an evaluator whose gate names its criteria ({known}), not {name}",
    "some": "a list of 1 to {most} entries",
    "grades": "left out, or one number for each of documents",
    "unknown_name": "the name of one of {known}",
    "zone": "a time zone like Europe/Berlin",
    "clock": 'a time of day like "08:00"',
    "same_time": "another time than from ({start})",
    "addresses": "an address like team@example.com, or several with commas between them",
    "smarthost": "a mail server with its port, like smtp.example.com:587",
    "topic": "the ARN of an SNS topic, like arn:aws:sns:eu-central-1:123456789012:alerts",
    "secret_file": "the name of a file in the folder secrets, like slack_api_url.search",
    "channels": "at least one of {known}",
    "tenants": "a mapping of tenants that have a token ({known})",
    "not_per_service": "left out (this limit is one number for everything)",
    "no_rules": "a contract with at least one rule beside name, agent, service and prompt",
    "match_without_expect": "left out, because expect has no tools",
    "too_long": "at most {max_length} long",
    "too_short": "at least {min_length} long",
    "tuple_type": "a list",
    "dict_type": "a mapping",
    "model_type": "a mapping",
}

# Who writes a token where its hash belongs, or a webhook in the place of its file, shall not find it in a log as well.
_SECRET = ("sha256", "secret_file")


# Of more names than that the reader wants those that are meant, not all.
_FEW = 8
_NAMES = re.compile(r", | or ")


def explain(file_name: str, error: ValidationError, root: type[BaseModel]) -> list[str]:
    """Return one sentence per error, in the order of the file's schema."""
    return [_sentence(file_name, problem, root) for problem in error.errors(include_url=False)]


def places(file_name: str, error: ValidationError, root: type[BaseModel], source: Source) -> dict[str, str]:
    """Return where in the file each error is, by its sentence."""
    return {
        _sentence(file_name, problem, root): source.at(
            problem["loc"], is_of_key=problem["type"] == "extra_forbidden", is_secret=problem["type"] in _SECRET
        )
        for problem in error.errors(include_url=False)
    }


def _sentence(file_name: str, problem: Any, root: type[BaseModel]) -> str:
    path = key_path(problem["loc"])
    if problem["type"] == "missing":
        return f"{file_name}: {path} is required"
    if problem["type"] == "extra_forbidden":
        known = _known_keys(root, problem["loc"][:-1])
        hint = did_you_mean(problem["loc"][-1], known)
        return f"{file_name}: {path} is an unknown key{hint}; allowed: {', '.join(known)}"
    if problem["type"] == "literal_error":
        return f"{file_name}: {path} must be {_one_of(problem['ctx']['expected'], problem['input'])}"
    rule = _RULES.get(problem["type"])
    expected = rule.format(**problem.get("ctx", {})) if rule else f"valid ({problem['msg']})"
    shown = "something else" if problem["type"] in _SECRET else _shown(problem["input"])
    return f"{file_name}: {path} must be {expected}, got {shown}"


def _one_of(expected: str, given: object) -> str:
    """All names where they are few; else how many there are, and those that are meant."""
    names = [name.strip("'") for name in _NAMES.split(expected)]
    if len(names) <= _FEW:
        return f"one of {expected}, got {_shown(given)}"
    hint = did_you_mean(given, names, most=3)
    return f"one of the {len(names)} names in docs/reference/configuration.md, got {_shown(given)}{hint}"


def key_path(location: Sequence[int | str]) -> str:
    """``("budgets", 2, "limit_usd")`` as ``budgets[2].limit_usd``."""
    text = ""
    for part in location:
        if part == "[key]":
            continue
        if isinstance(part, int):
            text += f"[{part}]"
        else:
            text += f".{part}" if _PLAIN_KEY.match(part) else f"[{part!r}]"
    return text.lstrip(".") or "the file"


def _shown(value: object) -> str:
    text = repr(value)
    return text if len(text) <= 80 else f"{text[:77]}..."  # noqa: PLR2004  # one line of a terminal


def _known_keys(root: type[BaseModel], location: Iterable[int | str]) -> list[str]:
    """The keys allowed at a place of the schema."""
    model: type[BaseModel] = root
    for part in location:
        field = model.model_fields.get(part) if isinstance(part, str) else None
        model = (_section_in(field.annotation) if field else None) or model
    return [field.alias or name for name, field in model.model_fields.items()]


def _section_in(annotation: Any) -> type[BaseModel] | None:
    """The section inside ``tuple[Section, ...]``, ``dict[str, Section]`` or the section itself."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    return next((found for argument in get_args(annotation) if (found := _section_in(argument))), None)
