"""The scripted provider as a process of its own."""

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager

from tests.live import ROOT


@contextmanager
def scripted_provider() -> Iterator[str]:
    """Its base URL, while the block lasts."""
    provider = subprocess.Popen(
        [sys.executable, "-m", "tests.fakes.provider"], cwd=ROOT, stdout=subprocess.PIPE, text=True
    )
    assert provider.stdout is not None
    try:
        yield provider.stdout.readline().strip()
    finally:
        provider.kill()
        provider.wait()
