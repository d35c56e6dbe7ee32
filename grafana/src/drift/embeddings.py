"""Row 4: whether what is embedded is about something else, and whether all vectors are any."""

from collections.abc import Sequence

from grafana.src import house
from grafana.src.drift.filters import CHOSEN, SERVICE
from grafana.src.house import PanelBuilder
from grafana.src.llm_overview.filters import limit_beside
from grafana.src.sources import series

NO_DATA = "no vectors in the time shown: the event embedding in docs/reference/events.md reports them"
TITLE = "Are embeddings about something else?"

_CENTROID = f'llm_drift_score{{{CHOSEN}, method="centroid"}}'


def panels() -> Sequence[PanelBuilder]:
    """Return the panels from left to right."""
    return (
        house.graph(
            "Centroid shift",
            "How far the mean of the vectors of each source has moved, in standard deviations of the reference. "
            'The dashed line is a large shift. "no data" means that no vectors are sent.',
            house.COUNT,
            [
                series(_CENTROID, "{{service}} {{feature}}"),
                limit_beside("vector(0.2)", _CENTROID),
            ],
        ),
        house.graph(
            "Vectors by model and dimension",
            "Vectors in an hour. Another model or dimension is a series of its own, which is learnt for a week; "
            "LLMEmbeddingModelChanged reports it.",
            house.COUNT,
            [
                series(
                    f"sum by (source, model, dimension) (service_embedding:llm_embeddings:increase1h{{{SERVICE}}})",
                    "{{source}} {{model}} {{dimension}}",
                )
            ],
        ),
        house.graph(
            "Rejected vectors",
            "Vectors in an hour that are none: empty, zero, not finite, too large or too long. 0 is good.",
            house.COUNT,
            [series(_vectors('outcome!="ok"', "service, outcome"), "{{service}} {{outcome}}")],
        ),
    )


def _vectors(where: str, by: str) -> str:
    return f"sum by ({by}) (increase(llm_embeddings_total{{{SERVICE}, {where}}}[1h]))"
