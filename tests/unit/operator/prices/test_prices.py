"""`watchkeeper prices` with a uv that hands out packages of our own."""

import json
import stat
import sys
from collections.abc import Callable
from datetime import date
from pathlib import Path

import genai_prices
import msgspec
import pytest
from genai_prices.data_snapshot import get_snapshot

from watchkeeper.errors import OperationError, PriceFileError
from watchkeeper.operator.prices import commands, tables_of
from watchkeeper.prices.files import PriceFile, made, read_tables, tables_in_force, usable_tables
from watchkeeper.prices.tables import shipped_tables

SOURCE = """
import datetime
from decimal import Decimal
from .types import *

providers: list[Provider] = [
    Provider(
        id='openai',
        name='OpenAI',
        api_pattern='https://api\\\\.openai\\\\.com',
        price_comments='many words',
        model_match=ClauseStartsWith(starts_with='gpt-'),
        extractors=[UsageExtractor(root='usage', mappings=[])],
        models=[
            ModelInfo(
                id='gpt-4o',
                match=ClauseEquals(equals='gpt-4o'),
                prices=[
                    ConditionalPrice(prices=ModelPrice(input_mtok=Decimal('2.5'), output_mtok=Decimal('10'))),
                    ConditionalPrice(
                        constraint=StartDateConstraint(start_date=datetime.date(2026, 1, 2)),
                        prices=ModelPrice(input_mtok=Decimal('5'), output_mtok=Decimal('20')),
                    ),
                ],
            )
        ],
    )
]
"""
LITELLM = {
    "new-model": {
        "mode": "chat",
        "litellm_provider": "openai",
        "input_cost_per_token": 1e-06,
        "output_cost_per_token": 2e-06,
    }
}
UV = """#!{python}
import pathlib, shutil, sys
args = sys.argv[1:]
if {offline}:
    sys.exit("error: Failed to fetch: `https://index/simple/litellm/`\\n  Caused by: dns error")
if args[:2] == ["pip", "compile"]:
    names = pathlib.Path(args[-4]).read_text().split()
    text = "".join(
        f'[[packages]]\\nname = "{{name}}"\\nversion = "9.9"\\n'
        f'wheels = [{{{{ upload-time = 2027-01-02T03:04:05Z }}}}]\\n'
        for name in names
    )
    pathlib.Path(args[args.index("--output-file") + 1]).write_text(text)
else:
    shutil.copytree({packages!r}, args[args.index("--target") + 1])
"""

