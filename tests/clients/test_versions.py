"""The installed clients have the versions that docs/compatibility.md names."""

import json
import subprocess

import pytest

from tests.clients.catalogue import OURS, shown
from tests.clients.environments import node_folder, python_of
from tests.contract.clients import section

VERSION = "import importlib.metadata, sys; print(importlib.metadata.version(sys.argv[1]))"


def documented(name: str) -> set[str]:
    """Return the versions of a client in the table."""
    rows = (line.split(" | ") for line in section(shown()) if line.startswith(f"| `{name}`"))
    return {version for row in rows for version in row[1].split(", ")}


@pytest.mark.parametrize(
    ("environment", "package", "line"),
    [
        (OURS, "openai", "3."),
        ("openai-2", "openai", "2."),
        ("openai-1.109", "openai", "1.109."),
        ("openai-1.21", "openai", "1.21."),
        ("langchain", "langchain", "0.3."),
        ("llama-index", "llama-index-agent-openai", "0.4."),
        ("semantic-kernel", "semantic-kernel", "1.35."),
        ("semantic-kernel", "azure-ai-agents", "1.1."),
        ("semantic-kernel", "litellm", "1."),
        ("agency-swarm", "agency-swarm", "0.7."),
    ],
)
def test_python_clients_are_the_documented_versions(
    environment: str, package: str, line: str
) -> None:
    command = [str(python_of(environment)), "-c", VERSION, package]
    version = subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()
    assert version.startswith(line)
    assert version in documented(package)


@pytest.mark.parametrize(
    ("environment", "package", "line"),
    [
        ("node", "openai", "7."),
        ("node-libraries", "openai", "4.104."),
        ("node-libraries", "ai", "3.4."),
        ("node-libraries", "langchain", "0.3."),
    ],
)
def test_node_clients_are_the_documented_versions(
    environment: str, package: str, line: str
) -> None:
    found = node_folder(environment) / "node_modules" / package / "package.json"
    version = json.loads(found.read_text(encoding="utf-8"))["version"]
    assert version.startswith(line)
    assert version in documented(package)
