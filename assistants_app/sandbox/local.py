"""The backend on this machine: sessions by id, kept warm, watched, and closed when idle."""

import contextlib
import logging
import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Iterable, Iterator, Sequence

from assistants_app.sandbox import budget, selftest
from assistants_app.sandbox.cgroups import Group
from assistants_app.sandbox.limits import Limits, SandboxConfig
from assistants_app.sandbox.protocol import (
    CHUNK,
    Ending,
    Execution,
    FileInfo,
    FileRefused,
    InputFile,
    Output,
    SandboxUnavailable,
    SessionLost,
    StopSignal,
    merged,
)
from assistants_app.sandbox.reasons import explain
from assistants_app.sandbox.session import Heard, Session, is_file_name
from assistants_app.sandbox.watchdog import Watch, idle_seconds
from assistants_app.sandbox.zygote import Zygote

_log = logging.getLogger(__name__)
# Bounds the memory of a process that lives long.
_MAX_ENDINGS = 10_000
_RESTARTED = "[The session was restarted, so variables and files from earlier calls are gone: {}]\n"
_NAMED = 3  # files in a note
_NAME_SHOWN = 100  # characters


class LocalSandbox:
    """A `Sandbox` with sessions on this machine. Starts nothing before the first session."""

    def __init__(self, config: SandboxConfig) -> None:
        self._config = config
        self._lock = threading.RLock()
        self._changed = threading.Condition(self._lock)
        self._starting = threading.Lock()
        self._opening: set[str] = set()
        self._zygote: Zygote | None = None
        self._zygote_used_at = 0.0
        self._sessions: dict[str, Session] = {}
        self._watches: dict[str, Watch] = {}
        # Why sessions ended that were idle, for their next call.
        self._endings: OrderedDict[str, str] = OrderedDict()
        self._most_bytes = config.memory_bytes or budget.machine_bytes() // 2
        self._ended = threading.Event()
        self._watcher: threading.Thread | None = None

    def execute(
        self,
        session_id: str,
        code: str,
        *,
        files: Sequence[InputFile],
        limits: Limits,
        on_event: Callable[[Output], None] | None,
        stop: StopSignal,
    ) -> Execution:
        """See `Sandbox`."""
        began = time.monotonic()
        session, new = self._open(session_id, limits)
        heard = Heard()
        if new and (ending := self._endings.pop(session_id, "")):
            heard.outputs.append(Output("logs", _RESTARTED.format(ending)))
            if on_event is not None:
                on_event(heard.outputs[-1])
        try:
            with session.lock:
                self._put_inputs(session, files)
                session.execute(code, limits, on_event, stop, heard)
                changed, odd_names = session.changed_files()
        except SessionLost as lost:
            _log.warning("Session %s was lost: %s", session_id, lost)
            self.close(session_id)
            return Execution(
                outputs=merged(heard.outputs),
                new_session=new,
                ended="killed",
                error=heard.error,
                reason=str(lost),
                duration_seconds=time.monotonic() - began,
            )
        if odd_names:
            heard.outputs.append(Output("logs", _odd_names_note(odd_names)))
            if on_event is not None:
                on_event(heard.outputs[-1])
        reason = heard.reason or explain(session, heard.error)
        if reason:
            _log.info("Session %s: %s", session_id, reason)
        return Execution(
            outputs=merged(heard.outputs),
            new_session=new,
            ended=_ending(heard),
            error=heard.error,
            reason=reason,
            changed_files=changed,
            duration_seconds=time.monotonic() - began,
        )

    def warm_up(self) -> None:
        """Start and test the zygote now rather than with the first session.

        Raises SandboxUnavailable.
        """
        self._warm_zygote()

    def list_files(self, session_id: str) -> list[FileInfo]:
        """See `Sandbox`."""
        with self._locked_session(session_id) as session:
            return session.list_files()

    def read_file(self, session_id: str, name: str) -> Iterator[bytes]:
        """See `Sandbox`."""
        _check_name(name)
        offset = 0
        # The session is locked for one step at a time, so that a slow reader blocks no other call.
        while True:
            with self._locked_session(session_id) as session:
                data = session.read(name, offset, CHUNK)
                most = session.limits.file_bytes
            if not data:
                return
            offset += len(data)
            # A session can forge a file without end.
            if offset > most:
                raise FileRefused(f"{name} is larger than {most >> 20} MiB")
            yield data

    def write_file(
        self, session_id: str, name: str, chunks: Iterable[bytes], size: int
    ) -> FileInfo:
        """See `Sandbox`."""
        with self._locked_session(session_id) as session:
            _write_in_steps(session, name, chunks, size)
            return session.status(name)

    def close(self, session_id: str) -> None:
        """See `Sandbox`."""
        with self._lock:
            session = self._take_out(session_id)
        if session is not None:
            self._dispose(session)

    def is_open(self, session_id: str) -> bool:
        """See `Sandbox`."""
        with self._lock:
            session = self._sessions.get(session_id)
            return session is not None and session.alive

    def shut_down(self) -> None:
        """End every session and the zygote."""
        self._ended.set()
        if self._watcher is not None:
            self._watcher.join()
        for session_id in list(self._sessions):
            self.close(session_id)
        with self._starting:
            if self._zygote is not None:
                self._zygote.close()
                self._zygote = None

    def _take_out(self, session_id: str) -> Session | None:
        # From now on, the next call starts another session.
        self._watches.pop(session_id, None)
        return self._sessions.pop(session_id, None)

    def _dispose(self, session: Session) -> None:
        session.close()
        if self._zygote is not None:
            self._zygote.release(session.slot)

    def _open(self, session_id: str, limits: Limits) -> tuple[Session, bool]:
        # Returns the session and whether it was started now. Starting takes too long to hold the
        # lock, so `_opening` keeps a second caller from starting the same session.
        with self._changed:
            self._changed.wait_for(lambda: session_id not in self._opening)
            if self.is_open(session_id):
                session = self._sessions[session_id]
                # From now on it is not idle, so `_make_room` cannot choose it.
                session.used_at = time.monotonic()
                return session, False
            self._opening.add(session_id)
        try:
            # A session that died may still hold its user id and descriptors.
            self.close(session_id)
            self._make_room()
            zygote = self._warm_zygote()
            session = self._start_session(zygote, limits)
            with self._changed:
                self._sessions[session_id] = session
                self._watches[session_id] = Watch(session, zygote.warm_bytes)
        finally:
            with self._changed:
                self._opening.remove(session_id)
                self._changed.notify_all()
        return session, True

    def _start_session(self, zygote: Zygote, limits: Limits) -> Session:
        fork = zygote.fork(limits)
        try:
            session = Session(fork, limits)
        except OSError as error:
            zygote.release(fork.slot)
            raise SandboxUnavailable(
                f"A session ended while it was being set up ({error}). Try again."
            ) from error
        if self._config.cgroup is None:
            return session
        try:
            session.group = Group.make(self._config.cgroup, f"session-{fork.init}", limits)
            session.group.add((fork.init, fork.runner))
        except (OSError, SandboxUnavailable):
            session.close()
            zygote.release(fork.slot)
            raise
        return session

    def _warm_zygote(self) -> Zygote:
        with self._starting:
            self._clean_up_dead_zygote()
            if self._zygote is None:
                self._zygote = _start_and_test_zygote(self._config)
                self._zygote_used_at = time.monotonic()
            if self._watcher is None:
                self._watcher = threading.Thread(
                    target=self._watch, name="sandbox-watch", daemon=True
                )
                self._watcher.start()
            return self._zygote

    def _clean_up_dead_zygote(self) -> None:
        if self._zygote is not None and not self._zygote.alive:
            _log.warning("The zygote ended, and all of its sessions with it")
            self._zygote.close()
            self._zygote = None

    def _end_idle_zygote(self) -> None:
        with self._lock:
            # A session that is being opened counts, so no zygote ends while it is asked for one.
            if self._sessions or self._opening:
                self._zygote_used_at = time.monotonic()
                return
        idle = time.monotonic() - self._zygote_used_at
        if self._zygote is not None and idle > self._config.zygote_idle_seconds:
            self._zygote.close()
            self._zygote = None

    def _make_room(self) -> None:
        with self._lock:
            # `_opening` includes the session that needs the room.
            if len(self._sessions) + len(self._opening) <= self._config.max_sessions:
                return
            idle = {key: idle_seconds(one) for key, one in self._sessions.items()}
            oldest = max(idle, key=lambda key: idle[key], default=None)
            used_at = self._sessions[oldest].used_at if oldest else 0.0
        if oldest is None or not idle[oldest]:
            raise SandboxUnavailable(
                f"All {self._config.max_sessions} sessions are busy. "
                "Try again later, or raise the limit."
            )
        self._end_idle(oldest, used_at, "another session needed its place.")

    def _end_idle(self, session_id: str, used_at: float, why: str) -> None:
        with self._lock:
            session = self._sessions.get(session_id)
            # A call may have begun since the caller looked.
            if session is None or session.used_at != used_at:
                return
            self._take_out(session_id)
            self._endings[session_id] = why
            self._endings.move_to_end(session_id)
            if len(self._endings) > _MAX_ENDINGS:
                self._endings.popitem(last=False)
        _log.info("Session %s was ended: %s", session_id, why)
        self._dispose(session)

    def _keep_within_budget(self) -> None:
        watches = {name: one for name, one in list(self._watches.items()) if one.session.alive}
        used_at = {name: watch.session.used_at for name, watch in watches.items()}
        held = {name: watch.held() for name, watch in watches.items()}
        mib = self._most_bytes >> 20
        for name in budget.sessions_to_end(held, self._most_bytes):
            if held[name].idle_seconds:
                why = f"all sessions together had reached their limit of {mib} MiB of memory."
                self._end_idle(name, used_at[name], why)
            else:
                watches[name].session.kill(
                    f"All sessions together reached their limit of {mib} MiB of memory, and this "
                    "one had the most."
                )

    def _watch(self) -> None:
        while not self._ended.wait(self._config.watch_seconds):
            with self._starting:
                self._clean_up_dead_zygote()
                self._end_idle_zygote()
            for session_id, watch in list(self._watches.items()):
                # A session may end while it is measured.
                with contextlib.suppress(OSError):
                    watch.look()
                used_at = watch.session.used_at
                if idle_seconds(watch.session) > self._config.idle_seconds:
                    minutes = self._config.idle_seconds / 60
                    why = f"nothing had used it for {minutes:g} minutes."
                    self._end_idle(session_id, used_at, why)
            self._keep_within_budget()

    @contextlib.contextmanager
    def _locked_session(self, session_id: str) -> Iterator[Session]:
        with self._lock:
            session = self._sessions.get(session_id)
        if session is None or not session.alive:
            raise SessionLost(f"Session {session_id} doesn't exist")
        with session.lock:
            try:
                yield session
            finally:
                session.used_at = time.monotonic()

    @staticmethod
    def _put_inputs(session: Session, files: Sequence[InputFile]) -> None:
        for file in files:
            if session.inputs.get(file.name) != file.digest:
                _write_in_steps(session, file.name, file.open(), file.size)
                session.inputs[file.name] = file.digest


