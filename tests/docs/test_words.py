"""The terms of the glossary: retired words are in no document, rule, notification, panel, comment or name."""

import ast
import re
import tomllib
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from tests.support.documents import text

ROOT = Path(__file__).parents[2]
TABLE: dict[str, Any] = tomllib.loads((ROOT / "docs" / "retired_words.toml").read_text(encoding="utf-8"))

# Pages whose texts come from services/watchkeeper or tests/clients.
GENERATED = {
    "docs/reference/alerts.md",
    "docs/reference/configuration.md",
    "docs/reference/dialects.md",
    "docs/reference/events.md",
    "docs/reference/metrics.md",
    "docs/how-to/instrumentations.md",
}
# What is read as text, by area, as patterns below the project's root.
AREAS = {
    "docs": ("*.md", "docs/**/*.md", "docs/reference/*.py", "secrets/*.md"),
    "generated": tuple(sorted(GENERATED)),
    "rules": ("prometheus/rules/**/*.yml", "prometheus/tests/*.yml", "loki/rules/**/*.yml"),
    "notifications": ("alertmanager/**/*.tmpl", "alertmanager/*.yml", "tests/golden/messages/**/*"),
    "panels": ("grafana/src/**/*.py", "grafana/provisioning/**/*.yml", "grafana/profiles/*.yml"),
    "settings": (
        "Makefile",
        "*.yml",
        ".env.example",
        ".*.yaml",
        ".ci/run",
        "caddy/Caddyfile",
        "loki/*.yml",
        "prometheus/*.yml",
        "prometheus/*/job.yml",
        "prometheus/targets/*.yml",
        "promtail/*.yml",
        "tempo/*.yml",
    ),
}


def files_of(area: str) -> list[Path]:
    """Return the files of an area; a generated page belongs to that area alone."""
    found = {path for pattern in AREAS[area] for path in ROOT.glob(pattern) if path.is_file()}
    return sorted(path for path in found if area == "generated" or name_of(path) not in GENERATED)


def name_of(path: Path) -> str:
    """Name a file by its path below the project's root."""
    return path.relative_to(ROOT).as_posix()


def retired_in(line: str, area: str) -> list[str]:
    """Return every retired word of a line, each with what to write instead."""
    return [
        f"{match.group().strip()!r}, write: {word['use']}"
        for word in TABLE["word"]
        if area in word.get("areas", AREAS)
        for match in re.finditer(word["text"], line, re.IGNORECASE)
    ]


def retired_names(source: str) -> list[str]:
    """Return every retired name that Python code defines, each with what to write instead."""
    return [
        f"{name}, write: {entry['use']}"
        for name in sorted(set(_defined(ast.parse(source))))
        for entry in TABLE["name"]
        if re.search(entry["name"], in_snake_case(name))
    ]


def in_snake_case(name: str) -> str:
    """Return a name of a class or a constant as a variable would be named."""
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name).lower()


def _defined(tree: ast.AST) -> Iterator[str]:
    for node in ast.walk(tree):
        match node:
            case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name) | ast.ClassDef(name=name):
                yield name
            case ast.arg(arg=name) | ast.keyword(arg=str(name)):
                yield name
            case ast.Name(id=name, ctx=ast.Store()) | ast.Attribute(attr=name, ctx=ast.Store()):
                yield name
            case _:
                pass


@cache
def _lines(path: Path) -> list[str]:
    return text(path).splitlines()


@pytest.mark.parametrize(
    "path", [pytest.param((area, path), id=name_of(path)) for area in TABLE["text_areas"] for path in files_of(area)]
)
def test_no_text_has_a_retired_word(path: tuple[str, Path]) -> None:
    """Every line of the file is free of them."""
    area, file = path

    found = [
        f"{name_of(file)}:{number}: {problem}"
        for number, line in enumerate(_lines(file), start=1)
        for problem in retired_in(line, area)
    ]

    assert not found, "\n".join(found)


@pytest.mark.parametrize("folder", TABLE["name_folders"])
def test_no_name_in_code_has_a_retired_word(folder: str) -> None:
    """Files, functions, classes, arguments, variables and attributes of a folder."""
    files = sorted((ROOT / folder).rglob("*.py"))

    found = [
        f"{name_of(file)}: {problem}"
        for file in files
        for problem in retired_names(f"{file.stem} = 0\n{file.read_text(encoding='utf-8')}")
    ]

    assert files
    assert not found, "\n".join(found)


@pytest.mark.parametrize("word", TABLE["word"], ids=lambda word: str(word["example"]))
def test_every_expression_finds_its_example(word: dict[str, Any]) -> None:
    """An expression that matches nothing would check nothing."""
    area = word.get("areas", ["docs"])[0]

    assert any(word["use"] in problem for problem in retired_in(word["example"], area))


@pytest.mark.parametrize("entry", TABLE["name"], ids=lambda entry: str(entry["example"]))
def test_every_expression_for_names_finds_its_example(entry: dict[str, Any]) -> None:
    """As a function, and as an attribute that is set."""
    found = retired_names(f"def {entry['example']}(): ...\nself.{entry['example']} = 1\n")

    assert f"{entry['example']}, write: {entry['use']}" in found
