"""Semantic Kernel's agents of the Assistants API, for the vendor's service and for Azure's."""

from collections.abc import Callable
from typing import Any

import pytest

from tests.clients.catalogue import (
    CALLS,
    CITATIONS,
    CODE_FILES,
    ERRORS,
    LISTS,
    OBJECTS,
    RUNS,
    STREAMS,
    Client,
    locked,
    shows,
)
from tests.clients.conftest import Start
from tests.clients.stories import (
    ARGUMENTS,
    CITE,
    CITED,
    LINK,
    LINKED,
    MAKE_A_FILE,
    MARK,
    WARM,
)
from tests.fakes.provider import ScriptedProvider
from tests.fakes.replies import Reply, ToolCall

Do = Callable[[str], Any]
VERSION = locked("semantic-kernel", "semantic-kernel")
CLIENTS = (
    Client("`semantic-kernel`: `OpenAIAssistantAgent`", VERSION),
    Client("`semantic-kernel`: `AzureAssistantAgent`", VERSION),
)
# The library puts the plugin's name before the function's.
PLUGIN_CALL = ToolCall("Weather-get_weather", ARGUMENTS, id="call_1")
PLUGIN_CALL_THEN_ANSWER = (Reply(tool_calls=[PLUGIN_CALL]), Reply(text=WARM))


@pytest.fixture(params=["openai", "azure"])
def do(request: pytest.FixtureRequest, start: Start, provider: ScriptedProvider) -> Do:
    """Make the program do a task with one of the two services."""
    program = start("semantic-kernel", "semantic_kernel_user.py")
    return lambda task: program.do(f"{request.param} {task}")


@shows(RUNS, LISTS, OBJECTS)
def test_an_agent_converses_on_one_thread(do: Do, provider: ScriptedProvider) -> None:
    provider.enqueue(Reply(text="Seven."), Reply(text="Fourteen."))
    assert do("conversation") == {
        "answers": ["Seven.", "Fourteen."],
        "history": ["What is 3 + 4?", "Seven.", "And times 2?", "Fourteen."],
        "deleted": True,
    }


@shows(CALLS)
def test_an_agent_calls_its_plugins(do: Do, provider: ScriptedProvider) -> None:
    provider.enqueue(*PLUGIN_CALL_THEN_ANSWER)
    assert do("called") == {"text": WARM, "calls": [ARGUMENTS]}
    assert provider.completions[-1]["messages"][-1]["content"] == "11 degrees in Paris"


@shows(STREAMS)
def test_text_is_streamed(do: Do, provider: ScriptedProvider) -> None:
    provider.enqueue(Reply(text=WARM))
    assert do("streamed") == {"text": WARM, "marks": [], "steps": []}


@shows(STREAMS, CALLS)
def test_plugins_are_called_within_a_stream(do: Do, provider: ScriptedProvider) -> None:
    provider.enqueue(*PLUGIN_CALL_THEN_ANSWER)
    assert do("streamed_calls") == {
        "text": WARM,
        "marks": [],
        "steps": ["FunctionCallContent", "FunctionResultContent"],
    }


@shows(STREAMS, CITATIONS)
@pytest.mark.usefixtures("indexer")
def test_citations_are_streamed(do: Do, provider: ScriptedProvider) -> None:
    provider.enqueue(*CITE)
    saw = do("citations")
    start = CITED.index(MARK)
    assert saw["text"] == CITED
    assert saw["marks"] == [[MARK, start, start + len(MARK), True]]


@shows(CITATIONS)
@pytest.mark.usefixtures("indexer")
def test_a_whole_answer_has_citations(do: Do, provider: ScriptedProvider) -> None:
    provider.enqueue(*CITE)
    assert do("whole_citations") == [MARK]


@shows(STREAMS, CODE_FILES)
@pytest.mark.usefixtures("interpreter")
def test_links_to_files_are_streamed(do: Do, provider: ScriptedProvider) -> None:
    provider.enqueue(*MAKE_A_FILE)
    saw = do("code")
    start = LINKED.index(LINK)
    # The output of the code is part of the streamed text.
    assert saw["text"] == f"made\n{LINKED}"
    assert saw["marks"] == [[LINK, start, start + len(LINK), True]]


@shows(ERRORS)
def test_a_deleted_assistant_is_not_found(do: Do) -> None:
    status, message = do("errors")
    assert status == 404
    assert "No assistant found with id" in message
