"""`python -m installer` on a small project with a package of its own, out of a local folder."""

import hashlib
import os
import shutil
import signal
import subprocess
import sys
import zipfile
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from installer.environments import UV
from tests.live import ROOT, wait_until

SECONDS = 90


@dataclass(frozen=True)
class Small:
    """A project whose lists name one small package, which is in its folder `wheels`."""

    folder: Path

    @property
    def wheels(self) -> Path:
        return self.folder / "wheels"

    @property
    def venv(self) -> Path:
        return self.folder / ".venv"

    def popen(self, *arguments: str, **environ: str) -> "subprocess.Popen[str]":
        base = {name: value for name, value in os.environ.items() if not name.startswith("UV_")}
        index = {"PIP_NO_INDEX": "1", "PIP_FIND_LINKS": str(self.wheels)}
        own = {"PIP_CONFIG_FILE": os.devnull, "UV_CACHE_DIR": str(self.folder / "cache")}
        return subprocess.Popen(
            [sys.executable, "-m", "installer", *arguments],
            cwd=self.folder,
            env={**base, **index, **own, **environ},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )

    def install(self, *arguments: str, status: int = 0, **environ: str) -> str:
        """Return the output of an install that ends with `status`."""
        process = self.popen(*arguments, **environ)
        output, _ = process.communicate(timeout=SECONDS)
        assert process.returncode == status, output
        return output

    def version(self) -> str:
        """Return the version of the small package that is installed."""
        code = "import importlib.metadata as m; print(m.version('small'))"
        done = subprocess.run(
            [str(self.venv / "bin" / "python"), "-c", code], capture_output=True, text=True
        )
        return done.stdout.strip()

    def offer(self, version: str, *, wrong_hash: bool = False) -> None:
        """Make a wheel of `version`, and pin it in both lists of the app."""
        wheel = self.wheels / f"small-{version}-py3-none-any.whl"
        info = f"small-{version}.dist-info"
        with zipfile.ZipFile(wheel, "w") as archive:
            archive.writestr("small.py", f"VERSION = '{version}'\n")
            archive.writestr(
                f"{info}/METADATA", f"Metadata-Version: 2.1\nName: small\nVersion: {version}\n"
            )
            archive.writestr(
                f"{info}/WHEEL",
                "Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
            )
            archive.writestr(f"{info}/RECORD", f"small.py,,\n{info}/METADATA,,\n{info}/RECORD,,\n")
        digest = "0" * 64 if wrong_hash else hashlib.sha256(wheel.read_bytes()).hexdigest()
        pin = f"small=={version} \\\n    --hash=sha256:{digest}\n"
        for name in ("app.txt", "model.txt"):
            (self.folder / "requirements" / name).write_text(pin)


@pytest.fixture(scope="module")
def first(tmp_path_factory: pytest.TempPathFactory) -> tuple[Small, str]:
    """A project after its first install, where uv can't be had; and what that has written."""
    folder = tmp_path_factory.mktemp("project")
    shutil.copytree(
        ROOT / "installer", folder / "installer", ignore=shutil.ignore_patterns("__pycache__")
    )
    (folder / "requirements").mkdir()
    (folder / "wheels").mkdir()
    shutil.copy(ROOT / "requirements" / "uv.txt", folder / "requirements")
    project = Small(folder)
    project.offer("1.0")
    return project, project.install("app", "--", "platform")


@pytest.fixture
def small(first: tuple[Small, str], tmp_path: Path) -> Small:
    """A copy of that project, with the uv of the tests' own environment."""
    folder = tmp_path / "project"
    shutil.copytree(first[0].folder, folder, symlinks=True)
    shutil.copy(Path(sys.executable).with_name("uv"), folder / ".venv" / "bin" / "uv")
    pinned = replace(UV, lists=(folder / "requirements" / "uv.txt",))
    (folder / ".venv" / UV.stamp.name).write_text(pinned.fingerprint())
    return Small(folder)


def test_pip_installs_where_uv_cannot_be_had(first: tuple[Small, str]) -> None:
    project, output = first
    assert "uv isn't available here, so pip does it." in output
    assert project.version() == "1.0"
    assert project.install("app") == ""  # nothing to do, nothing to say


def test_pip_installs_where_uv_fails(small: Small) -> None:
    small.offer("2.0")
    output = small.install("app", UV_FIND_LINKS="/nowhere")
    assert "uv couldn't install the packages, so pip does it." in output
    assert small.version() == "2.0"


def test_uv_installs_what_a_changed_list_names(small: Small) -> None:
    small.offer("2.0")
    output = small.install("app")
    assert "pip does it" not in output
    assert "[2/2] Installing 2 packages ..." in output
    assert small.version() == "2.0"


def test_a_wrong_hash_is_refused_by_both(small: Small) -> None:
    small.offer("2.0", wrong_hash=True)
    output = small.install("app", status=1)
    assert "Couldn't install requirements/app.txt. pip said:" in output
    assert "Traceback" not in output
    assert small.version() == "1.0"


def test_an_interrupted_install_is_redone_from_nothing(small: Small) -> None:
    small.offer("2.0")
    (small.venv / "half").touch()
    # A uv that takes its time, to be interrupted in the middle.
    (small.venv / "bin" / "uv").write_text("#!/bin/sh\nsleep 60\n")
    process = small.popen("app")
    wait_until(lambda: (small.venv / ".installing").exists())
    process.send_signal(signal.SIGINT)
    output, _ = process.communicate(timeout=SECONDS)
    assert process.returncode == 130
    assert "Stopped. Run the same command again to continue." in output
    small.install("app", INSTALLER="pip")
    assert small.version() == "2.0"
    assert not (small.venv / "half").exists()


def test_half_an_environment_without_pip_is_made_again(small: Small) -> None:
    shutil.rmtree(small.venv)
    (small.venv / "bin").mkdir(parents=True)
    (small.venv / "bin" / "python").symlink_to(sys.executable)
    (small.venv / ".installing").touch()
    small.install("app", INSTALLER="pip")
    assert small.version() == "1.0"


def test_a_module_runs_next_and_learns_which_steps_are_done(small: Small) -> None:
    code = "import os, sys; print(os.environ['STEPS_DONE'], sys.argv[1:])"
    (small.folder / "next.py").write_text(code)
    assert small.install("app", "--", "next", "dev") == "0 ['dev']\n"
    small.offer("2.0")
    output = small.install("app", "--", "next")
    assert "[1/4] Preparing uv" in output
    assert output.endswith("2 []\n")


def test_an_unknown_environment_is_one_sentence(small: Small) -> None:
    assert small.install("nothing", status=1).startswith("There is no environment nothing.")
