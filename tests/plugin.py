"""A pytest plugin that starts the servers before Django's settings are loaded."""

import pytest

from tests import servers


@pytest.hookimpl(tryfirst=True)
def pytest_load_initial_conftests() -> None:
    """Start PostgreSQL and Valkey, which come with Python packages, so no test is skipped."""
    servers.start()
