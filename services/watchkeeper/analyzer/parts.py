"""What jobs are made from: app.py builds it once, and each job takes what it needs."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import httpx

from watchkeeper.analyzer.accepted.changes import AcceptedChanges
from watchkeeper.analyzer.audit.auditing import Auditing
from watchkeeper.analyzer.bills.reading import BillReading
from watchkeeper.config import Config
from watchkeeper.metrics.store import MetricStore

if TYPE_CHECKING:
    from watchkeeper.analyzer.judge.judges import Judges
    from watchkeeper.analyzer.langfuse.bridge import Bridge
    from watchkeeper.analyzer.prober.prober import Prober


@dataclass(frozen=True, slots=True, kw_only=True)
class Parts:
    """The configuration, the numbers of this process, and a client for what asks the engines in a thread.

    ``accepted`` are the changes that people accepted. ``prober`` has the canaries, ``judges`` those who score answers;
    ``langfuse`` has what goes on with projects of Langfuse; None where no job of them is wanted. ``bills`` reads each
    bill of a provider, ``audits`` look for what a destination acknowledged.
    """

    config: Config
    store: MetricStore
    client: httpx.Client
    accepted: AcceptedChanges = field(default_factory=AcceptedChanges)
    prober: "Prober | None" = None
    judges: "Judges | None" = None
    langfuse: "Bridge | None" = None
    bills: Mapping[str, BillReading] = field(default_factory=dict)
    audits: Mapping[str, Auditing] = field(default_factory=dict)
