"""How long `python -m playground.embedded` takes until it answers, the first time and the next."""

import os
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import httpx2
import psutil

from tests.bench.measures import Row, memory
from tests.live import API_KEY, ROOT, free_port, wait_until


def start_up() -> list[Row]:
    """Both starts with the bundled model, and the idle memory of everything but it."""
    with tempfile.TemporaryDirectory(prefix="bench-", dir="/tmp") as folder:
        first, _ = _start(Path(folder))
        second, idle = _start(Path(folder))
    return [
        ("first start, after installation", f"{first:.1f} s", "< 60 s"),
        ("next start", f"{second:.1f} s", "< 8 s"),
        ("idle memory of all but the model", f"{idle:.0f} MB", "< 450 MB"),
    ]


def _start(folder: Path) -> tuple[float, float]:
    port = free_port()
    keep = ("PATH", "HOME", "LANG")
    environment = {name: os.environ[name] for name in keep if name in os.environ}
    environment |= {"PORT": str(port), "DATA_DIR": str(folder), "BOOTSTRAP_API_KEY": API_KEY}
    started = time.perf_counter()
    launcher = subprocess.Popen(
        [sys.executable, "-m", "playground.embedded"],
        cwd=ROOT,
        env=environment,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )

    def answers() -> bool:
        headers = {"Authorization": f"Bearer {API_KEY}"}
        try:
            url = f"http://127.0.0.1:{port}/v1/models"
            return httpx2.get(url, headers=headers, timeout=5).status_code == 200
        except httpx2.HTTPError:
            return False

    try:
        wait_until(answers, seconds=90)
        took = time.perf_counter() - started
        time.sleep(3)  # idle, not still starting
        return took, _idle_memory(psutil.Process(launcher.pid))
    finally:
        launcher.send_signal(signal.SIGINT)
        launcher.wait(10)


def _idle_memory(launcher: psutil.Process) -> float:
    models = [
        child
        for child in launcher.children(recursive=True)
        if any("model_server" in word for word in child.cmdline())
    ]
    return memory([launcher]) - sum(one.memory_full_info().pss for one in models) / 1e6
