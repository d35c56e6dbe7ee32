"""What is wrong with a YAML file, in one line: the place as an editor counts it, and the parser's problem."""

import yaml

from watchkeeper.config.quoted import lines_of, quoted


def describe(error: yaml.YAMLError | UnicodeDecodeError) -> str:
    """``invalid YAML at line 2, column 1: ...``, or without a place where the parser knows none."""
    if isinstance(error, yaml.MarkedYAMLError) and error.problem_mark:
        mark = error.problem_mark
        return f"invalid YAML at line {mark.line + 1}, column {mark.column + 1}: {error.problem}"
    text = " ".join(str(error).split()).replace('in "<byte string>", ', "at ")
    return f"invalid YAML: {text}"


def quote(error: yaml.YAMLError, raw: bytes) -> str:
    """The line where the parser stopped, with a caret; empty where it knows no place."""
    if isinstance(error, yaml.MarkedYAMLError) and error.problem_mark:
        return quoted(lines_of(raw), error.problem_mark.line, error.problem_mark.column)
    return ""
