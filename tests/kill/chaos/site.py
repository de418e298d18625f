"""A site of its own with two web processes, two workers and an indexer, all behind proxies."""

import contextlib
import os
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Self
from urllib.parse import quote

import psycopg
import redis

from playground.embedded.part import _processes_in
from playground.embedded.servers.broker import EmbeddedValkey
from playground.embedded.servers.database import DATABASE, SOCKET_NAME, USER, EmbeddedPostgres
from tests.fakes.replies import Reply
from tests.kill.chaos.proxy import Proxy
from tests.live import ROOT, LiveSite, free_port, wait_until

DISK_MEGABYTES = 700
START_SECONDS = 120.0  # on a busy machine
WORDS = 40
TEXT = " ".join(f"word{number}" for number in range(WORDS))
WORD_SECONDS = 0.07
# Shorter than the defaults, which a quiet machine with more than one worker can afford.
TIMES = {"LEASE_SECONDS": "3", "HEARTBEAT_SECONDS": "1", "SWEEP_SECONDS": "0.5"}
MARK = "CHAOS"  # the variable that all processes of the site have

Process = subprocess.Popen[bytes]


class ChaosSite(LiveSite):
    """A site whose parts can be killed, frozen and cut off, and whose disk can be filled."""

    def __init__(self, times: Mapping[str, str] = TIMES) -> None:
        """Prepare a site with these settings in place of the defaults."""
        self.folder = Path(tempfile.mkdtemp(prefix="chaos-", dir="/tmp"))
        # It stays when the site ends.
        self.log_path = self.folder.with_suffix(".log")
        self._log = self.log_path.open("wb")
        self.disk = self.folder / "disk"
        self.disk.mkdir()
        self.has_disk = _mount(self.disk)
        self.mark = secrets.token_hex(8)
        self.postgres = EmbeddedPostgres(self.disk / "postgres", self.folder / "pg")
        self.valkey = EmbeddedValkey(self.disk / "valkey", self.folder / "valkey")
        self.provider_ports = free_port(), free_port()
        self.provider: Process | None = None
        self.proxies: dict[str, Proxy] = {}
        self.web_ports = free_port(), free_port()
        self.webs: list[Process | None] = [None, None]
        super().__init__("chaos", redis_url="unset")
        data = self.disk / "data"
        (data / "static").mkdir(parents=True)
        self.environment = {
            "OPENAI_BASE_URL": f"http://127.0.0.1:{self.provider_ports[0]}/v1",
            "OPENAI_API_KEY": "k",
            "EMBEDDING_MODEL": "scripted-1",
            "DATA_DIR": str(data),
            "LOG_LEVEL": "ERROR",
            MARK: self.mark,
            **times,
        }

    # Addresses. `part` is the one whose way to the servers it is.

    def urls(self, part: str) -> dict[str, str]:
        """Return the addresses of PostgreSQL and Valkey for a part."""
        folder = self.folder / part
        return {
            "DATABASE_URL": f"postgresql://{USER}@{quote(str(folder), safe='')}/{DATABASE}",
            "REDIS_URL": f"unix://{quote(str(folder / 'valkey.sock'))}",
        }

    def environ(self) -> dict[str, str]:
        return {**super().environ(), **self.urls("web")}

    def connect(self) -> "psycopg.Connection[Any]":
        """Return a connection to the database that no fault cuts."""
        return psycopg.connect(self.postgres.url, autocommit=True)

    def redis(self) -> redis.Redis:
        """Return a client of Valkey that no fault cuts."""
        return redis.Redis.from_url(self.valkey.url)

    # Start and stop.

    def begin(self) -> Self:
        """Start everything."""
        self.postgres.start()
        self.valkey.start()
        for part in ("web", "worker-0", "worker-1", "indexer"):
            folder = self.folder / part
            folder.mkdir()
            database = self.postgres.socket_dir / SOCKET_NAME
            self.proxies[f"{part} to postgres"] = Proxy(folder / SOCKET_NAME, database).start()
            broker = self.valkey.socket_path
            self.proxies[f"{part} to valkey"] = Proxy(folder / "valkey.sock", broker).start()
        self.proxies["provider"] = Proxy(*self.provider_ports).start()
        self.proxies["web"] = Proxy(self.port, *self.web_ports).start()
        self.start_provider()
        self._manage("migrate", "-v", "0")
        self._bootstrap()
        for number in range(2):
            self.start_web_process(number)
            self.start_worker_process(number)
        self.start_indexer()
        wait_until(self._answers, seconds=START_SECONDS)
        return self

    def wait_until_ready(self) -> None:
        """Return when all parts serve, also those that were killed a moment ago."""
        # Web processes connect when they need it.
        waiting = ("worker-0", "worker-1", "indexer")
        ways = [self.proxies[f"{part} to valkey"] for part in waiting]
        wait_until(lambda: all(map(_accepts, self.web_ports)), seconds=START_SECONDS)
        wait_until(lambda: all(proxy.is_used for proxy in ways), seconds=START_SECONDS)

    def start_web_process(self, number: int) -> None:
        port = str(self.web_ports[number])
        options = ("-v", "0", "-b", "127.0.0.1", "-p", port)
        self.webs[number] = self._spawn("daphne", *options, self.application)

    def start_worker_process(self, number: int) -> None:
        worker = self._celery("runs", "solo", **self.urls(f"worker-{number}"))
        self.workers[number : number + 1] = [worker]

    def start_indexer(self, concurrency: int = 2) -> Process:
        options = ("-c", str(concurrency))
        indexer = self._celery("indexing", "threads", *options, **self.urls("indexer"))
        self.indexers = [indexer]
        return indexer

    def start_provider(self) -> None:
        self.provider = self._spawn("tests.kill.chaos.model", str(self.provider_ports[1]))

    def end(self) -> list[int]:
        """Stop everything, and return the ids of processes that are still there."""
        parts = [*self.webs, *self.workers, *self.indexers, self.provider]
        for part in filter(None, parts):
            part.send_signal(signal.SIGCONT)
            part.terminate()
        for part in filter(None, parts):
            try:
                part.wait(15)
            except subprocess.TimeoutExpired:
                part.kill()
                part.wait()
        orphans = self.processes()
        for proxy in self.proxies.values():
            proxy.stop()
        self.valkey.stop()
        self.postgres.stop()
        if self.has_disk:
            subprocess.run(["umount", str(self.disk)], check=False)
        self._log.close()
        shutil.rmtree(self.folder, ignore_errors=True)
        return orphans

    def _spawn(self, module: str, *arguments: str, **environment: str) -> Process:
        return subprocess.Popen(
            [sys.executable, "-m", module, *arguments],
            cwd=ROOT,
            env=self.environ() | environment,
            stdout=self._log,
            stderr=self._log,
        )

    def processes(self) -> list[int]:
        """Return the ids of all processes of the site, including orphans."""
        wanted, found = f"{MARK}={self.mark}".encode(), []
        for entry in Path("/proc").glob("[0-9]*"):
            with contextlib.suppress(OSError):
                if wanted in (entry / "environ").read_bytes().split(b"\0"):
                    found.append(int(entry.name))
        return found

    def processes_of(self, part: str) -> list[int]:
        """Return the ids of a part's processes."""
        if part in ("postgres", "valkey"):
            return _processes_in((self.postgres if part == "postgres" else self.valkey).data_dir)
        process = {
            "web": self.webs[0],
            "worker": self.workers[0],
            "indexer": self.indexers[0],
            "provider": self.provider,
        }[part]
        assert process is not None
        return [process.pid]

    def restart(self, part: str) -> None:
        """Start a killed part again, as its supervisor would."""
        match part:
            case "postgres" | "valkey":
                self.revive()
            case "web":
                self.start_web_process(0)
            case "worker":
                self.start_worker_process(0)
            case "indexer":
                self.start_indexer()
            case "provider":
                self.start_provider()

    def revive(self) -> None:
        """Start the servers again that have ended, as a full disk may end PostgreSQL."""
        for server in (self.postgres, self.valkey):
            if server.child is None or not server.child.is_alive():
                server.after_end()
                server.start()

    def kill(self, part: str) -> None:
        if part in ("postgres", "valkey"):
            (self.postgres if part == "postgres" else self.valkey).kill()
            return
        for pid in self.processes_of(part):
            os.kill(pid, signal.SIGKILL)
        for process in (*self.webs, *self.workers, *self.indexers, self.provider):
            if process is not None and process.pid in self.processes_of(part):
                process.wait()

    def cut(self, part: str) -> list[Proxy]:
        """Cut the part off from all others. Return the proxies to restore."""
        names = {
            "web": ["web"],
            "worker": ["worker-0 to postgres", "worker-0 to valkey"],
            "indexer": ["indexer to postgres", "indexer to valkey"],
            "provider": ["provider"],
        }.get(part) or [name for name in self.proxies if name.endswith(f"to {part}")]
        cut = [self.proxies[name] for name in names]
        for proxy in cut:
            proxy.cut()
        return cut

    def fill(self) -> Path:
        """Fill the disk of all data. Return the file to delete."""
        filler = self.disk / "filler"
        with filler.open("wb", buffering=0) as out, contextlib.suppress(OSError):
            for size in (2**20, 2**12):
                with contextlib.suppress(OSError):
                    while True:
                        out.write(b"x" * size)
        return filler


def _mount(folder: Path) -> bool:
    options = f"size={DISK_MEGABYTES}m,mode=755"
    mount = ["mount", "-t", "tmpfs", "-o", options, "tmpfs", str(folder)]
    try:
        return subprocess.run(mount, check=False, capture_output=True).returncode == 0
    except FileNotFoundError:
        return False


def _accepts(port: int) -> bool:
    try:
        socket.create_connection(("127.0.0.1", port), timeout=1).close()
    except OSError:
        return False
    return True


def reply() -> Reply:
    """Return what the model says to each client."""
    return Reply(text=TEXT, delay=WORD_SECONDS)


def now() -> float:
    return time.monotonic()
