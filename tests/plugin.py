"""A pytest plugin that is loaded before Django's settings: it starts the servers they name, and
marks the tests that `make unit` leaves out.
"""

from pathlib import Path

import pytest

from tests import servers

FOLDER = Path(__file__).resolve().parent
# What a test needs beyond PostgreSQL and Valkey: by its folder, or by a fixture of this name.
NEEDS = {
    "browser": "Chromium",
    "clients": "clients of others, each in an environment of its own",
    "sandbox": "the sandbox's environment",
    "kill": "time, because it kills workers and waits for others to take over",
}
FIXTURES = {"browser": "browser", "interpreter": "sandbox"}


@pytest.hookimpl(tryfirst=True)
def pytest_load_initial_conftests() -> None:
    """Start PostgreSQL and Valkey, which come with Python packages, so no test is skipped."""
    servers.start()


def pytest_configure(config: pytest.Config) -> None:
    for name, need in NEEDS.items():
        config.addinivalue_line("markers", f"{name}: needs {need}")


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark each test before `-m` selects."""
    for item in items:
        folder = item.path.relative_to(FOLDER).parts[0]
        if folder in NEEDS:
            item.add_marker(folder)
        for fixture in getattr(item, "fixturenames", ()):
            if fixture in FIXTURES:
                item.add_marker(FIXTURES[fixture])
