"""The self-test that precedes all model-written code: is a session really isolated?"""

import os
from pathlib import Path

from assistants_app.sandbox.limits import Limits
from assistants_app.sandbox.protocol import SandboxUnavailable, SessionLost
from assistants_app.sandbox.session import Session
from assistants_app.sandbox.zygote import Fork, Zygote

_NAMESPACES = ("cgroup", "ipc", "mnt", "net", "pid", "user", "uts")
_CAPABILITIES = ("CapInh", "CapPrm", "CapEff", "CapBnd", "CapAmb")
# Prints a word for each thing that the kernel refused; `_LEAKS` has the words that must appear.
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


_LEAKS = {
    "network": "it can open network sockets",
    "namespaces": "it can create namespaces",
    "files": "it can write to the root folder",
}


class _NeverStop:
    def is_set(self) -> bool:
        return False


def run(zygote: Zygote) -> None:
    """Check that a session is isolated. Raises SandboxUnavailable and names each fault."""
    limits = Limits(wall_seconds=20)
    fork = zygote.fork(limits)
    session = Session(fork, limits)
    try:
        faults = _check_from_outside(fork) + _check_from_inside(session, limits)
    except (OSError, SessionLost) as error:
        # Isolation that cannot be confirmed counts as missing.
        faults = [f"the self-test failed: {error}"]
    finally:
        session.close()
        zygote.release(fork.slot)
    if faults:
        raise SandboxUnavailable(
            f"The sandbox isn't secure on this machine, so no code can run ({', '.join(faults)}). "
            "Use a remote interpreter host instead."
        )


def _check_from_outside(fork: Fork) -> list[str]:
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
        faults.append("the system call filter is not active")
    links = Path(f"/proc/{fork.runner}/net/dev").read_text().splitlines()[2:]
    if any(not link.strip().startswith("lo:") for link in links):
        faults.append("it has a network")
    return faults


# Some faults show only when they are tried, such as a namespace that the kernel still grants.


def _check_from_inside(session: Session, limits: Limits) -> list[str]:
    heard = session.execute(_PROBE, limits, None, _NeverStop())
    refused = "".join(output.text for output in heard.outputs).split()
    return [fault for name, fault in _LEAKS.items() if name not in refused]


def _namespace(process: int, name: str) -> str:
    return str(Path(f"/proc/{process}/ns/{name}").readlink())
