"""azure-ai-agents, with the address of a project as its endpoint."""

import pytest

from tests.clients.catalogue import (
    CALLS,
    CITATIONS,
    CODE_FILES,
    ERRORS,
    FILES,
    LISTS,
    OBJECTS,
    RUNS,
    STORES,
    STREAMS,
    Client,
    locked,
    shows,
)
from tests.clients.conftest import Start
from tests.clients.environments import Program
from tests.clients.stories import (
    CALL_THEN_ANSWER,
    CITE,
    CITED,
    LINK,
    LINKED,
    MAKE_A_FILE,
    MARK,
    WARM,
)
from tests.fakes.provider import ScriptedProvider
from tests.fakes.replies import Reply

CLIENTS = (
    Client("`azure-ai-agents`: `AgentsClient`", locked("semantic-kernel", "azure-ai-agents")),
)


@pytest.fixture
def user(start: Start, provider: ScriptedProvider) -> Program:
    return start("semantic-kernel", "azure_agents_user.py")


@shows(OBJECTS, LISTS)
def test_agents_are_changed_listed_and_deleted(user: Program) -> None:
    assert user.do("objects") == {
        "changed": ["Teacher", "You teach."],
        "listed": True,
        "read": True,
    }


@shows(RUNS, CALLS)
def test_functions_are_called_while_a_run_is_awaited(
    user: Program, provider: ScriptedProvider
) -> None:
    provider.enqueue(*CALL_THEN_ANSWER)
    assert user.do("called") == ["completed", WARM, ["message_creation", "tool_calls"]]
    assert provider.completions[-1]["messages"][-1]["content"] == "11 degrees in Paris"


@shows(STREAMS)
def test_text_is_streamed(user: Program, provider: ScriptedProvider) -> None:
    provider.enqueue(Reply(text=WARM))
    assert user.do("streamed") == {"text": WARM, "marks": [], "ended": True, "same": True}


@shows(STREAMS, CALLS)
def test_functions_are_called_within_a_stream(user: Program, provider: ScriptedProvider) -> None:
    provider.enqueue(*CALL_THEN_ANSWER)
    assert user.do("streamed_calls") == {"text": WARM, "marks": [], "ended": True, "same": True}


@shows(STREAMS, CITATIONS, FILES, STORES)
@pytest.mark.usefixtures("indexer")
def test_citations_are_streamed(user: Program, provider: ScriptedProvider) -> None:
    provider.enqueue(*CITE)
    assert user.do("citations") == {
        "text": CITED,
        "marks": [["file_citation", MARK, MARK]],
        "ended": True,
        "same": True,
    }


@shows(STREAMS, CODE_FILES)
@pytest.mark.usefixtures("interpreter")
def test_links_to_files_are_streamed(user: Program, provider: ScriptedProvider) -> None:
    provider.enqueue(*MAKE_A_FILE)
    saw = user.do("code")
    assert (saw["text"], saw["same"]) == (LINKED, True)
    assert saw["marks"] == [["file_path", LINK, LINK]]


@shows(ERRORS)
def test_an_unknown_agent_is_not_found(user: Program) -> None:
    status, message = user.do("errors")
    assert status == 404
    assert "No assistant found with id 'asst_nobody'" in message
