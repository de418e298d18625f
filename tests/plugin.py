"""A pytest plugin that is loaded before Django's settings: it starts the servers they name, and
marks the tests that `make unit` leaves out.
"""

from contextlib import suppress
from importlib import import_module
from pathlib import Path

import pytest

from tests import servers

FOLDER = Path(__file__).resolve().parent
# What tests need beyond PostgreSQL and Valkey: time, or what has to be installed first.
MARKERS = {
    "browser": "drives Chromium",
    "clients": "runs clients of others, each in an environment of its own",
    "sandbox": "runs code in the sandbox, whose environment has to be installed",
    "kill": "kills processes and waits until others take over",
    "live": "talks to Daphne and workers in processes of their own",
    "launcher": "installs or starts whole copies of the site, or the bundled model",
    "seen": "has its requests counted for docs/compatibility.md, in one run of all of them",
    "slow": "makes up hundreds of requests, moves large files, or waits for processes to end",
}
# Folders and files below tests/.
PATHS = {
    "api": "seen",
    "sdk": "seen",
    "browser": "browser",
    "clients": "clients",
    "sandbox": "sandbox",
    "kill": "kill",
    "embedded": "launcher",
    "installer": "launcher",
    "local_model": "launcher",
    "sdk/runs/test_small_pool.py": "live",
    "web/people/test_sign_on.py": "live",
    "repeats": "live",
    "upgrade": "live",
    # Each of these takes 8 s or more, and together two thirds of the time of all the others.
    "api/test_file_transfer.py": "slow",
    "fuzz": "slow",
    "server/test_door.py": "live",
    "contract/test_our_document.py": "slow",
    "contract/test_parameters.py": "slow",
    "queries/test_plans.py": "slow",
    "queries/people/test_audit_plans.py": "slow",
    "retrieval/test_embed.py": "slow",
    "retrieval/test_reader_process.py": "slow",
}
FIXTURES = {"browser": "browser", "interpreter": "sandbox", "site": "live"}


@pytest.hookimpl(tryfirst=True)
def pytest_load_initial_conftests() -> None:
    """Start PostgreSQL and Valkey, which come with Python packages, so no test is skipped."""
    servers.start()


def pytest_configure(config: pytest.Config) -> None:
    # The plugin of schemathesis imports these when the session ends. While other threads run,
    # Python 3.11.7 can fail to parse a module (gh-106905).
    for module in ("allure", "html.writer", "junitxml"):
        with suppress(ImportError):
            import_module(f"schemathesis.reporting.{module}")
    for name, what in MARKERS.items():
        config.addinivalue_line("markers", f"{name}: {what}")


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark tests by their folder and fixtures, before `-m` selects."""
    for item in items:
        path = item.path.relative_to(FOLDER)
        for place in (str(path), path.parts[0]):
            if place in PATHS:
                item.add_marker(PATHS[place])
        for fixture in getattr(item, "fixturenames", ()):
            if fixture in FIXTURES:
                item.add_marker(FIXTURES[fixture])
