"""litellm's functions for assistants, with the vendor's routes and with Azure's."""

from collections.abc import Callable
from typing import Any

import pytest

from tests.clients.catalogue import ERRORS, LISTS, OBJECTS, RUNS, STREAMS, Client, locked, shows
from tests.clients.conftest import Start
from tests.clients.stories import QUESTION, WARM
from tests.fakes.provider import ScriptedProvider
from tests.fakes.replies import Reply

Do = Callable[[str], Any]
VERSION = locked("semantic-kernel", "litellm")
CLIENTS = (
    Client('`litellm`: `custom_llm_provider="openai"`', VERSION),
    Client('`litellm`: `custom_llm_provider="azure"`', VERSION),
)


@pytest.fixture(params=["openai", "azure"])
def do(request: pytest.FixtureRequest, start: Start, provider: ScriptedProvider) -> Do:
    """Make the program do a task with one of the two services."""
    program = start("semantic-kernel", "litellm_user.py")
    return lambda task: program.do(f"{request.param} {task}")


@shows(OBJECTS, LISTS)
def test_objects_are_created_listed_and_deleted(do: Do) -> None:
    assert do("objects") == {
        "listed": True,
        "thread": True,
        "texts": [QUESTION],
        "deleted": True,
    }


@shows(RUNS)
def test_a_run_is_awaited(do: Do, provider: ScriptedProvider) -> None:
    provider.enqueue(Reply(text=WARM))
    assert do("run") == ["completed", WARM]


@shows(STREAMS)
def test_text_is_streamed(do: Do, provider: ScriptedProvider) -> None:
    provider.enqueue(Reply(text=WARM))
    assert do("streamed") == [WARM, WARM]


@shows(ERRORS)
def test_an_unknown_assistant_is_not_found(do: Do) -> None:
    status, message = do("errors")
    assert status == 404
    assert "No assistant found with id 'asst_nobody'" in message
