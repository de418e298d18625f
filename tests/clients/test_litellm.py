"""litellm's functions for assistants, with the vendor's routes and with Azure's."""

import pytest

from tests.clients.catalogue import ERRORS, LISTS, OBJECTS, RUNS, STREAMS, Client, locked, shows
from tests.clients.conftest import Start
from tests.clients.environments import Program
from tests.clients.stories import QUESTION, WARM
from tests.fakes.provider import ScriptedProvider
from tests.fakes.replies import Reply

VERSION = locked("semantic-kernel", "litellm")
CLIENTS = (
    Client('`litellm`: `custom_llm_provider="openai"`', VERSION),
    Client('`litellm`: `custom_llm_provider="azure"`', VERSION),
)


@pytest.fixture(params=["openai", "azure"])
def user(request: pytest.FixtureRequest, start: Start, provider: ScriptedProvider) -> Program:
    return start("semantic-kernel", "litellm_user.py", request.param)


@shows(OBJECTS, LISTS)
def test_objects_are_created_listed_and_deleted(user: Program) -> None:
    assert user.do("objects") == {
        "listed": True,
        "thread": True,
        "texts": [QUESTION],
        "deleted": True,
    }


@shows(RUNS)
def test_a_run_is_awaited(user: Program, provider: ScriptedProvider) -> None:
    provider.enqueue(Reply(text=WARM))
    assert user.do("run") == ["completed", WARM]


@shows(STREAMS)
def test_text_is_streamed(user: Program, provider: ScriptedProvider) -> None:
    provider.enqueue(Reply(text=WARM))
    assert user.do("streamed") == [WARM, WARM]


@shows(ERRORS)
def test_an_unknown_assistant_is_not_found(user: Program) -> None:
    status, message = user.do("errors")
    assert status == 404
    assert "No assistant found with id 'asst_nobody'" in message
