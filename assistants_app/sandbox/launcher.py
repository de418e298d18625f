"""Stage the sandbox's parts as root, become an unprivileged user, then start bubblewrap.

A script of its own (`python -I launcher.py JSON`) because it changes its mount namespace. The JSON
has `uid`, `sources` (paths on the host), `copies` (indexes of sources to copy), `argv`, and
`libraries` (the folder of bubblewrap's shared library, or ""). In the last two, `@3` stands for the
staged `sources[3]`.
"""

import ctypes
import json
import os
import shutil
import sys
from pathlib import Path

_NEW_MOUNTS = 0x20000
_BIND, _RECURSIVE, _PRIVATE = 1 << 12, 1 << 14, 1 << 18
_STAGE = "/tmp"

_libc = ctypes.CDLL(None, use_errno=True)


def main() -> None:
    """Become bubblewrap; returns only by raising."""
    request = json.loads(sys.argv[1])
    sources = _stage(request["sources"], set(request["copies"]))
    environment = {"PATH": "/usr/bin:/bin"}
    if request["libraries"]:
        environment["LD_LIBRARY_PATH"] = _resolve(request["libraries"], sources)
    argv = [_resolve(argument, sources) for argument in request["argv"]]
    os.chdir("/")
    # The user id comes last: without root, the groups could no longer be changed.
    os.setgroups([])
    os.setresgid(request["uid"], request["uid"], request["uid"])
    os.setresuid(request["uid"], request["uid"], request["uid"])
    os.execve(argv[0], argv, environment)


def _stage(sources: list[str], copies: set[int]) -> list[str]:
    # The sources may lie below /root, where no other user can reach them. So each is bound or
    # copied below a tmpfs that only this process and its children see.
    if _libc.unshare(_NEW_MOUNTS) < 0:
        # In a container root may not be allowed to mount. The sources must be readable in place.
        return sources
    # Keeps the mounts below from reaching the host's own mount namespace.
    _mount(None, "/", None, _RECURSIVE | _PRIVATE)
    # Opened before the tmpfs covers sources in /tmp.
    descriptors = [os.open(source, os.O_PATH) for source in sources]
    _mount(b"tmpfs", _STAGE, b"tmpfs", 0)
    staged = []
    for number, descriptor in enumerate(descriptors):
        target = Path(_STAGE, str(number))
        source = Path(f"/proc/self/fd/{descriptor}")
        if number in copies:
            _copy(source, target)
        else:
            target.mkdir() if source.is_dir() else target.touch()
            _mount(str(source).encode(), str(target), None, _BIND)
        staged.append(str(target))
        os.close(descriptor)
    Path(_STAGE).chmod(0o755)
    return staged


def _copy(source: Path, target: Path) -> None:
    if source.is_dir():
        target.mkdir()
        for entry in source.iterdir():
            if entry.is_file():
                _copy(entry, target / entry.name)
    else:
        shutil.copyfile(source, target)
    # Readable by everyone, and executable in case the source is a program.
    target.chmod(0o755)


def _resolve(argument: str, sources: list[str]) -> str:
    if not argument.startswith("@"):
        return argument
    number, slash, rest = argument[1:].partition("/")
    return sources[int(number)] + slash + rest


def _mount(source: bytes | None, target: str, kind: bytes | None, flags: int) -> None:
    if _libc.mount(source, target.encode(), kind, flags, None) < 0:
        number = ctypes.get_errno()
        raise OSError(number, f"{os.strerror(number)}: mount {target}")


if __name__ == "__main__":
    main()
