"""Version 4 of the vendor's Node SDK, Vercel's AI SDK and LangChain.js."""

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
    locked_in_node,
    shows,
)
from tests.clients.conftest import Start
from tests.clients.environments import Program
from tests.clients.stories import (
    ARGUMENTS,
    CALL_THEN_ANSWER,
    CITE,
    CITED,
    LINK,
    LINKED,
    MAKE_A_FILE,
    MARK,
    SOURCE,
    WARM,
)
from tests.fakes.provider import ScriptedProvider
from tests.fakes.replies import Reply

ENVIRONMENT = "node-libraries"
SDK = Client("`openai` for Node", locked_in_node(ENVIRONMENT, "openai"))
VERCEL = Client("`ai`: `AssistantResponse`", locked_in_node(ENVIRONMENT, "ai"))
LANGCHAIN = Client(
    "`langchain` for Node: `OpenAIAssistantRunnable`", locked_in_node(ENVIRONMENT, "langchain")
)
CLIENTS = (SDK, VERCEL, LANGCHAIN)
NOBODY = "No assistant found with id 'asst_nobody'."


@pytest.fixture
def sdk(start: Start, provider: ScriptedProvider) -> Program:
    return start(ENVIRONMENT, "openai4.js")


@pytest.fixture
def vercel(start: Start, provider: ScriptedProvider) -> Program:
    return start(ENVIRONMENT, "vercel_ai.js")


@pytest.fixture
def langchain(start: Start, provider: ScriptedProvider) -> Program:
    return start(ENVIRONMENT, "langchain.js")


@shows(OBJECTS, LISTS, clients=(SDK,))
def test_objects_are_changed_listed_and_deleted(sdk: Program) -> None:
    assert sdk.do("objects") == {
        "changed": ["Teacher", "You are a tutor."],
        "paged": True,
        "texts": ["one", "two"],
        "deleted": [True, True],
    }


@shows(RUNS, CALLS, clients=(SDK,))
def test_helpers_poll_through_a_function_call(sdk: Program, provider: ScriptedProvider) -> None:
    provider.enqueue(*CALL_THEN_ANSWER)
    assert sdk.do("polling") == ["requires_action", "completed", WARM]


@shows(STREAMS, CALLS, clients=(SDK,))
def test_the_quickstarts_handlers_print_a_call(sdk: Program, provider: ScriptedProvider) -> None:
    provider.enqueue(*CALL_THEN_ANSWER)
    assert sdk.do("calls") == f"function\n{ARGUMENTS}assistant > {WARM}"


@shows(STREAMS, CITATIONS, clients=(SDK,))
@pytest.mark.usefixtures("indexer")
def test_the_quickstarts_handlers_print_a_citation(
    sdk: Program, provider: ScriptedProvider
) -> None:
    provider.enqueue(*CITE)
    saw = sdk.do("citations")
    assert saw["paper"] == f"file_search\nassistant > {CITED}"
    assert saw["text"]["value"] == CITED
    assert saw["marks"] == [[MARK, MARK, 1]]


@shows(STREAMS, CODE_FILES, clients=(SDK,))
@pytest.mark.usefixtures("interpreter")
def test_the_quickstarts_handlers_print_code(sdk: Program, provider: ScriptedProvider) -> None:
    provider.enqueue(*MAKE_A_FILE)
    saw = sdk.do("code")
    assert saw["paper"] == (f"code_interpreter\n{SOURCE}\noutput > made\n\nassistant > {LINKED}")
    assert saw["marks"] == [[LINK, LINK, 1]]
    assert saw["text"]["annotations"][0]["type"] == "file_path"


@shows(ERRORS, clients=(SDK,))
def test_errors_have_the_right_class(sdk: Program) -> None:
    saw = sdk.do("errors")
    assert saw["unknown"] == ["NotFoundError", 404, None, f"404 {NOBODY}"]
    assert saw["key"][:3] == ["AuthenticationError", 401, "invalid_api_key"]
    assert saw["range"][:3] == ["BadRequestError", 400, "decimal_above_max_value"]


@shows(STREAMS, clients=(VERCEL,))
def test_a_route_forwards_a_stream(vercel: Program, provider: ScriptedProvider) -> None:
    provider.enqueue(Reply(text=WARM))
    assert vercel.do("answers") == {
        "text": WARM,
        "types": ["assistant_control_data", "assistant_message", "text"],
        "whole": True,
    }


@shows(CALLS, clients=(VERCEL,))
def test_a_route_answers_calls(vercel: Program, provider: ScriptedProvider) -> None:
    provider.enqueue(*CALL_THEN_ANSWER)
    assert vercel.do("calls") == {
        "text": WARM,
        "types": ["assistant_control_data", "data_message", "assistant_message", "text"],
        "data": {"asked": "run_"},
        "whole": True,
    }


@shows(CITATIONS, clients=(VERCEL,))
@pytest.mark.usefixtures("indexer")
def test_a_route_forwards_marks(vercel: Program, provider: ScriptedProvider) -> None:
    provider.enqueue(*CITE)
    saw = vercel.do("citations")
    assert (saw["text"], saw["whole"]) == (CITED, True)


@shows(CODE_FILES, clients=(VERCEL,))
@pytest.mark.usefixtures("interpreter")
def test_a_route_forwards_links(vercel: Program, provider: ScriptedProvider) -> None:
    provider.enqueue(*MAKE_A_FILE)
    saw = vercel.do("code")
    assert (saw["text"], saw["whole"]) == (LINKED, True)


@shows(ERRORS, clients=(VERCEL,))
def test_a_route_passes_errors_on(vercel: Program) -> None:
    saw = vercel.do("errors")
    assert saw["types"] == ["assistant_control_data", "error"]
    assert saw["error"].startswith("404 No assistant found with id")


@shows(RUNS, clients=(LANGCHAIN,))
def test_langchain_converses_on_one_thread(langchain: Program, provider: ScriptedProvider) -> None:
    provider.enqueue(Reply(text="Seven."), Reply(text="Fourteen."))
    assert langchain.do("conversation") == ["Seven.", "Fourteen."]


@shows(CALLS, clients=(LANGCHAIN,))
def test_langchain_hands_calls_out(langchain: Program, provider: ScriptedProvider) -> None:
    provider.enqueue(*CALL_THEN_ANSWER)
    assert langchain.do("calls") == [["get_weather", ARGUMENTS]]


@shows(CALLS, clients=(LANGCHAIN,))
def test_langchains_executor_calls_tools(langchain: Program, provider: ScriptedProvider) -> None:
    provider.enqueue(*CALL_THEN_ANSWER)
    assert langchain.do("executor") == WARM
    assert provider.completions[-1]["messages"][-1]["content"] == "11 degrees in Paris"


@shows(CITATIONS, clients=(LANGCHAIN,))
@pytest.mark.usefixtures("indexer")
def test_langchain_gets_citations(langchain: Program, provider: ScriptedProvider) -> None:
    provider.enqueue(*CITE)
    assert langchain.do("citations") == [["file_citation", MARK]]


@shows(OBJECTS, clients=(LANGCHAIN,))
def test_langchain_changes_and_deletes_its_assistant(langchain: Program) -> None:
    assert langchain.do("modified") == {
        "name": "Teacher",
        "instructions": "You are a tutor.",
        "deleted": True,
    }


@shows(ERRORS, clients=(LANGCHAIN,))
def test_langchain_raises_the_sdks_errors(langchain: Program) -> None:
    assert langchain.do("errors") == [404, f"404 {NOBODY}"]
