"""The file of price tables that `make prices` writes, and which tables are in force: of each the newer one."""

from datetime import UTC, date, time
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any

import msgspec
from genai_prices import types

from watchkeeper.errors import PriceFileError
from watchkeeper.prices import genai
from watchkeeper.prices.genai import GenaiPrices
from watchkeeper.prices.litellm import LitellmFile, LitellmPrices
from watchkeeper.prices.tables import PriceTables, shipped_litellm, shipped_tables

# What genai-prices makes its table of; nothing else is made from what a file says.
MADE_OF = {
    name: getattr(types, name)
    for name in (
        "ClauseAnd",
        "ClauseContains",
        "ClauseEndsWith",
        "ClauseEquals",
        "ClauseOr",
        "ClauseRegex",
        "ClauseStartsWith",
        "ConditionalPrice",
        "ModelInfo",
        "ModelPrice",
        "PriceVariant",
        "Provider",
        "StartDateConstraint",
        "Tier",
        "TieredPrices",
        "TimeOfDateConstraint",
    )
} | {"Decimal": Decimal, "date": date, "time": time, "UTC": lambda: UTC}


class GenaiFile(msgspec.Struct, frozen=True, kw_only=True):
    """The first table: ``providers`` as lists of [what is made, its arguments by position, those by name]."""

    version: str
    published: date
    providers: list[Any]


class PriceFile(msgspec.Struct, frozen=True, kw_only=True):
    """Both tables, as they were fetched."""

    genai: GenaiFile
    litellm: LitellmFile


def tables_in_force(path: Path | None) -> PriceTables:
    """The tables of the file where they are newer than those that came with this version, else those.

    Raises: PriceFileError when there is a file that cannot be used.
    """
    try:
        text = path.read_bytes() if path else b""
    except FileNotFoundError:
        text = b""
    except OSError as problem:
        raise PriceFileError(f"{path}: must be a readable file, got {problem.strerror}") from problem
    return read_tables(text, str(path)) if text else shipped_tables()


def usable_tables(path: Path | None) -> tuple[PriceTables, str]:
    """The tables in force, and why they are not those of the file; empty when they are, or there is none."""
    try:
        return tables_in_force(path), ""
    except PriceFileError as problem:
        return shipped_tables(), str(problem)


def read_tables(text: bytes, name: str) -> PriceTables:
    """The same from the text of a file. Raises: PriceFileError."""
    try:
        file = msgspec.json.decode(text, type=PriceFile)
        first = _genai(file.genai) if file.genai.published > genai.SHIPPED else genai.shipped()
    except (msgspec.MsgspecError, UnicodeDecodeError, TypeError, ValueError, KeyError, InvalidOperation) as problem:
        raise PriceFileError(
            f"{name}: must be what make prices wrote, got {type(problem).__name__}: {problem}"
        ) from problem
    shipped = shipped_litellm()
    return PriceTables(first, LitellmPrices(file.litellm) if file.litellm.published > shipped.published else shipped)


def _genai(file: GenaiFile) -> GenaiPrices:
    providers = [made(one) for one in file.providers]
    if not providers or not all(isinstance(one, types.Provider) for one in providers):
        raise ValueError("its providers must be providers")
    return GenaiPrices(providers, release=file.version, published=file.published)


def made(value: Any) -> Any:
    """What a value of the file describes: lists are made values, ``["", ...]`` lists of them."""
    if isinstance(value, dict):
        return {name: made(item) for name, item in value.items()}
    if not isinstance(value, list):
        return value
    if value[0] == "":
        return [made(item) for item in value[1:]]
    name, positional, named = value
    return MADE_OF[name](*map(made, positional), **{key: made(item) for key, item in named.items()})
