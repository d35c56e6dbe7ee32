"""How large PSI is when nothing has drifted: two samples of the same distribution never have the same shares.

Under no drift ``PSI / (1/n + 1/m)`` follows the chi-square distribution with (bins - 1) degrees of freedom: its mean
is ``(bins - 1)(1/n + 1/m)``, which is .06 for ten bins of 200 and 700 values, more than half of the textbook limit.
Values that come in bursts vary more than that; ``dispersion`` says how many times, as windows of the reference show.

Source: Yurdakul and Naranjo (2020); McCullagh and Nelder, Generalized Linear Models, 4.5, for the dispersion.
"""

from collections.abc import Iterable

from watchkeeper.analyzer.drift.chi_square_tail import chi_square_quantile, chi_square_tail

_QUANTILE = 0.7


def expected_psi(bins: int, sizes: tuple[float, float]) -> float:
    """The mean of PSI without drift."""
    return max(0, bins - 1) * _unit(sizes)


def psi_quantile(tail: float, bins: int, sizes: tuple[float, float], dispersion: float = 1.0) -> float:
    """The PSI that chance alone exceeds with the probability ``tail``."""
    return chi_square_quantile(tail, bins - 1) * _unit(sizes) * dispersion


def psi_pvalue(psi: float, bins: int, sizes: tuple[float, float], dispersion: float = 1.0) -> float:
    """How often chance alone gives as large a PSI."""
    unit = _unit(sizes)
    return chi_square_tail(psi / unit / dispersion, bins - 1) if unit else 1.0


def dispersion(scaled: Iterable[float]) -> float:
    """How many times as much as by chance PSI varies between windows without drift; at least once.

    ``scaled`` is, for each window of the reference, its PSI over that which chance makes of it. The third largest of
    seven, so that one day of an outage or two of a weekend do not make everything else look calm.
    """
    found = sorted(scaled)
    return max(1.0, found[int(_QUANTILE * (len(found) - 1))]) if found else 1.0


def _unit(sizes: tuple[float, float]) -> float:
    n, m = sizes
    return 1 / n + 1 / m if n and m else 0.0
