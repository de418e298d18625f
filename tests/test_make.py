"""The targets of make: each is explained, and CONTRIBUTING.md shows them as they are."""

import re
import subprocess

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
