"""Fixtures: an interpreter host, and an assistant that uses it."""

import pytest
from openai import OpenAI
from openai.types.beta import Assistant

from tests.conftest import MODEL
from tests.live import LiveSite


@pytest.fixture(scope="session", autouse=True)
def interpreter(site: LiveSite) -> None:
    """Start the site's interpreter host."""
    site.start_interpreter()


@pytest.fixture
def coder(client: OpenAI) -> Assistant:
    return client.beta.assistants.create(
        model=MODEL, instructions="Compute.", tools=[{"type": "code_interpreter"}]
    )
