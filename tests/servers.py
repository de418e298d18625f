"""The PostgreSQL and Valkey of a test session: real servers on private sockets."""

import atexit
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from playground.embedded.servers.broker import EmbeddedValkey
from playground.embedded.servers.database import EmbeddedPostgres

_started: dict[str, EmbeddedPostgres | EmbeddedValkey] = {}


def start() -> None:
    """Start both servers until this process ends, and set the variables that name them."""
    if _started:
        return
    # Below /tmp, because the path of a Unix socket can only have 107 characters.
    folder = Path(tempfile.mkdtemp(prefix="pg-", dir="/tmp"))
    postgres = EmbeddedPostgres(folder / "postgres", folder / "run", durable=False)
    valkey = EmbeddedValkey(folder / "valkey", folder / "run", durable=False)
    (folder / "data" / "static").mkdir(parents=True)
    _started.update(postgres=postgres.start(), valkey=valkey.start())
    os.environ.update(
        DATABASE_URL=postgres.url,
        REDIS_URL=valkey.url,
        SECRET_KEY="only-for-tests",
        DATA_DIR=str(folder / "data"),
        LOG_LEVEL="WARNING",
    )
    # The tests must not depend on the developer's own settings.
    for name in ("OPENAI_BASE_URL", "OPENAI_API_KEY", "LOCAL_MODEL_URL", "PUBLIC_URL"):
        os.environ.pop(name, None)
    atexit.register(_stop, folder)


def processes() -> list[int]:
    """Return the IDs of the main processes of PostgreSQL and Valkey."""
    return [server.child.pid for server in _started.values() if server.child is not None]


def _stop(folder: Path) -> None:
    for server in _started.values():
        server.stop()
    _started.clear()
    shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    # `python -m tests.servers COMMAND ...`: a command that needs a database, such as manage.py.
    start()
    sys.exit(subprocess.run(sys.argv[1:], check=False).returncode)
