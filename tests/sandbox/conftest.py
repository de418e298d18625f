"""Fixtures: one warm sandbox for all tests of this folder, and a fresh session for each."""

from collections.abc import Callable, Iterator

import pytest

from assistants_app.sandbox.limits import Limits, SandboxConfig
from assistants_app.sandbox.local import LocalSandbox
from tests.live import ROOT
from tests.sandbox.interpreter import Interpreter

ENVIRONMENT = ROOT / ".sandbox"


@pytest.fixture(scope="session")
def config() -> SandboxConfig:
    """The app's configuration, with a quicker watchdog."""
    return SandboxConfig(environment=ENVIRONMENT, watch_seconds=0.05)


@pytest.fixture(scope="session")
def sandbox(config: SandboxConfig) -> Iterator[LocalSandbox]:
    """The local backend, shared by all tests."""
    sandbox = LocalSandbox(config)
    yield sandbox
    sandbox.shut_down()


@pytest.fixture
def begin(sandbox: LocalSandbox) -> Iterator[Callable[..., Interpreter]]:
    """Start sessions with the limits that a test needs."""
    begun: list[Interpreter] = []

    def begin(**limits: float) -> Interpreter:
        begun.append(Interpreter(sandbox, Limits(**limits)))  # type: ignore[arg-type]
        return begun[-1]

    yield begin
    for interpreter in begun:
        sandbox.close(interpreter.session_id)


@pytest.fixture
def python(begin: Callable[..., Interpreter]) -> Interpreter:
    """A session with the usual limits."""
    return begin()
