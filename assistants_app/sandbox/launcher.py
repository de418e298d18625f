"""As root: stage the parts where another user can reach them, become that user, start bubblewrap.

A script of its own (`python -I launcher.py JSON`), since it changes its mount namespace. The JSON
has `uid`, `sources` (paths) and `argv`, where `@3` stands for the staged `sources[3]`.
"""

import ctypes
import json
import os
import sys
from pathlib import Path

_NEW_MOUNTS = 0x20000
_BIND, _RECURSIVE, _PRIVATE = 1 << 12, 1 << 14, 1 << 18
_STAGE = "/tmp"

_libc = ctypes.CDLL(None, use_errno=True)


def main() -> None:
    """Never returns, unless starting fails."""
    order = json.loads(sys.argv[1])
    sources = _stage(order["sources"])
    argv = [_placed(argument, sources) for argument in order["argv"]]
    os.chdir("/")
    os.setgroups([])
    os.setresgid(order["uid"], order["uid"], order["uid"])
    os.setresuid(order["uid"], order["uid"], order["uid"])
    os.execve(argv[0], argv, {"PATH": "/usr/bin:/bin"})


def _stage(sources: list[str]) -> list[str]:
    """Bind each source below a fresh file system that only this process sees.

    Where root may not mount, the sources stay where they are and must be readable there.
    """
    if _libc.unshare(_NEW_MOUNTS) < 0:
        return sources
    _mount(None, "/", None, _RECURSIVE | _PRIVATE)
    # Opened before the stage covers them.
    descriptors = [os.open(source, os.O_PATH) for source in sources]
    _mount(b"tmpfs", _STAGE, b"tmpfs", 0)
    staged = []
    for number, descriptor in enumerate(descriptors):
        target = Path(_STAGE, str(number))
        if Path(f"/proc/self/fd/{descriptor}").is_dir():
            target.mkdir()
        else:
            target.touch()
        _mount(f"/proc/self/fd/{descriptor}".encode(), str(target), None, _BIND)
        staged.append(str(target))
        os.close(descriptor)
    Path(_STAGE).chmod(0o755)
    return staged


def _placed(argument: str, sources: list[str]) -> str:
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
