"""Before any code of a model runs: is a session really held? What is not certain is refused."""

import os
from pathlib import Path

from assistants_app.sandbox.limits import Limits
from assistants_app.sandbox.protocol import SandboxUnavailable, SessionLost
from assistants_app.sandbox.session import Session
from assistants_app.sandbox.zygote import Fork, Zygote

_NAMESPACES = ("cgroup", "ipc", "mnt", "net", "pid", "user", "uts")
_CAPABILITIES = ("CapInh", "CapPrm", "CapEff", "CapBnd", "CapAmb")
_PROBE = """
import ctypes, os, socket
held = []
try:
    socket.socket(socket.AF_INET)
except OSError:
    held.append("network")
if ctypes.CDLL(None).unshare(0x10000000) == -1:
    held.append("namespaces")
try:
    open("/probe", "w")
except OSError:
    held.append("files")
print(*held)
"""


class _Never:
    def is_set(self) -> bool:
        return False


def run(zygote: Zygote) -> None:
    """Raises SandboxUnavailable with what does not hold."""
    limits = Limits(wall_seconds=20)
    fork = zygote.fork(limits)
    session = Session(fork, limits)
    try:
        faults = _seen_from_outside(fork) + _felt_from_inside(session, limits)
    except (OSError, SessionLost) as error:
        faults = [f"the self-test ended with {error}"]
    finally:
        session.close()
        zygote.release(fork.slot)
    if faults:
        raise SandboxUnavailable(
            f"The sandbox does not hold here, so no code runs ({', '.join(faults)}): "
            "name a remote interpreter host."
        )


def _seen_from_outside(fork: Fork) -> list[str]:
    lines = Path(f"/proc/{fork.runner}/status").read_text().splitlines()
    status = dict(line.split(":\t", 1) for line in lines if ":\t" in line)
    faults = [
        f"the {name} namespace is shared"
        for name in _NAMESPACES
        if _namespace(fork.runner, name) == _namespace(os.getpid(), name)
    ]
    if "0" in status["Uid"].split() or "0" in status["Gid"].split():
        faults.append("it runs as root")
    if any(int(status[name], 16) for name in _CAPABILITIES):
        faults.append("it has capabilities")
    if status["NoNewPrivs"].strip() != "1" or status["Seccomp"].strip() != "2":
        faults.append("the filter of system calls is not active")
    links = Path(f"/proc/{fork.runner}/net/dev").read_text().splitlines()[2:]
    if any(not link.strip().startswith("lo:") for link in links):
        faults.append("it has a network")
    return faults


def _felt_from_inside(session: Session, limits: Limits) -> list[str]:
    heard = session.execute(_PROBE, limits, None, _Never())
    said = "".join(output.text for output in heard.outputs).split()
    return [
        f"it may reach {name}" for name in ("network", "namespaces", "files") if name not in said
    ]


def _namespace(process: int, name: str) -> str:
    return str(Path(f"/proc/{process}/ns/{name}").readlink())
