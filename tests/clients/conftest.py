"""Fixtures: programs as users write them, each started once."""

from collections.abc import Callable, Iterator

import pytest

from tests.clients.environments import Program, command_of
from tests.live import LiveSite

Start = Callable[..., Program]  # (environment, script, *arguments)


@pytest.fixture(scope="session")
def start(site: LiveSite) -> Iterator[Start]:
    """Start a script in an environment, or return it if it runs with the same arguments."""
    programs: dict[tuple[str, ...], Program] = {}

    def start(environment: str, script: str, *arguments: str) -> Program:
        what = (environment, script, *arguments)
        if what not in programs:
            command = [*command_of(environment, script), *arguments]
            programs[what] = Program(command, site)
        return programs[what]

    yield start
    for program in programs.values():
        program.end()


@pytest.fixture(scope="session")
def interpreter(site: LiveSite) -> None:
    """Make the site run code."""
    site.start_interpreter()
