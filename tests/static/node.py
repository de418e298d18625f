"""The Node of `make clients`, for tests of scripts."""

import subprocess

from tests.clients.environments import NODE
from tests.live import ROOT

# Own modules have no package.json that says what they are: Node finds out, and need not mention it.
QUIET = "--disable-warning=MODULE_TYPELESS_PACKAGE_JSON"


def run_node(*arguments: str) -> str:
    """Return what Node prints. A failure shows all of it."""
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
