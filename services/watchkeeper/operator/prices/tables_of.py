"""Packages to the one file of price tables: LiteLLM's made small, those of genai-prices as data instead of code."""

import ast
import json
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

from watchkeeper.errors import PriceFileError
from watchkeeper.operator.prices.packages import Package
from watchkeeper.prices.condense import as_lines, condense, without_price
from watchkeeper.prices.files import MADE_OF

_GENAI = Path("genai_prices") / "data.py"
_LITELLM = Path("litellm") / "model_prices_and_context_window_backup.json"
# How providers answer, and words about prices: nothing of it is asked for here.
_LEFT_OUT = frozenset({"extractors", "description", "price_comments", "pricing_urls"})


def price_file(packages: dict[str, Package]) -> str:
    """Return the text of the file. Raises: PriceFileError when a package has no table as we know it."""
    genai = packages["genai-prices"]
    head = {"version": genai.version, "published": genai.published.isoformat()}
    providers = ",\n".join(json.dumps(one) for one in genai_providers((genai.folder / _GENAI).read_text("utf-8")))
    return (
        f'{{"genai": {json.dumps(head)[:-1]}, "providers": [\n{providers}\n]}},\n'
        f'"litellm": {litellm_file(packages["litellm"])}}}\n'
    )


def litellm_file(package: Package) -> str:
    """Return LiteLLM's table as a file of its own, with its licence. Raises: PriceFileError."""
    text = (package.folder / _LITELLM).read_text("utf-8")
    try:
        table = json.loads(text, parse_float=Decimal)
        models, unpriced = condense(table), without_price(table)
    except (ValueError, TypeError, AttributeError, KeyError) as problem:
        raise PriceFileError(f"{_LITELLM.name}: must be LiteLLM's table, got {problem}") from problem
    (licence,) = package.folder.glob(f"litellm-{package.version}.dist-info/licenses/LICENSE")
    head = {
        "version": package.version,
        "published": package.published.isoformat(),
        "licence": licence.read_text("utf-8"),
        "without_price": unpriced,
    }
    return f'{json.dumps(head)[:-1]}, "models": {{{"".join(as_lines(models))}\n}}}}\n'


def genai_providers(source: str) -> Iterator[Any]:
    """Yield the providers of a data.py, which is nothing but calls of constructors: they are read, and not run.

    Raises: PriceFileError where it is anything else.
    """
    for statement in ast.parse(source).body:
        if isinstance(statement, ast.AnnAssign) and ast.unparse(statement.target) == "providers":
            if not isinstance(statement.value, ast.List):
                break
            yield from map(_described, statement.value.elts)
            return
    raise PriceFileError("data.py of genai-prices: must have a list of providers, got none")


def _described(node: ast.expr) -> Any:
    """A value, or what to make it of, as ``watchkeeper.prices.files.made`` reads it."""
    if isinstance(node, ast.Constant):
        return node.value
    if isinstance(node, ast.List):
        return ["", *map(_described, node.elts)]
    if isinstance(node, ast.Dict):
        pairs = zip(node.keys, node.values, strict=True)
        return {_described(key): _described(value) for key, value in pairs if key is not None}
    if isinstance(node, ast.Call):
        name = ast.unparse(node.func).removeprefix("datetime.")
        if name in MADE_OF:
            named = {word.arg: _described(word.value) for word in node.keywords if word.arg not in _LEFT_OUT}
            return [name, [_described(one) for one in node.args], named]
    if ast.unparse(node) == "datetime.UTC":
        return ["UTC", [], {}]
    raise PriceFileError(
        f"data.py of genai-prices: must be made of what this version of Watchkeeper knows, got "
        f"{ast.unparse(node)[:80]} in line {node.lineno}: upgrade Watchkeeper"
    )
