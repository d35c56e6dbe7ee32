"""How alerts behave over weeks of ordinary traffic and on planted faults, for services of every size.

    PYTHONPATH=. .venv/bin/python bench/alerts_measured.py --to bench/alerts_measured/after.json
    make generate

Simulates services call by call, with a seed; gives the counters of each minute to a real Prometheus, evaluates the
shipped rules over them (recording rules are written back, `for` and keep_firing_for applied as Prometheus applies
them), and writes what people would get. docs/reference/alerts-measured.md shows it, before and after.
"""

import argparse
from itertools import groupby
from pathlib import Path

import msgspec
from alerts_measured.faults import FAULTS, planted
from alerts_measured.measure import ALERTS, Plan, measure, observe
from alerts_measured.odd import ODD, Odd
from alerts_measured.outcome import with_others
from alerts_measured.shapes import Service
from docs.reference.measured_figures import Measured
from tests.support.programs import obtain_programs

ROOT = Path(__file__).parents[1]
SIZES = (40, 300, 2_000, 20_000, 200_000)
# US dollars a day by kind and size: from a hobby to a large bill.
SPENDING = {
    "office": (40.0, 3.0, 40.0, 400.0, 5_000.0),
    "batch": (0.5, 60.0, 10.0, 200.0, 2_000.0),
}
# Of the same services half of the faults each, at an hour in which they are busy; silence is another in an office.
_SILENCE = tuple(fault for fault in FAULTS if fault.traffic == 0)
FAULTS_OF = {"office": (FAULTS[0::2], 10), "batch": ((*FAULTS[1::2], *_SILENCE), 14)}
QUIET_DAYS, FAULT_DAYS = 56, 53
# A Wednesday, and a Monday after a weekend.
HOLIDAYS = (30, 42)


def quiet(days: int) -> Plan:
    """Weeks in which nothing is wrong; two of the days are holidays."""
    return dict.fromkeys(services(days, seed=1, holidays=HOLIDAYS), ())


def faulty(days: int) -> Plan:
    """The same services, with one fault after the other."""
    return {service: tuple(planted(*FAULTS_OF[service.kind])) for service in services(days, seed=2, holidays=())}


def services(days: int, seed: int, holidays: tuple[int, ...]) -> list[Service]:
    """One of each kind and size."""
    return [
        Service(kind=kind, calls_a_day=calls, dollars_a_day=dollars, days=days, seed=seed, holidays=holidays)
        for kind, spending in SPENDING.items()
        for calls, dollars in zip(SIZES, spending, strict=True)
    ]


def _together(case: Odd) -> tuple[int, tuple[int, int]]:
    return case.together


def main() -> None:
    """Measure, and write the figures."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rules", type=Path, default=ROOT / "prometheus" / "rules")
    parser.add_argument("--only", choices=["quiet", "faults"], nargs="+", default=["quiet", "faults"])
    parser.add_argument("--alerts", nargs="+", default=ALERTS, help="these alone; for the others --carry")
    parser.add_argument("--carry", type=Path, help="figures of the same traffic, for alerts whose rules are the same")
    parser.add_argument("--to", type=Path, required=True)
    parser.add_argument("--kinds", nargs="+", default=list(SPENDING))
    parser.add_argument("--sizes", nargs="+", type=int, default=list(SIZES))
    parser.add_argument("--quiet-days", type=int, default=QUIET_DAYS)
    parser.add_argument("--fault-days", type=int, default=FAULT_DAYS)
    parser.add_argument("--odd", nargs="*", help="the cases that are no faults (all, or those whose title has a word)")
    asked = parser.parse_args()
    program = obtain_programs(ROOT)["prometheus"]
    if asked.odd is not None:
        cases = [case for case in ODD if not asked.odd or any(word in case.title for word in asked.odd)]
        groups = [list(group) for _, group in groupby(sorted(cases, key=_together), key=_together)]
        observed = [one for group in groups for one in observe(group, asked.rules, program, asked.alerts)]
        asked.to.write_bytes(msgspec.json.format(msgspec.json.encode(observed), indent=1))
        return
    plans = {"quiet": quiet(asked.quiet_days), "faults": faulty(asked.fault_days)}
    plans = {
        name: {one: plan[one] for one in plan if one.calls_a_day in asked.sizes and one.kind in asked.kinds}
        for name, plan in plans.items()
    }
    measured = {name: measure(plans[name], asked.rules, program, asked.alerts) for name in asked.only}
    if asked.carry:
        figures = msgspec.json.decode(asked.carry.read_bytes(), type=dict[str, list[Measured]])
        carried = {
            name: [one for one in ones if one.calls_a_day in asked.sizes and one.kind in asked.kinds]
            for name, ones in figures.items()
        }
        measured = {
            name: [with_others(new, old, asked.alerts) for new, old in zip(ones, carried[name], strict=True)]
            for name, ones in measured.items()
        }
    asked.to.write_bytes(msgspec.json.format(msgspec.json.encode(measured), indent=1))


if __name__ == "__main__":
    main()
