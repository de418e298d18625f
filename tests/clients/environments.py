"""The environments that `make clients` made, and users' programs that run in them."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

from tests.live import API_KEY, ROOT, LiveSite

ENVIRONMENTS = ROOT / ".clients"
SCRIPTS = Path(__file__).with_name("scripts")
OURS = "openai-3"  # the SDK that the app itself installs


def python_of(environment: str) -> str:
    """The interpreter that has that client."""
    if environment == OURS:
        return sys.executable
    program = ENVIRONMENTS / environment / "bin" / "python"
    assert program.exists(), f"no {environment} here: run `make clients`"
    return str(program)


class Program:
    """A user's program, asked again and again; it learns of the site as a user would tell it."""

    def __init__(self, command: list[str], site: LiveSite) -> None:
        self.process = subprocess.Popen(
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            cwd=SCRIPTS,
            env={
                "PATH": "/usr/bin:/bin",
                "OPENAI_BASE_URL": site.base_url,
                "OPENAI_API_KEY": API_KEY,
                "AZURE_OPENAI_ENDPOINT": site.url,
                "AZURE_OPENAI_API_KEY": API_KEY,
                "PYTHONWARNINGS": "ignore",
            },
        )

    def do(self, task: str) -> Any:
        """What the program saw when it did that task."""
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.write(f"{task}\n")
        self.process.stdin.flush()
        line = self.process.stdout.readline()
        assert line, "the program ended"
        answer = json.loads(line)
        assert "error" not in answer, answer["error"]
        return answer["saw"]

    def end(self) -> None:
        """The program ends with its input."""
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.close()
        self.process.wait(timeout=20)
        self.process.stdout.close()
