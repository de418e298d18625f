"""agency-swarm, whose agents keep their assistants and knowledge between starts."""

import pytest

from tests.clients.catalogue import (
    CALLS,
    CITATIONS,
    CODE_FILES,
    ERRORS,
    FILES,
    OBJECTS,
    RUNS,
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

CLIENTS = (Client("`agency-swarm`", locked("agency-swarm", "agency-swarm")),)


@pytest.fixture
def user(start: Start, provider: ScriptedProvider) -> Program:
    return start("agency-swarm", "agency_swarm_user.py")


@shows(RUNS)
def test_an_agency_converses_on_one_thread(user: Program, provider: ScriptedProvider) -> None:
    provider.enqueue(Reply(text="Seven."), Reply(text="Fourteen."))
    assert user.do("conversation") == ["Seven.", "Fourteen."]
    assert [one["content"] for one in provider.completions[1]["messages"][-3:]] == [
        "What is 3 + 4?",
        "Seven.",
        "And times 2?",
    ]


@shows(RUNS, CALLS)
def test_an_agent_calls_its_tools(user: Program, provider: ScriptedProvider) -> None:
    provider.enqueue(*CALL_THEN_ANSWER)
    assert user.do("called") == WARM
    assert provider.completions[-1]["messages"][-1]["content"] == "11 degrees in Paris"


@shows(STREAMS, CALLS)
def test_tools_are_called_within_a_stream(user: Program, provider: ScriptedProvider) -> None:
    provider.enqueue(*CALL_THEN_ANSWER)
    assert user.do("streamed_calls") == {
        "text": WARM,
        "marks": [],
        "calls": ["function"],
        "ended": True,
        "answer": WARM,
    }


@shows(OBJECTS, FILES, STREAMS, CITATIONS)
@pytest.mark.usefixtures("indexer")
def test_an_agent_keeps_its_knowledge_when_it_starts_again(
    user: Program, provider: ScriptedProvider
) -> None:
    provider.enqueue(*CITE)
    saw = user.do("second_start")
    heard = saw.pop("heard")
    assert saw == {"stores": 1, "kept": [True, True], "instructions": "Be brief."}
    assert (heard["text"], heard["answer"]) == (CITED, CITED)
    assert heard["marks"] == [[MARK, MARK]]


@shows(STREAMS, CODE_FILES)
@pytest.mark.usefixtures("interpreter")
def test_links_to_files_are_streamed(user: Program, provider: ScriptedProvider) -> None:
    provider.enqueue(*MAKE_A_FILE)
    saw = user.do("code")
    assert (saw["text"], saw["answer"]) == (LINKED, LINKED)
    assert saw["marks"] == [[LINK, LINK]]


@shows(OBJECTS, ERRORS)
def test_an_agency_deletes_its_agents(user: Program) -> None:
    assert user.do("deleted") == 404