MakeUv = Callable[..., None]


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A project in which nothing runs."""
    root = tmp_path / "project"
    for name in ("docker-compose.yml", "prometheus/prometheus.yml", "watchkeeper.yml"):
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).touch()
    monkeypatch.setenv("WATCHKEEPER_ROOT", str(root))
    monkeypatch.setenv("PROMETHEUS_PORT", "9")
    monkeypatch.delenv("WATCHKEEPER_WORK", raising=False)
    return root


@pytest.fixture
def make_uv(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> MakeUv:
    """Puts a uv in place that installs a table of each kind, or has no network."""

    def make(source: str = SOURCE, *, offline: bool = False) -> None:
        packages = tmp_path / "packages"
        for name, text in (
            ("genai_prices/data.py", source),
            ("litellm/model_prices_and_context_window_backup.json", json.dumps(LITELLM)),
            ("litellm-9.9.dist-info/licenses/LICENSE", "MIT"),
        ):
            (packages / name).parent.mkdir(parents=True, exist_ok=True)
            (packages / name).write_text(text)
        program = tmp_path / "uv"
        program.write_text(UV.format(python=sys.executable, offline=offline, packages=str(packages)))
        program.chmod(0o755)
        monkeypatch.setenv("UV", str(program))

    return make


def test_the_newest_tables_come_into_force(project: Path, make_uv: MakeUv, capsys: pytest.CaptureFixture[str]) -> None:
    """What was fetched is what the exporter reads at its next start, in a file that containers can read."""
    make_uv()
    file = project / "prices" / "tables.json"

    commands.prices()
    tables = tables_in_force(file)

    assert tables.source == "genai-prices 9.9, litellm 9.9"
    assert tables.published == date(2027, 1, 2)
    found = [tables.find("openai", model, date(2027, 1, 3), "") for model in ("gpt-4o", "new-model")]
    prices = [one and one.rates and one.rates.of(1).fresh_input * 10**6 for one in found]
    assert prices == [5, 1]
    assert stat.S_IMODE(file.stat().st_mode) == 0o644
    said = capsys.readouterr().out
    assert "Prometheus does not answer" in said
    assert "In force: genai-prices 9.9, litellm 9.9" in said


def test_the_same_tables_again_change_nothing(
    project: Path, make_uv: MakeUv, capsys: pytest.CaptureFixture[str]
) -> None:
    """Nothing is written and nothing starts again for tables that are in force."""
    make_uv()
    commands.prices()
    before = (project / "prices" / "tables.json").stat().st_mtime_ns

    commands.prices()

    assert "In force are the newest tables" in capsys.readouterr().out
    assert (project / "prices" / "tables.json").stat().st_mtime_ns == before


def test_without_a_network_everything_stays(project: Path, make_uv: MakeUv) -> None:
    """It says so, why, and what is in force."""
    make_uv(offline=True)

    with pytest.raises(OperationError) as refused:
        commands.prices()

    said = str(refused.value)
    assert "cannot be fetched: Failed to fetch: `https://index/simple/litellm/`: Caused by: dns error" in said
    assert f"In force stay {shipped_tables().source}" in said
    assert not (project / "prices").exists()


@pytest.mark.parametrize(
    "source",
    [
        "import os\nproviders: list[Provider] = [os.remove('/tmp/x')]",
        "providers: list[Provider] = [Provider(id='a', name='b', api_pattern='c', models=[open('/etc/passwd')])]",
        "providers: list[Provider] = [__import__('os')]",
        "providers: list[Provider] = make()",
        "providers: list[Provider] = [NewKindOfProvider(id='a')]",
        "providers = []",
    ],
)
def test_code_of_a_package_is_never_run(project: Path, make_uv: MakeUv, source: str) -> None:
    """A table that is anything but the constructors we know is refused, and nothing is written."""
    make_uv(source)

    with pytest.raises(PriceFileError):
        commands.prices()

    assert not (project / "prices").exists()


def test_a_table_as_data_is_the_table() -> None:
    """What genai-prices ships is the same when it is read from its source, but for what no one asks for here."""
    source = Path(genai_prices.__file__).parent / "data.py"

    providers = [made(json.loads(json.dumps(one))) for one in tables_of.genai_providers(source.read_text())]

    for ours, theirs in zip(providers, get_snapshot().providers, strict=True):
        assert ours.id == theirs.id
        assert (ours.model_match, ours.provider_match) == (theirs.model_match, theirs.provider_match)
        assert [(one.id, one.match, one.prices, one.price_variants) for one in ours.models] == [
            (one.id, one.match, one.prices, one.price_variants) for one in theirs.models
        ]


@pytest.mark.parametrize("text", [b"", b"{", b"\xff", b"[]", b'{"genai": {}, "litellm": {}}'])
def test_a_file_that_cannot_be_used_costs_no_price(tmp_path: Path, text: bytes) -> None:
    """The tables that came with this version stay in force, and the reason is told unless the file is empty."""
    file = tmp_path / "tables.json"
    file.write_bytes(text)

    tables, problem = usable_tables(file)

    assert tables.source == shipped_tables().source
    assert bool(problem) is bool(text)


def test_older_tables_do_not_replace_those_of_this_version() -> None:
    """After an upgrade, what was fetched before it is no longer the newest."""
    head = {"version": "0.1", "published": "2020-01-01"}
    text = json.dumps(
        {
            "genai": {**head, "providers": [["os.system", [], {}]]},
            "litellm": {**head, "licence": "", "without_price": {}, "models": {}},
        }
    ).encode()

    assert msgspec.json.decode(text, type=PriceFile).genai.version == "0.1"
    assert read_tables(text, "f").source == shipped_tables().source
