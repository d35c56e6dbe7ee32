"""Starts one process and ends, as `watchkeeper up` does; run by test_supervise."""

import sys
from pathlib import Path

from watchkeeper.config.places import Places
from watchkeeper.operator.standalone.components import Component
from watchkeeper.operator.standalone.supervise import start

root = Path(sys.argv[1])
start(
    Component(
        name="tiny",
        title="Tiny",
        purpose="testing",
        command=(sys.executable, "-c", "import time; time.sleep(600)"),
        environ={},
        ports={"TINY_PORT": 1},
        url="",
        ready_path="",
    ),
    Places(root=root, work=root / "work", secrets=root / "secrets"),
)