def _start_and_test_zygote(config: SandboxConfig) -> Zygote:
    zygote = Zygote(config)
    try:
        selftest.run(zygote)
    except BaseException:
        zygote.close()
        raise
    return zygote


def _write_in_steps(session: Session, name: str, chunks: Iterable[bytes], size: int) -> None:
    _check_name(name)
    limits = session.limits
    if size > limits.file_bytes:
        raise FileRefused(f"{name} is larger than {limits.file_bytes >> 20} MiB")
    written, first = 0, True
    try:
        for chunk in chunks:
            for start in range(0, len(chunk), CHUNK):
                piece = chunk[start : start + CHUNK]
                session.write(name, piece, first=first)
                written, first = written + len(piece), False
            # `size` is only what the caller announced.
            if written > limits.file_bytes:
                raise FileRefused(f"{name} is larger than {limits.file_bytes >> 20} MiB")
        if first:
            session.write(name, b"", first=True)
    except BaseException:
        # Code must not find half a file and take it for the whole one.
        with contextlib.suppress(FileRefused, SessionLost):
            session.remove(name)
        raise


def _check_name(name: str) -> None:
    if not is_file_name(name):
        raise FileRefused(f"{name!r} is not a valid file name in /mnt/data")


def _odd_names_note(names: Sequence[str]) -> str:
    # The names are escaped, and a session may send long ones.
    shown = [name if len(name) <= _NAME_SHOWN else f"{name[:_NAME_SHOWN]}..." for name in names]
    more = [f"{len(names) - _NAMED} more"] if len(names) > _NAMED else []
    return (
        f"[Files that aren't kept because of their names: {', '.join([*shown[:_NAMED], *more])}. "
        "Rename them: a name can't have line breaks, other characters that aren't shown, or more "
        "than 1,024 characters.]\n"
    )


def _ending(heard: Heard) -> Ending:
    if heard.ok:
        return "ok"
    return "interrupted" if heard.reason else "error"
