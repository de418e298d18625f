"""A stand-in for the site that starts in no time, and copies of the one command that run it."""

import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path

import psutil

from playground.embedded.options import PROJECT
from playground.embedded.probe import http_status

STAND_IN_SERVER = """
import os, sys
from http.server import BaseHTTPRequestHandler, HTTPServer
class Handler(BaseHTTPRequestHandler):
    def do_GET(self):
        right = self.headers["Authorization"] == "Bearer " + os.environ["BOOTSTRAP_API_KEY"]
        self.send_response(200 if right else 401)
        self.end_headers()
    def log_message(self, *arguments):
        pass
HTTPServer((os.environ["HOST"], int(os.environ["PORT"])), Handler).serve_forever()
"""
STAND_IN_MANAGE = """
import sys
if sys.argv[1] == "bootstrap":
    print('{}' if "--no-link" in sys.argv else '{"sign_in_path": "/sign-in/token/"}')
if sys.argv[1] == "seed":
    print('{"summary": "Added 1 thread."}')
if sys.argv[1] == "create_person":
    import os
    print(sys.argv[2:], os.environ["DATABASE_URL"], os.environ["REDIS_URL"])
    print(os.environ.get("LOCAL_MODEL_URL", "no model"))
    print(input("Password: "))
    sys.exit(3)
if sys.argv[1] == "run_experiment":
    import signal, time
    def cancel(*_):
        print("Cancelled.", flush=True)
        sys.exit(1)
    signal.signal(signal.SIGTERM, cancel)
    print("Started.", flush=True)
    while True:
        time.sleep(1)
"""
STAND_IN_PROCFILE = """\
web: exec python -m server
worker: exec sleep 1000
indexer: exec sleep 1000
interpreter: exec sleep 1000
"""
ENOUGH_SECONDS = 60


class Copy:
    """One copy of the one command with a port and a data folder of its own."""

    def __init__(self, project: Path, data_dir: Path) -> None:
        self.project, self.data_dir = project, data_dir
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = int(probe.getsockname()[1])
        self.process: subprocess.Popen[str] | None = None
        self.output = ""

    def popen(self, command: str = "run", *more: str, **environment: str) -> subprocess.Popen[str]:
        # An endpoint that is never asked: without one the local model starts as well.
        own = {"OPENAI_BASE_URL": "http://127.0.0.1:9/v1", "OPENAI_API_KEY": "none"}
        drop = {"DATABASE_URL", "REDIS_URL", "SECRET_KEY", "PUBLIC_URL", "BOOTSTRAP_API_KEY"}
        base = {name: value for name, value in os.environ.items() if name not in drop}
        base |= {"PORT": str(self.port), "DATA_DIR": str(self.data_dir), "HOST": "127.0.0.1"}
        return subprocess.Popen(
            [sys.executable, "-m", "playground.embedded", command, *more],
            cwd=self.project,
            env={**base, **own, **environment},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )

    def refused(self, command: str = "run", **environment: str) -> str:
        """The whole output of a start that must fail with status 1."""
        return self.outcome(command, status=1, **environment)

    def outcome(
        self, command: str, *more: str, status: int = 0, types: str = "", **environment: str
    ) -> str:
        """The whole output of a command that must end with this status."""
        process = self.popen(command, *more, **environment)
        output, _ = process.communicate(types, timeout=ENOUGH_SECONDS)
        assert process.returncode == status, output
        assert "Traceback" not in output
        return output

    def start(self, command: str = "run", **environment: str) -> "Copy":
        """Returns when the banner was shown."""
        self.process = self.popen(command, **environment)
        self.output = ""
        self.read_until("Ctrl-C ends everything")
        return self

    def read_until(self, text: str) -> None:
        """Returns when it has written `text`."""
        assert self.process is not None
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self.output += line
            if text in line:
                return
        raise AssertionError(f"it ended without {text!r}:\n{self.output}")

    @property
    def key(self) -> str:
        return (self.data_dir / "api_key").read_text().strip()

    def status(self, key: str | None = None) -> int | None:
        return http_status("127.0.0.1", self.port, "/v1/models", key or self.key)

    def pids(self, name: str) -> list[int]:
        """The parts whose program's name begins like this."""
        assert self.process is not None
        found = []
        # The site's processes are below their parent.
        below = name == "web"
        for process in psutil.Process(self.process.pid).children(recursive=below):
            with suppress(psutil.NoSuchProcess):
                found += [process.pid] if process.name().startswith(name) else []
        return found

    def has_another(self, name: str, old: int) -> bool:
        """Whether a process of this name runs that is not `old`."""
        return any(pid != old for pid in self.pids(name))

    def family(self) -> list[psutil.Process]:
        assert self.process is not None
        return psutil.Process(self.process.pid).children(recursive=True)

    def end_if_running(self) -> None:
        if self.process is not None and self.process.poll() is None:
            self.end()

    def end(self, number: signal.Signals = signal.SIGTERM) -> float:
        """Seconds that an end by this signal took."""
        assert self.process is not None
        began = time.monotonic()
        self.process.send_signal(number)
        output, _ = self.process.communicate(timeout=ENOUGH_SECONDS)
        self.output += output
        return time.monotonic() - began


def are_gone(processes: list[psutil.Process]) -> bool:
    return not any(
        process.is_running() and process.status() != psutil.STATUS_ZOMBIE for process in processes
    )


def stand_in_project(folder: Path) -> Path:
    project = folder / "project"
    for package in ("playground/embedded", "installer"):
        shutil.copytree(
            PROJECT / package,
            project / package,
            ignore=shutil.ignore_patterns("__pycache__"),
        )
    (project / "playground" / "__init__.py").touch()
    (project / "playground" / "preload.py").write_text("def preload(): pass\n")
    (project / "manage.py").write_text(STAND_IN_MANAGE)
    (project / "server.py").write_text(STAND_IN_SERVER)
    (project / "Procfile").write_text(STAND_IN_PROCFILE)
    return project
