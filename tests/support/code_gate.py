"""What an addition to the code needs in a second place, asked of a project's folder.

Each check yields one sentence for each thing that is missing, beginning with the file to touch.
"""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

PACKAGE = "services/watchkeeper"
NORMALISE = f"{PACKAGE}/exporter/normalise"
CATALOGUE = f"{NORMALISE}/catalogue.py"
READERS = f"{NORMALISE}/native.py"
EVENTS = f"{PACKAGE}/exporter/ingest/events.py"
FACTS = f"{PACKAGE}/model/facts.py"
LINES = f"{PACKAGE}/exporter/sinks/descriptions.py"
NUMBERS = f"{PACKAGE}/exporter/sinks/metrics.py"
GOLDEN_EVENTS = "tests/golden/payloads/native/events.1.bin"
TESTS_OF_LINES = "tests/unit/exporter/sinks/test_logs.py"
# Where modules lie, and what their folder is called by those that import them.
_ROOTS = {"services": "watchkeeper", ".": "grafana"}
# What a shell or another program starts.
_STARTED = {"watchkeeper.cli", "grafana.src.generate"}


def dialects(root: Path) -> Iterator[str]:
    """Each file that makes a dialect has its line in the catalogue."""
    read = {ast.unparse(node) for node in ast.walk(_value(root, CATALOGUE, "DIALECTS"))}
    for file in sorted((root / NORMALISE).glob("*.py")):
        for node in _tree(file).body:
            if isinstance(node, ast.Assign) and _calls(node.value, "Dialect"):
                name = f"{file.stem}.{ast.unparse(node.targets[0])}"
                if name not in read:
                    yield f"{CATALOGUE}: DIALECTS must have the line {name}, or no one reads {NORMALISE}/{file.name}"


def modules(root: Path) -> Iterator[str]:
    """Each file is imported by another one, or it does nothing."""
    files = {
        _module(file.relative_to(root / top)): file for top, room in _ROOTS.items() for file in _files(root, top, room)
    }
    used = {name for file in files.values() for name in _imports(_tree(file))}
    for name, file in sorted(files.items()):
        if name not in used | _STARTED and file.name not in ("__init__.py", "__main__.py"):
            yield f"{file.relative_to(root)}: must be imported where it is to be used, got no import of {name}"


def events(root: Path) -> Iterator[str]:
    """Each event can be decoded, has a reader, and is sent by the golden batch."""
    taken = _names(_value(root, EVENTS, "NativeEvent"))
    read = _keys(_value(root, READERS, "_READERS"))
    sent = (root / GOLDEN_EVENTS).read_text("utf-8")
    tags = dict(_tags(root))
    for name, tag in tags.items():
        if name not in taken:
            yield f"{EVENTS}: NativeEvent must have {name}, or no one can send it"
        if name not in read:
            yield f"{READERS}: _READERS must have a reader of {name}"
        if not re.search(rf'"type": ?"{tag}"', sent):
            yield f"{GOLDEN_EVENTS}: must have an event of type {tag}"
    for name in sorted(read - tags.keys()):
        yield f"{READERS}: _READERS reads {name}, which {EVENTS} must define"


def facts(root: Path) -> Iterator[str]:
    """Each fact is counted and written on a line."""
    places = {LINES: "_DESCRIPTIONS", NUMBERS: "self._count"}
    for file, table in places.items():
        for name in sorted(_names(_value(root, FACTS, "Fact")) - _keys(_value(root, file, table))):
            yield f"{file}: {table} must have an entry for {name}"


def log_lines(root: Path) -> Iterator[str]:
    """Each line is seen by a golden test, or by a unit test where no client can send its fact."""
    golden = (root / "tests/golden/expected").rglob("*.jsonl")
    seen = "".join(file.read_text("utf-8") for file in (*golden, root / TESTS_OF_LINES))
    for event in sorted(_log_events(_tree(root / LINES))):
        if f'"{event}"' not in seen:
            yield f"{TESTS_OF_LINES}: must ask for the line {event} of {LINES}, which no golden test sees"


def config_keys(root: Path) -> Iterator[str]:
    """Each key of watchkeeper.yml is read somewhere, or it would change nothing, silently."""
    text = "\n".join(file.read_text("utf-8") for file in _files(root, "services", "watchkeeper"))
    for file in sorted((root / PACKAGE / "config").glob("*.py")):
        for section in ast.walk(_tree(file)):
            if isinstance(section, ast.ClassDef) and "Section" in {ast.unparse(base) for base in section.bases}:
                for key in (ast.unparse(node.target) for node in section.body if isinstance(node, ast.AnnAssign)):
                    if not re.search(rf"\.{key}\b", text):
                        yield f"{file.relative_to(root)}: {section.name}.{key} must be read somewhere in {PACKAGE}"


def _tags(root: Path) -> Iterator[tuple[str, str]]:
    for node in _tree(root / EVENTS).body:
        if isinstance(node, ast.ClassDef):
            for keyword in node.keywords:
                if keyword.arg == "tag" and isinstance(keyword.value, ast.Constant):
                    yield node.name, str(keyword.value.value)


def _log_events(tree: ast.Module) -> set[str]:
    """The first of the three that every function of a line returns: its event, its level and its fields."""
    firsts = [node.elts[0] for node in ast.walk(tree) if isinstance(node, ast.Tuple) and len(node.elts) == 3]
    words = {part.value for first in firsts for part in ast.walk(first) if isinstance(part, ast.Constant)}
    return {word for word in words if isinstance(word, str) and re.fullmatch("[a-z]+(_[a-z]+)+", word)}


def _value(root: Path, file: str, name: str) -> ast.expr:
    """What a name is set to, wherever in a file."""
    for node in ast.walk(_tree(root / file)):
        targets = (
            node.targets if isinstance(node, ast.Assign) else [node.target] if isinstance(node, ast.AnnAssign) else []
        )
        if isinstance(node, ast.Assign | ast.AnnAssign) and node.value and name in map(ast.unparse, targets):
            return node.value
    raise LookupError(f"{file}: must set {name}")


def _keys(table: ast.expr) -> set[str]:
    assert isinstance(table, ast.Dict)
    return {ast.unparse(key).rpartition(".")[2] for key in table.keys if key}


def _names(union: ast.expr) -> set[str]:
    return {node.id for node in ast.walk(union) if isinstance(node, ast.Name)}


def _calls(node: ast.expr, name: str) -> bool:
    return isinstance(node, ast.Call) and ast.unparse(node.func).rpartition(".")[2] == name


def _imports(tree: ast.Module) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield str(node.module)
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def _files(root: Path, top: str, room: str) -> list[Path]:
    return sorted((root / top / room).rglob("*.py"))


def _module(file: Path) -> str:
    return ".".join(file.with_suffix("").parts)


def _tree(file: Path) -> ast.Module:
    return ast.parse(file.read_text("utf-8"))
