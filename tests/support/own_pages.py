"""An exporter with conversations of a support agent behind it and alerts in its inbox, for who looks at its pages.

    .venv/bin/python -m tests.support.own_pages

draws the pictures of the README.
"""

import json
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from random import Random

import httpx
from tests.e2e.support.conversations import USUAL, conversation
from tests.support.browser import draw
from tests.support.processes import exporter_process

from watchkeeper.config.receiver_status import INBOX, ReceiverStatus, write_statuses

ROOT = Path(__file__).parents[2]
PICTURES = ROOT / "docs" / "pictures"
MESSAGES = ROOT / "tests" / "golden" / "messages"
PAGES = {"start-page": "/", "inbox": "/inbox", "runbook": "/runbooks/LLMTokensPerRequestUp"}
# What Alertmanager's templates made of alerts, the oldest first.
DELIVERED = ("outage", "critical", "resolved", "two_versions")
_CONVERSATIONS = 100


@contextmanager
def own_pages(folder: Path) -> Iterator[str]:
    """Run it; where it listens."""
    statuses = folder / "receivers.json"
    statuses.write_text(write_statuses([ReceiverStatus(receiver=INBOX, integration=INBOX, configured=True)]))
    environ = {
        "WATCHKEEPER_RECEIVERS": str(statuses),
        "WATCHKEEPER_RUNBOOKS": str(ROOT / "docs" / "runbooks"),
        "WATCHKEEPER_STATE_DIR": str(folder / "state"),
    }
    with exporter_process(folder, environ) as exporter, httpx.Client(base_url=exporter.url, trust_env=False) as client:
        random = Random(7)
        events = [event for _ in range(_CONVERSATIONS) for event in conversation(random, USUAL)]
        client.post("/v1/events", json=events).raise_for_status()
        for name in DELIVERED:
            message = json.loads((MESSAGES / name / "slack.json").read_text(encoding="utf-8"))
            client.post("/v1/inbox/slack", json=message).raise_for_status()
        yield exporter.url


def main() -> int:
    """Draw the three pictures."""
    with tempfile.TemporaryDirectory() as name, own_pages(Path(name)) as url:
        for picture, path in PAGES.items():
            draw(url + path, PICTURES / f"{picture}.png", Path(name) / picture)
    return 0


if __name__ == "__main__":
    sys.exit(main())
