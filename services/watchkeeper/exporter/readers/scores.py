"""Scores that Langfuse's SDKs send."""

from collections.abc import Sequence

from watchkeeper.exporter.batch import Batch
from watchkeeper.exporter.ingest.langfuse import LangfuseScore
from watchkeeper.exporter.normalise.langfuse_scores import read_score
from watchkeeper.model import Score


class ScoreReader:
    """Reads scores in Langfuse's vocabulary."""

    def read(self, score: LangfuseScore, batch: Batch) -> Sequence[Score]:
        """Return the fact of one score."""
        return batch.owned((read_score(score, batch.received_ns),))
