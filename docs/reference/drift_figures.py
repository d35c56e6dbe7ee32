"""The figures of the benches about drift, as they write them and as the page reads them; without their libraries."""

import msgspec


class Quiet(msgspec.Struct, frozen=True):
    """What was said of series without drift, hour by hour: how often each verdict with its reason."""

    series: int
    days: int
    verdicts: dict[str, int]


class Power(msgspec.Struct, frozen=True):
    """Of ``series`` with a shift, how many were found within a day, and the median delay in hours."""

    kind: str
    values: int
    shift: float
    series: int
    drifted: int
    shifting: int
    delay_hours: float | None


class Shape(msgspec.Struct, frozen=True):
    """A shape and one 1.4 times as large: what all values give, and what buckets give."""

    name: str
    ks: tuple[float, float]
    wasserstein: tuple[float, float]
    psi: tuple[float, float]


class Cost(msgspec.Struct, frozen=True):
    """CPU seconds to conclude about so many series."""

    series: int
    seconds: float


class Hours(msgspec.Struct, frozen=True):
    """Of one feature, hours of services without a change by what was said, and of each shift how many were found."""

    name: str
    services: int
    days: int
    verdicts: dict[str, int]
    found: dict[str, float]


class Figures(msgspec.Struct, frozen=True):
    """Everything that bench/drift_measured.py measures."""

    quiet: Quiet
    power: list[Power]
    shapes: list[Shape]
    cost: Cost
    hours: list[Hours]


class Cycle(msgspec.Struct, frozen=True):
    """Of bench/drift_cycle.py. CPU seconds are those of one cycle: of the analyzer, and of Prometheus.

    Memory is its own, without files that are mapped: when it has just started, and when it has compared.
    """

    series: int
    pairs: int
    stored_series: int
    analyzer_cpu_seconds: float
    prometheus_cpu_seconds: float
    cycle_seconds: float
    idle_mib: float
    compared_mib: float


class Beside(msgspec.Struct, frozen=True):
    """Of columns of so many current values and such a shift, how many each calls drifted."""

    values: int
    shift: float
    columns: int
    evidently: int
    analyzer: int
    analyzer_shifting: int


class Evidently(msgspec.Struct, frozen=True):
    """Of bench/drift_beside_evidently.py: CPU seconds over the same columns."""

    version: str
    columns: int
    rows: list[Beside]
    evidently_seconds: float
    analyzer_seconds: float
