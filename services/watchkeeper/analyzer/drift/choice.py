"""Which method decides: by the type of the values and by how many there are.

Numeric values: Kolmogorov-Smirnov below 500, because bins of few values vary too much, else PSI. Categories:
chi-square up to 1,000, because it is exact about chance, else PSI, because with enough values every difference is
significant and PSI says whether it is large. Embeddings: the shift of their centroid.
"""

from enum import StrEnum

_FEW = 500
_MANY_CATEGORICAL = 1000


class Kind(StrEnum):
    """What the values of a feature are."""

    NUMERIC = "numeric"
    CATEGORICAL = "categorical"
    EMBEDDING = "embedding"


class Method(StrEnum):
    """What a score was computed by; the values of the label ``method``."""

    PSI = "psi"
    KULLBACK_LEIBLER = "kl"
    JENSEN_SHANNON = "js"
    KOLMOGOROV_SMIRNOV = "ks"
    WASSERSTEIN = "wasserstein"
    WASSERSTEIN_NORMALISED = "wasserstein_normalised"
    CHI_SQUARE = "chi_square"
    G_TEST = "g_test"
    COMBINED = "combined"
    CENTROID = "centroid"
    OUTLIERS = "outliers"
    EWMA = "ewma"
    ZSCORE = "zscore"


def method_for(kind: Kind, sample_size: float) -> Method:
    """The method that decides about so many current values."""
    if kind is Kind.EMBEDDING:
        return Method.CENTROID
    if kind is Kind.CATEGORICAL:
        return Method.PSI if sample_size > _MANY_CATEGORICAL else Method.CHI_SQUARE
    return Method.KOLMOGOROV_SMIRNOV if sample_size < _FEW else Method.PSI
