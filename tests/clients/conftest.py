"""Users' programs, each started once."""

from collections.abc import Callable, Iterator

import pytest

from tests.clients.environments import Program, command_of
from tests.live import LiveSite

Start = Callable[[str, str], Program]


@pytest.fixture(scope="session")
def start(site: LiveSite) -> Iterator[Start]:
    """Start that script in that environment, once."""
    programs: dict[tuple[str, str], Program] = {}

    def start(environment: str, script: str) -> Program:
        if (environment, script) not in programs:
            programs[environment, script] = Program(command_of(environment, script), site)
        return programs[environment, script]

    yield start
    for program in programs.values():
        program.end()
