"""Creates environments and fills them: with uv, or with pip where uv can't be had."""

import contextlib
import importlib.util
import os
import shutil
import signal
import subprocess
import sys
import threading
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from installer.environments import PROJECT, UNFINISHED, UV, VENV, Environment, InstallError
from installer.package_index import is_on, pip_settings, uv_environment
from installer.progress import Progress
from installer.steps import Steps

LINES_SHOWN = 20
PIP = ("-m", "pip", "--disable-pip-version-check", "--no-input")
NO_VENV = (
    "Python's venv module is missing. On Debian and Ubuntu, run `apt install python3-venv`, then "
    "run the same command again."
)
# Code in the sandbox runs as users of its own, who must be able to read the packages.
UMASK = 0o022


class Installer:
    """Brings environments up to date, side by side.

    `compile_later`: the launcher comes next, and makes bytecode once the page is up.
    """

    def __init__(self, steps: Steps, *, compile_later: bool) -> None:
        self._steps = steps
        self._compile_later = compile_later
        self._lock = threading.Lock()
        self._children: set[subprocess.Popen[str]] = set()
        self._stopping = False
        self._use_pip = os.environ.get("INSTALLER") == "pip"
        self._uv_environ: dict[str, str] = {}
        self._uv_options: list[str] = []

    def run(self, wanted: list[Environment]) -> None:
        """Install what is missing or out of date. Raises InstallError."""
        missing = [each for each in wanted if not each.is_current()]
        try:
            if missing:
                self._install_all(missing)
        except BaseException:
            self._stop()
            raise

    def _install_all(self, missing: list[Environment]) -> None:
        new = not (VENV / "bin" / "python").exists()
        with self._steps.step("Creating the Python environment" if new else "Preparing uv"):
            self._create(VENV, with_pip=True)
            self._prepare_uv()
        count = sum(each.package_count() for each in missing)
        packages = "1 package" if count == 1 else f"{count} packages"
        with self._steps.step(f"Installing {packages}") as step:
            progress = Progress(step.progress, count)
            folders: dict[Path, list[Environment]] = {}
            for each in missing:
                folders.setdefault(each.folder, []).append(each)
            # One folder waits for the network while another unpacks.
            with ThreadPoolExecutor(len(folders)) as pool:
                try:
                    for done in [
                        pool.submit(self._fill, folder, each, progress)
                        for folder, each in folders.items()
                    ]:
                        done.result()
                except BaseException:
                    self._stop()  # else leaving the block would wait for the other folders
                    raise

    def _create(self, folder: Path, *, with_pip: bool = False) -> None:
        unfinished = folder / UNFINISHED
        if (folder / "bin" / "python").exists() and not unfinished.exists():
            return
        if with_pip and importlib.util.find_spec("ensurepip") is None:
            raise InstallError(NO_VENV)
        # An interrupted install may leave half a package that passes for a whole one.
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        unfinished.touch()
        python = sys.executable if with_pip else str(VENV / "bin" / "python")
        self._call([python, "-m", "venv", *([] if with_pip else ["--without-pip"]), str(folder)])
        unfinished.unlink()

    def _prepare_uv(self) -> None:
        if self._use_pip:
            return
        python = str(VENV / "bin" / "python")
        try:
            pip = pip_settings(self._call([python, *PIP, "config", "list"]))
            if not UV.is_current():
                hashed = ("install", "--require-hashes", "-r", str(UV.lists[0]))
                self._call([python, *PIP, *hashed])
                UV.stamp.write_text(UV.fingerprint(), encoding="utf-8")
        except InstallError:
            self._fall_back("uv isn't available here")
            return
        self._uv_environ = uv_environment(pip, os.environ)
        if is_on(pip, "no-index"):
            self._uv_options = ["--no-index"]

    def _fill(self, folder: Path, environments: list[Environment], progress: Progress) -> None:
        if not environments[0].target:
            self._create(folder)
        folder.mkdir(parents=True, exist_ok=True)
        environments[0].unfinished.touch()
        for each in environments:
            for path in each.lists:
                self._install(each, path, progress)
            if each.first_imports:
                self._import(each)
        self._compile(environments)
        for each in environments:
            each.stamp.write_text(each.fingerprint(), encoding="utf-8")
        environments[0].unfinished.unlink(missing_ok=True)

    def _install(self, each: Environment, path: Path, progress: Progress) -> None:
        if not self._use_pip:
            try:
                self._call(self._uv_command(each, path), progress, self._uv_environ)
                return
            except InstallError:
                self._fall_back("uv couldn't install the packages")
        try:
            if each.exact and not each.target:
                shutil.rmtree(each.folder, ignore_errors=True)
                self._create(each.folder)
                each.unfinished.touch()
            self._call(_pip_command(each, path), progress)
        except InstallError as error:
            raise InstallError(
                f"Couldn't install {path.relative_to(PROJECT)}. pip said:\n{error}\n"
                "Check that pip can reach your package index, then run the same command again."
            ) from error

    def _uv_command(self, each: Environment, path: Path) -> list[str]:
        where = ["--target", str(each.folder)] if each.target else []
        return [
            *(str(VENV / "bin" / "uv"), "pip", "install", "--python", str(each.python)),
            *("--require-hashes", "-r", str(path), *self._uv_options, *where),
            # Links would share the modes of the cache's files, which may be closed to others.
            *(["--link-mode", "copy"] if each.read_by_others else []),
            *(["--exact"] if each.exact and not each.target else []),
            *(["--no-deps"] if path in each.without_deps else []),
        ]

    def _import(self, each: Environment) -> None:
        environ = {**os.environ, "MPLCONFIGDIR": str(each.folder / "matplotlib")}
        # Containers often set it, and then this would leave nothing behind.
        environ.pop("PYTHONDONTWRITEBYTECODE", None)
        self._call([str(each.python), "-c", each.first_imports], environ=environ)

    def _compile(self, environments: list[Environment]) -> None:
        # It takes longer than to download and unpack everything, so a start leaves it for later.
        for each in environments:
            each.compiled_stamp.unlink(missing_ok=True)
        each = environments[-1]
        if each.compiled and not self._compile_later:
            with contextlib.suppress(InstallError):  # some packages ship files of Python 2
                self._call(each.compile_command())
            each.compiled_stamp.touch()

    def _fall_back(self, why: str) -> None:
        if self._stopping:
            raise InstallError("Stopped.")
        with self._lock:
            first, self._use_pip = not self._use_pip, True
        if first:
            self._steps.note(f"{why}, so pip does it. That takes about three times as long.")

    def _stop(self) -> None:
        with self._lock:
            self._stopping = True
            for child in self._children:
                # With what it has started, such as the build of a package.
                with contextlib.suppress(ProcessLookupError):
                    os.killpg(child.pid, signal.SIGTERM)

    def _call(
        self,
        words: list[str],
        progress: Progress | None = None,
        environ: Mapping[str, str] | None = None,
    ) -> str:
        """Run a command and return its output. Raises InstallError with its last lines."""
        child = self._start(words, environ)
        lines = []
        assert child.stdout is not None
        with child.stdout:
            for line in child.stdout:
                lines.append(line)
                if progress is not None:
                    progress.read(line)
        status = child.wait()
        with self._lock:
            self._children.discard(child)
        if status != 0:
            raise InstallError("".join(lines[-LINES_SHOWN:]).rstrip())
        return "".join(lines)

    def _start(
        self, words: list[str], environ: Mapping[str, str] | None
    ) -> "subprocess.Popen[str]":
        with self._lock:
            if self._stopping:
                raise InstallError("Stopped.")
            try:
                child = subprocess.Popen(
                    words,
                    cwd=PROJECT,
                    env=environ,
                    stdin=subprocess.DEVNULL,
                    stdout=subprocess.PIPE,
                    stderr=subprocess.STDOUT,
                    text=True,
                    errors="replace",
                    umask=UMASK,
                    process_group=0,
                )
            except OSError as error:
                raise InstallError(f"{words[0]}: {error.strerror}") from error
            self._children.add(child)
            return child


def _pip_command(each: Environment, path: Path) -> list[str]:
    elsewhere = not each.target and each.folder != VENV
    return [
        *(str(VENV / "bin" / "python"), *PIP),
        *(["--python", str(each.python)] if elsewhere else []),
        *("install", "--progress-bar", "off", "--no-compile", "--require-hashes", "-r", str(path)),
        *(["--target", str(each.folder)] if each.target else []),
        *(["--no-deps"] if path in each.without_deps else []),
    ]
