"""Files in the forms in which each version of the SDK sends them."""

import pytest

from tests.clients.catalogue import FILES, shows
from tests.clients.conftest import Start
from tests.clients.environments import Program
from tests.clients.versions import BOTH, VERSIONS
from tests.fakes.provider import ScriptedProvider

CLIENTS = BOTH


@pytest.fixture(
    params=[*((version,) for version in VERSIONS), *((version, "azure") for version in VERSIONS)],
    ids="-".join,
)
def user(request: pytest.FixtureRequest, start: Start, provider: ScriptedProvider) -> Program:
    version, *azure = request.param
    return start(version, "files.py", *azure)


@shows(FILES)
def test_files_are_stored_in_whatever_form_they_are_passed(user: Program) -> None:
    assert user.do("kept") == {
        "made": [
            ["notes.txt", 9, "assistants"],
            ["notes, für später.txt", 7, "assistants"],
            ["notes, für später.txt", 7, "assistants"],
        ],
        "same": True,
        "listed": True,
        "content": ["in memory", "on disk", "on disk"],
        "deleted": [True] * 3,
        "gone": 404,
    }


@shows(FILES)
def test_files_are_stored_asynchronously(user: Program) -> None:
    assert user.do("kept_meanwhile") == {
        "made": ["notes.txt", 9, "assistants"],
        "listed": True,
        "content": "in memory",
        "deleted": True,
    }


@shows(FILES)
def test_messages_carry_files_and_the_model_sees_images(
    user: Program, provider: ScriptedProvider
) -> None:
    assert user.do("attached") == {
        "parts": ["text", "image_file"],
        "image": True,
        "attachment": [True, [{"type": "file_search"}]],
        "run": "completed",
    }
    [sent] = provider.completions
    [text, image] = sent["messages"][-1]["content"]
    assert text == {"type": "text", "text": "What is this?"}
    assert image["image_url"]["url"].startswith("data:image/png;base64,")
