"""The Node that `make clients` installs, for tests of scripts."""

import subprocess

from tests.clients.environments import NODE
from tests.live import ROOT

# Our modules have no package.json with their type. Node finds out, and would warn about it.
QUIET = "--disable-warning=MODULE_TYPELESS_PACKAGE_JSON"


def run_node(*arguments: str) -> str:
    """Return what Node prints, or fail with it."""
    assert NODE.exists(), f"{NODE} is missing: run `make clients`"
    done = subprocess.run(
        [str(NODE), QUIET, *arguments],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout
    return done.stdout
