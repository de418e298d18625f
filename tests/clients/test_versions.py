"""The installed clients have the versions that docs/clients.md names."""

import json
import subprocess

import pytest

from tests.clients.environments import NODE_SCRIPTS, OURS, python_of
from tests.live import ROOT

VERSION = "import importlib.metadata, sys; print(importlib.metadata.version(sys.argv[1]))"


def documented() -> str:
    return (ROOT / "docs" / "clients.md").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("environment", "package", "line"),
    [
        (OURS, "openai", "3."),
        ("openai-2", "openai", "2."),
        ("openai-1.109", "openai", "1.109."),
        ("openai-1.21", "openai", "1.21."),
        ("langchain", "langchain", "0.3."),
        ("llama-index", "llama-index-agent-openai", "0.4."),
    ],
)
def test_python_clients_are_the_documented_versions(
    environment: str, package: str, line: str
) -> None:
    command = [str(python_of(environment)), "-c", VERSION, package]
    version = subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()
    assert version.startswith(line)
    assert version in documented()


def test_the_node_client_is_the_documented_version() -> None:
    package = NODE_SCRIPTS / "node_modules" / "openai" / "package.json"
    assert json.loads(package.read_text(encoding="utf-8"))["version"] in documented()
