"""A real PostgreSQL for tests."""

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from tests.support.alertmanager import until
from tests.support.ports import free_port
from tests.support.tools import POSTGRES, need


@contextmanager
def running_postgres() -> Iterator[str]:
    """Run one until the block ends; gives the URL of an empty database."""
    programs = need(POSTGRES)
    # It refuses to be root, and must be able to reach its folder.
    user: dict[str, Any] = {"user": "nobody"} if os.geteuid() == 0 else {}
    with tempfile.TemporaryDirectory(prefix="postgres-") as folder:
        if user:
            shutil.chown(folder, "nobody")
        data = Path(folder) / "data"
        port = str(free_port())
        initdb = [programs["initdb"], "--auth=trust", "--username=watchkeeper", "--no-sync", f"--pgdata={data}"]
        subprocess.run(initdb, check=True, stdout=subprocess.DEVNULL, cwd=folder, **user)
        command = [programs["postgres"], "-D", str(data), "-p", port, "-h", "127.0.0.1", "-k", folder]
        with subprocess.Popen(command, stderr=subprocess.DEVNULL, cwd=folder, **user) as server:
            try:
                until(
                    lambda: (
                        subprocess.run(
                            [programs["pg_isready"], "-q", "-h", "127.0.0.1", "-p", port], check=False
                        ).returncode
                        == 0
                    )
                )
                yield f"postgresql://watchkeeper@127.0.0.1:{port}/postgres"
            finally:
                server.terminate()
