"""What contracts cost beside taking in spans: exporters without and with them, in turns, in one run on one machine.

    .venv/bin/python bench/contracts_cost.py --before ../another-checkout

Prints CPU seconds of each and the ratios of their sums. With ``--before`` the exporter of another checkout, with an
environment of its own in .venv, takes its turns too: what the change as a whole costs. Every trace is held against
a contract of eight rules; ``--inspect`` also looks at all answers.
"""

import argparse
import json
import sys
import tempfile
from pathlib import Path

from ingest import measure_exporter
from spans import batches, libraries

# What nearly all runs keep to, as those of a healthy application do.
CONTRACT = {
    "name": "all",
    "tools": {"at_most": {"get_weather": 5}, "before": [["get_weather", "convert_temperature"]]},
    "max_steps": 50,
    "max_tokens": 1_000_000,
    "max_cost_usd": 10,
    "max_seconds": 600,
    "forbid": {"models": ["gpt-3.5*"], "tools": ["delete*"]},
}


def config_with(folder: Path, *, has_contracts: bool, is_inspected: bool) -> Path:
    """A watchkeeper.yml for one exporter; JSON is YAML."""
    contracts = [CONTRACT] * has_contracts
    file = folder / f"{has_contracts}-{is_inspected}.yml"
    privacy = {"privacy": {"inspect": True}} if is_inspected else {}
    file.write_text(json.dumps({"contracts": contracts, **privacy} if contracts or privacy else {}))
    return file


def main() -> None:
    """Measure in turns and print the sums."""
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--spans", type=int, default=50_000)
    options.add_argument("--rounds", type=int, default=3)
    options.add_argument("--before", type=Path, help="another checkout")
    options.add_argument("--inspect", action="store_true", help="measure looking at answers as well")
    chosen = options.parse_args()
    names, size = libraries(), 100
    bodies, warm_up = batches(names, size, chosen.spans // size), batches(names, size, len(names))
    with tempfile.TemporaryDirectory() as folder:
        plain = config_with(Path(folder), has_contracts=False, is_inspected=False)
        kinds = {
            "without contracts": (sys.executable, plain),
            "with contracts": (sys.executable, config_with(Path(folder), has_contracts=True, is_inspected=False)),
        }
        if chosen.inspect:
            config = config_with(Path(folder), has_contracts=True, is_inspected=True)
            kinds["with contracts, answers inspected"] = (sys.executable, config)
        if chosen.before:
            kinds = {"before": (str(chosen.before.resolve() / ".venv/bin/python"), plain), **kinds}
        seconds = dict.fromkeys(kinds, 0.0)
        for number in range(chosen.rounds):
            turns = list(kinds.items())
            for kind, (python, config) in turns[number % len(turns) :] + turns[: number % len(turns)]:
                seconds[kind] += measure_exporter(warm_up, bodies, python, config)
    first = next(iter(seconds.values()))
    for kind, total in seconds.items():
        print(f"{kind}: {total:.2f} CPU seconds, {total / first:.3f} of the first")


if __name__ == "__main__":
    main()
