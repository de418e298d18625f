"""Runs scripts in the Node that `make clients` installs."""

import subprocess

from tests.clients.environments import NODE
from tests.live import ROOT

# Node warns that no package.json declares static/js to be modules. It detects that by itself.
QUIET = "--disable-warning=MODULE_TYPELESS_PACKAGE_JSON"


def run_node(*arguments: str) -> str:
    """Return the output of Node. If Node fails, fail with that output."""
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
