"""A pytest plugin that is loaded before Django's settings: it starts the servers they name."""

import pytest

from tests import servers


@pytest.hookimpl(tryfirst=True)
def pytest_load_initial_conftests() -> None:
    """Real PostgreSQL and Valkey for every test, installed as packages and never skipped."""
    servers.start()
