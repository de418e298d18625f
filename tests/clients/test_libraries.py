"""Libraries that drive the Assistants API, as their users use them."""

import pytest

from tests.clients.catalogue import CALLS, LISTS, OBJECTS, RUNS, Client, locked, shows
from tests.clients.conftest import Start
from tests.clients.environments import Program
from tests.fakes.provider import ScriptedProvider
from tests.fakes.replies import Reply, ToolCall

LANGCHAIN = Client("`langchain`: `OpenAIAssistantRunnable`", locked("langchain", "langchain"))
LLAMA_INDEX = Client(
    "`llama-index-agent-openai`: `OpenAIAssistantAgent`",
    locked("llama-index", "llama-index-agent-openai"),
)
CLIENTS = (LANGCHAIN, LLAMA_INDEX)
ANSWERS = [Reply(text="Seven."), Reply(text="Fourteen.")]
CALL = ToolCall("get_weather", '{"location": "Paris"}', id="call_1")
CALL_THEN_ANSWER = [Reply(tool_calls=[CALL]), Reply(text="It is 11 degrees.")]
CALLED = {
    "called": [["get_weather", {"location": "Paris"}]],
    "output": "It is 11 degrees.",
}


@pytest.fixture
def langchain(start: Start, provider: ScriptedProvider) -> Program:
    return start("langchain", "langchain_user.py")


@pytest.fixture
def llama_index(start: Start, provider: ScriptedProvider) -> Program:
    return start("llama-index", "llama_index_user.py")


def result_shown_to_model(provider: ScriptedProvider) -> object:
    """Return the tool's result that the model was shown."""
    return provider.completions[-1]["messages"][-1]["content"]


@shows(RUNS, clients=(LANGCHAIN,))
def test_langchain_converses_on_one_thread(langchain: Program, provider: ScriptedProvider) -> None:
    provider.enqueue(*ANSWERS)
    assert langchain.do("conversation") == ["Seven.", "Fourteen."]
    assert [message["content"] for message in provider.completions[1]["messages"]] == [
        "You are a tutor.",
        "What is 3 + 4?",
        "Seven.",
        "And times 2?",
    ]


@shows(CALLS, clients=(LANGCHAIN,))
def test_langchain_answers_function_calls(langchain: Program, provider: ScriptedProvider) -> None:
    provider.enqueue(*CALL_THEN_ANSWER)
    assert langchain.do("function_calls") == CALLED
    assert result_shown_to_model(provider) == "11 degrees in Paris"


@shows(CALLS, clients=(LANGCHAIN,))
def test_langchain_waits_asynchronously(langchain: Program, provider: ScriptedProvider) -> None:
    provider.enqueue(*CALL_THEN_ANSWER)
    assert langchain.do("asynchronous") == CALLED
    assert result_shown_to_model(provider) == "11 degrees"


@shows(CALLS, clients=(LANGCHAIN,))
def test_langchains_executor_calls_tools(langchain: Program, provider: ScriptedProvider) -> None:
    provider.enqueue(*CALL_THEN_ANSWER)
    assert langchain.do("executor") == "It is 11 degrees."
    assert result_shown_to_model(provider) == "11 degrees in Paris"


@shows(RUNS, LISTS, clients=(LLAMA_INDEX,))
def test_llama_index_converses_on_one_thread(
    llama_index: Program, provider: ScriptedProvider
) -> None:
    provider.enqueue(*ANSWERS)
    assert llama_index.do("conversation") == {
        "answers": ["Seven.", "Fourteen."],
        "history": [
            ["user", "What is 3 + 4?"],
            ["assistant", "Seven."],
            ["user", "And times 2?"],
            ["assistant", "Fourteen."],
        ],
        "fresh": [True, []],
    }
    assert provider.completions[0]["messages"][0] == {"role": "system", "content": "Be brief."}


@shows(CALLS, clients=(LLAMA_INDEX,))
def test_llama_index_answers_function_calls(
    llama_index: Program, provider: ScriptedProvider
) -> None:
    provider.enqueue(*CALL_THEN_ANSWER)
    assert llama_index.do("function_calls") == CALLED
    assert result_shown_to_model(provider) == "11 degrees in Paris"


@shows(RUNS, clients=(LLAMA_INDEX,))
def test_llama_index_chats_asynchronously(llama_index: Program, provider: ScriptedProvider) -> None:
    provider.enqueue(*ANSWERS)
    assert llama_index.do("asynchronous") == "Seven."
    assert provider.completions[0]["temperature"] == 0


@shows(OBJECTS, clients=(LLAMA_INDEX,))
def test_llama_index_finds_its_assistant_again(
    llama_index: Program, provider: ScriptedProvider
) -> None:
    provider.enqueue(*ANSWERS)
    assert llama_index.do("found_again") == [
        "What is 3 + 4?",
        "Seven.",
        "And times 2?",
        "Fourteen.",
    ]
