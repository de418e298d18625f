"""The snippets of the vendor's quickstart and guides, pasted into one Python session."""

from collections.abc import Iterator
from textwrap import dedent
from typing import Any

import pytest

from tests.fakes.provider import ScriptedProvider
from tests.fakes.replies import Reply, ToolCall
from tests.live import API_KEY, LiveSite
from tests.sdk import quickstart

WEATHER_CALLS = [
    ToolCall("get_current_temperature", '{"location":"San Francisco, CA","unit":"Fahrenheit"}'),
    ToolCall("get_rain_probability", '{"location":"San Francisco, CA"}'),
]
QUESTION = "I need to solve the equation `3x + 11 = 14`. Can you help me?"


class Session:
    """A Python session, in which each snippet sees the names of earlier ones."""

    def __init__(self) -> None:
        self.names: dict[str, Any] = {}

    def paste(self, *snippets: str) -> None:
        for snippet in snippets:
            exec(compile(dedent(snippet), "<pasted>", "exec"), self.names)

    def texts(self, thread: str = "thread") -> list[str]:
        """Return the texts in the thread of this name, oldest first."""
        messages = self.names["client"].beta.threads.messages.list(
            self.names[thread].id, order="asc"
        )
        return [message.content[0].text.value for message in messages]


@pytest.fixture
def session(
    site: LiveSite, provider: ScriptedProvider, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Session]:
    """A session that only sets the SDK's base URL and key."""
    monkeypatch.setenv("OPENAI_BASE_URL", site.base_url)
    monkeypatch.setenv("OPENAI_API_KEY", API_KEY)
    session = Session()
    session.paste(quickstart.CLIENT)
    yield session
    session.names["client"].close()


@pytest.fixture
def asked(session: Session) -> Session:
    """A session with the quickstart up to its run."""
    session.paste(quickstart.CREATE_ASSISTANT, quickstart.CREATE_THREAD)
    session.paste(quickstart.CREATE_MESSAGE)
    return session


def test_the_quickstart_streams(
    asked: Session, provider: ScriptedProvider, capsys: pytest.CaptureFixture[str]
) -> None:
    provider.enqueue(Reply(text="Of course, Jane Doe: x is 1."))
    asked.paste(quickstart.STREAM)
    assert capsys.readouterr().out == "\nassistant > Of course, Jane Doe: x is 1."
    assert asked.texts() == [QUESTION, "Of course, Jane Doe: x is 1."]
    [sent] = provider.completions
    assert sent["messages"][0]["content"].startswith("Please address the user as Jane Doe.")


def test_the_quickstart_polls(
    asked: Session, provider: ScriptedProvider, capsys: pytest.CaptureFixture[str]
) -> None:
    provider.enqueue(Reply(text="x is 1."))
    asked.paste(quickstart.CREATE_AND_POLL)
    assert asked.names["run"].status == "completed"
    assert "x is 1." in capsys.readouterr().out


def test_a_loop_waits_for_a_run(asked: Session, provider: ScriptedProvider) -> None:
    provider.enqueue(Reply(text="x is 1."))
    asked.paste(quickstart.POLL_LOOP)
    assert asked.names["run"].status == "completed"
    [reply] = asked.names["messages"].data
    assert reply.content[0].text.value == "x is 1."


def test_a_stream_answers_function_calls(
    session: Session, provider: ScriptedProvider, capsys: pytest.CaptureFixture[str]
) -> None:
    provider.enqueue(Reply(tool_calls=WEATHER_CALLS), Reply(text="57 degrees, and dry."))
    session.paste(quickstart.WEATHER_BOT, quickstart.REQUIRES_ACTION_STREAMED)
    assert capsys.readouterr().out == "57 degrees, and dry.\n"
    results = [message["content"] for message in provider.completions[1]["messages"][-2:]]
    assert results == ["57", "0.06"]


def test_polling_answers_function_calls(
    session: Session, provider: ScriptedProvider, capsys: pytest.CaptureFixture[str]
) -> None:
    provider.enqueue(Reply(tool_calls=WEATHER_CALLS), Reply(text="57 degrees, and dry."))
    session.paste(quickstart.WEATHER_BOT, quickstart.REQUIRES_ACTION_POLLED)
    first, second, *rest = capsys.readouterr().out.splitlines()
    assert (first, second) == ("requires_action", "Tool outputs submitted successfully.")
    assert "57 degrees, and dry." in rest[0]


def test_assistants_are_listed_and_deleted(
    session: Session, capsys: pytest.CaptureFixture[str]
) -> None:
    session.paste(quickstart.CREATE_ASSISTANT, quickstart.LIST_ASSISTANTS)
    made = session.names["assistant"].id
    listed = session.names["my_assistants"].data
    assert (listed[0].id, len(listed) <= 20) == (made, True)
    session.paste(quickstart.DELETE_ASSISTANT, quickstart.LIST_ASSISTANTS)
    assert session.names["response"].deleted
    assert made not in [one.id for one in session.names["my_assistants"].data]
    assert "assistant.deleted" in capsys.readouterr().out


def test_one_assistants_reply_goes_to_another(
    asked: Session, provider: ScriptedProvider, capsys: pytest.CaptureFixture[str]
) -> None:
    provider.enqueue(Reply(text="x is 1."), Reply(text="That is right."))
    asked.paste(quickstart.POLL_LOOP, quickstart.SECOND_ASSISTANT)
    assert capsys.readouterr().out == "That is right.\n"
    assert asked.texts("second_thread") == ["x is 1.", "That is right."]
    assert provider.completions[1]["messages"][-1] == {"role": "user", "content": "x is 1."}
