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
        second, idle = _start(Path(folder), idles=True)
    return [
        ("first start, after installation", f"{first:.1f} s", "< 60 s"),
        ("next start", f"{second:.1f} s", "< 8 s"),
        ("idle memory of all but the model", f"{idle:.0f} MB", "< 400 MB"),
    ]


def _start(folder: Path, *, idles: bool = False) -> tuple[float, float]:
    # The seconds until it answers, and the megabytes that it takes once it idles.
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
        if not idles:
            return took, 0.0
        # The code interpreter's host has tested a zygote, which ends when nobody needs it.
        wait_until(lambda: not _named(launcher.pid, "guest.zygote"), seconds=120)
        return took, _idle_memory(psutil.Process(launcher.pid))
    finally:
        launcher.send_signal(signal.SIGINT)
        launcher.wait(10)


def _idle_memory(launcher: psutil.Process) -> float:
    models = _named(launcher.pid, "model_server")
    return memory([launcher]) - sum(one.memory_full_info().pss for one in models) / 1e6


def _named(launcher: int, word: str) -> list[psutil.Process]:
    children = psutil.Process(launcher).children(recursive=True)
    return [child for child in children if any(word in part for part in child.cmdline())]
