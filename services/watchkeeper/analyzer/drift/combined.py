"""One number of three: PSI, the normalised Wasserstein distance and the Jensen-Shannon divergence, weighted.

``.4 PSI + .3 W + .3 JS``; from .15 a shift. Each sees what another does not: PSI a change of shares, Wasserstein how
far values moved, Jensen-Shannon both within bounds.
"""

from watchkeeper.analyzer.drift.histogram import Histogram
from watchkeeper.analyzer.drift.jensen_shannon import jensen_shannon_of
from watchkeeper.analyzer.drift.psi import psi_by_deciles
from watchkeeper.analyzer.drift.wasserstein import wasserstein_normalised

LIMIT = 0.15


def combined(psi: float, wasserstein: float, jensen_shannon: float) -> float:
    """The weighted sum; ``wasserstein`` is the normalised one."""
    return 0.4 * psi + 0.3 * wasserstein + 0.3 * jensen_shannon


def combined_of(reference: Histogram, current: Histogram) -> float:
    """The weighted sum of histograms on the same bounds."""
    return combined(
        psi_by_deciles(reference, current),
        wasserstein_normalised(reference, current),
        jensen_shannon_of(reference, current),
    )
