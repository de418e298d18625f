"""The environments: their folders, and the hash-pinned lists they are made from."""

import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

PROJECT = Path(__file__).resolve().parent.parent
LISTS = PROJECT / "requirements"
CLIENT_LISTS = PROJECT / "tests" / "clients" / "requirements"
VENV = PROJECT / ".venv"
SANDBOX = PROJECT / ".sandbox"
# Beside it and not in it, because one is installed while the other is in use.
SANDBOX_MORE = PROJECT / ".sandbox-more"
CLIENTS = PROJECT / ".clients"
# Part of every stamp. Raise it when the way of installing changes, and everything is redone.
RECIPE = "1"
UNFINISHED = ".installing"
# What an interpreter host imports before it forks sessions, which can't write bytecode themselves.
# matplotlib also makes its list of fonts here, once for all sessions.
SANDBOX_IMPORTS = "import IPython, matplotlib.font_manager, matplotlib.pyplot, numpy, pandas"


class InstallError(Exception):
    """Why something can't be installed, in words for the person who ran make."""


@dataclass(frozen=True)
class Environment:
    """A folder of packages.

    - `without_deps`: lists whose packages come without their dependencies.
    - `exact`: packages that no list names are removed.
    - `target`: a plain folder of packages instead of a virtual environment.
    - `first_imports`: a statement that is run once, so that its modules have bytecode.
    - `read_by_others`: users who can't read the package cache import its packages.
    - `compiled`: all of its modules should get bytecode.
    """

    name: str
    folder: Path
    lists: tuple[Path, ...]
    without_deps: frozenset[Path] = frozenset()
    exact: bool = True
    target: bool = False
    first_imports: str = ""
    read_by_others: bool = False
    compiled: bool = False

    @property
    def python(self) -> Path:
        return (VENV if self.target else self.folder) / "bin" / "python"

    @property
    def stamp(self) -> Path:
        """The file that holds the fingerprint of the lists that were installed."""
        return self.folder / f".installed-{self.name}"

    @property
    def unfinished(self) -> Path:
        """The file that exists during an install, and after an interrupted one."""
        return self.folder / UNFINISHED

    @property
    def compiled_stamp(self) -> Path:
        """The file that says that all modules have bytecode."""
        return self.folder / ".compiled"

    def compile_command(self) -> list[str]:
        """Return the command that makes the bytecode of all modules; the folder may be in use."""
        return [str(self.python), "-m", "compileall", "-q", str(self.folder / "lib")]

    def fingerprint(self) -> str:
        """Return what the stamp of a current environment holds."""
        content = b"\0".join(path.read_bytes() for path in self.lists)
        return f"{RECIPE} {hashlib.sha256(content).hexdigest()}\n"

    def is_current(self) -> bool:
        """Return whether the environment is complete and made from the lists as they are now."""
        if self.unfinished.exists() or not self.python.exists():
            return False
        try:
            return self.stamp.read_text(encoding="utf-8") == self.fingerprint()
        except OSError:
            return False

    def package_count(self) -> int:
        """Return the number of packages on the lists."""
        pinned = re.compile(r"^[\w.-]+==", re.MULTILINE)
        return sum(len(pinned.findall(path.read_text(encoding="utf-8"))) for path in self.lists)


UV = Environment("uv", VENV, (LISTS / "uv.txt",), exact=False)
# The bundled model's package declares dependencies that only its own command line needs.
MODEL_LIST = LISTS / "model.txt"
APP = Environment(
    "app",
    VENV,
    (LISTS / "app.txt", MODEL_LIST),
    without_deps=frozenset({MODEL_LIST}),
    exact=False,
    compiled=True,
)
DEV = Environment("dev", VENV, (LISTS / "dev.txt",), exact=False, compiled=True)
CODE = Environment(
    "sandbox",
    SANDBOX,
    (LISTS / "sandbox.txt",),
    first_imports=SANDBOX_IMPORTS,
    read_by_others=True,
    compiled=True,
)
# Too large to wait for before the first page. Their dependencies are in the list above.
MORE_CODE_LIST = LISTS / "sandbox-more.txt"
MORE_CODE = Environment(
    "sandbox-more",
    SANDBOX_MORE,
    (MORE_CODE_LIST,),
    without_deps=frozenset({MORE_CODE_LIST}),
    target=True,
    read_by_others=True,
)


def named(names: Sequence[str]) -> list[Environment]:
    """Return the environments that the arguments stand for. Raises InstallError."""
    clients = _clients()
    node = [environment for environment in clients if environment.name == "node"]
    groups = {
        "app": [APP],
        "dev": [APP, DEV],
        "sandbox": [CODE],
        "sandbox-more": [CODE, MORE_CODE],
        "node": node,
        "clients": clients,
    }
    for name in names:
        if name not in groups:
            raise InstallError(f"There is no environment {name}. Choose from {', '.join(groups)}.")
    return list(dict.fromkeys(each for name in names for each in groups[name]))


def _clients() -> list[Environment]:
    # Node itself is a package, and goes into a plain folder.
    return [
        Environment(path.stem, CLIENTS / path.stem, (path,), target=path.stem == "node")
        for path in sorted(CLIENT_LISTS.glob("*.txt"))
    ]
