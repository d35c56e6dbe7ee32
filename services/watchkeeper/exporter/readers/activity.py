"""What coding agents did, by their own metrics."""

from collections.abc import Sequence

import msgspec

from watchkeeper.exporter.batch import Batch
from watchkeeper.model import CodingActivity


class ActivityReader:
    """Takes what ingest/agent_activity.py made of points of metrics, whose owner is known."""

    def read(self, activity: CodingActivity, batch: Batch) -> Sequence[CodingActivity]:
        """Return it as the tenant's; without a time it has that of its arrival."""
        context = msgspec.structs.replace(activity.context, time_ns=activity.context.time_ns or batch.received_ns)
        return batch.owned((msgspec.structs.replace(activity, context=context),))
