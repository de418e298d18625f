"""As root: stage the parts where another user can reach them, become that user, start bubblewrap.

A script of its own (`python -I launcher.py JSON`), since it changes its mount namespace. The JSON
has `uid`, `sources` (paths), `copies` (numbers of those that are copied) and `argv`, where `@3`
stands for the staged `sources[3]`; so does `libraries`, where bubblewrap finds its own.
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
    """Never returns, unless starting fails."""
    order = json.loads(sys.argv[1])
    sources = _stage(order["sources"], set(order["copies"]))
    environment = {"PATH": "/usr/bin:/bin"}
    if order["libraries"]:
        environment["LD_LIBRARY_PATH"] = _placed(order["libraries"], sources)
    argv = [_placed(argument, sources) for argument in order["argv"]]
    os.chdir("/")
    os.setgroups([])
    os.setresgid(order["uid"], order["uid"], order["uid"])
    os.setresuid(order["uid"], order["uid"], order["uid"])
    os.execve(argv[0], argv, environment)


def _stage(sources: list[str], copies: set[int]) -> list[str]:
    """Bind or copy each source below a fresh file system that only this process sees.

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
    """Readable by everyone, and a program if it was one."""
    if source.is_dir():
        target.mkdir()
        for entry in source.iterdir():
            if entry.is_file():
                _copy(entry, target / entry.name)
    else:
        shutil.copyfile(source, target)
    target.chmod(0o755)


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
