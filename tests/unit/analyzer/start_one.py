"""An analyzer as a process, with one job that works and one whose thread never ends; for test_process.py."""

import sys
import threading

from watchkeeper.analyzer.app import build_app
from watchkeeper.analyzer.schedule import scheduler
from watchkeeper.analyzer.schedule.job import Job, every
from watchkeeper.analyzer.schedule.threads import in_thread
from watchkeeper.config import load_config
from watchkeeper.serving.listener import listen, run


async def _hang() -> None:
    await in_thread(threading.Event().wait)


async def _work() -> None:
    pass


if __name__ == "__main__":
    scheduler._FIRST_RUN_SECONDS = 0.01
    jobs = (
        Job(name="hangs", schedule=every(3600), deadline_seconds=3600, run=_hang),
        Job(name="works", schedule=every(3600), deadline_seconds=3600, run=_work),
    )
    app = build_app(load_config(None, {}), sys.stdout.buffer, lambda _parts: jobs)
    run(app, listen("127.0.0.1", int(sys.argv[1])))
