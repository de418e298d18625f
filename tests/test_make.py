"""The targets of make: each is explained, and CONTRIBUTING.md shows them as they are."""

import os
import re
import subprocess
from pathlib import Path

import pytest

from tests.live import ROOT


def make_help() -> str:
    """What `make help` prints."""
    done = subprocess.run(
        ["make", "--no-print-directory", "help"],
        cwd=ROOT,
        check=True,
        capture_output=True,
        text=True,
    )
    return done.stdout


def test_help_explains_every_target() -> None:
    phony = re.search(r"^\.PHONY: (.+)$", (ROOT / "Makefile").read_text(), re.MULTILINE)
    assert phony is not None
    explained = set(re.findall(r"^make ([\w-]+) +\S.*\.$", make_help(), re.MULTILINE))
    assert explained == set(phony[1].split())


def test_contributing_shows_the_targets_as_they_are() -> None:
    assert f"```\n{make_help()}```" in (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")


def test_the_default_target_is_run() -> None:
    done = subprocess.run(["make", "-n"], cwd=ROOT, check=True, capture_output=True, text=True)
    assert "playground.embedded" in done.stdout
    assert "playground.embedded dev" not in done.stdout


@pytest.mark.parametrize(
    ("fast", "others", "passes"), [(0, 0, True), (1, 0, False), (0, 1, False), (1, 1, False)]
)
def test_both_phases_of_the_tests_run_and_each_can_fail_them(
    tmp_path: Path, fast: int, others: int, passes: bool
) -> None:
    runner = tmp_path / "python"
    runner.write_text(
        '#!/bin/sh\ncase "$*" in\n'
        f'*"not ("*) echo fast; exit {fast};;\n*) echo others; exit {others};;\nesac\n'
    )
    runner.chmod(0o755)
    prepared = [f"--old-file={step}" for step in ("python", "chromium", "clients", "check")]
    done = subprocess.run(
        ["make", "--no-print-directory", *prepared, f"BIN={tmp_path}", "INSTALL=true", "test"],
        cwd=ROOT,
        # `make test` passes its own flags on to the tests that it runs.
        env={name: value for name, value in os.environ.items() if not name.startswith("MAKE")},
        capture_output=True,
        text=True,
    )
    printed = done.stdout.splitlines()
    assert (printed[0], printed[-1]) == ("fast", "others")
    assert (done.returncode == 0) is passes
