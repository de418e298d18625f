"""Clients in other languages: their recorded requests are replayed (tests/clients/recorded)."""

from collections.abc import Callable

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
    STREAMS,
    Client,
    shows,
)
from tests.clients.recorded.exchanges import load, stories_of
from tests.clients.recorded.needs import Needs
from tests.clients.recorded.replay import Replay
from tests.clients.recorded.stories import REPLIES
from tests.fakes.provider import ScriptedProvider
from tests.live import LiveSite

GO = Client("`go-openai`", "1.42.0", recorded=True)
PHP = Client("`openai-php/client`", "0.20.1", recorded=True)
RUBY = Client("`ruby-openai`", "8.3.0", recorded=True)
CLIENTS = (GO, PHP, RUBY)
FOLDERS = {GO: "go-openai", PHP: "openai-php", RUBY: "ruby-openai"}

Play = Callable[[Client, str], None]

every_client = pytest.mark.parametrize("client", CLIENTS, ids=lambda client: FOLDERS[client])
# go-openai streams no runs.
streaming_clients = pytest.mark.parametrize(
    "client", [PHP, RUBY], ids=lambda client: FOLDERS[client]
)


@pytest.fixture
def play(site: LiveSite, provider: ScriptedProvider) -> Play:
    """Replay a story of a client."""

    def play(client: Client, story: str) -> None:
        provider.enqueue(*REPLIES[story])
        folder = FOLDERS[client]
        Replay(site, Needs.of(folder)).play(load(folder, story))

    return play


@shows(OBJECTS)
@every_client
def test_objects_are_changed_and_deleted(play: Play, client: Client) -> None:
    play(client, "objects")


@shows(LISTS)
@every_client
def test_lists_have_cursors(play: Play, client: Client) -> None:
    play(client, "lists")


@shows(FILES)
@every_client
@pytest.mark.usefixtures("indexer")
def test_files_are_uploaded_and_stored(play: Play, client: Client) -> None:
    play(client, "files")


@shows(FILES, clients=(PHP,))
def test_a_client_asks_before_it_sends_a_large_file(play: Play) -> None:
    play(PHP, "large-files")


@shows(RUNS)
@every_client
def test_runs_are_polled(play: Play, client: Client) -> None:
    play(client, "runs")


@shows(RUNS, CALLS)
@every_client
def test_calls_are_answered(play: Play, client: Client) -> None:
    play(client, "calls")


@shows(CITATIONS)
@every_client
@pytest.mark.usefixtures("indexer")
def test_messages_have_citations(play: Play, client: Client) -> None:
    play(client, "citations")


@shows(CODE_FILES, clients=(GO,))
@pytest.mark.usefixtures("interpreter")
def test_messages_have_files_from_code(play: Play) -> None:
    play(GO, "code")


@shows(ERRORS)
@every_client
def test_errors_have_a_status_and_a_code(play: Play, client: Client) -> None:
    play(client, "errors")


@shows(STREAMS, clients=(PHP, RUBY))
@streaming_clients
def test_runs_are_streamed(play: Play, client: Client) -> None:
    play(client, "streams")


@shows(STREAMS, CALLS, clients=(PHP, RUBY))
@streaming_clients
def test_streamed_calls_are_answered_with_a_stream(play: Play, client: Client) -> None:
    play(client, "streamed-calls")


@shows(STREAMS, CITATIONS, clients=(PHP, RUBY))
@streaming_clients
@pytest.mark.usefixtures("indexer")
def test_streams_have_citations(play: Play, client: Client) -> None:
    play(client, "streamed-citations")


@shows(STREAMS, CODE_FILES, clients=(PHP, RUBY))
@streaming_clients
@pytest.mark.usefixtures("interpreter")
def test_streams_have_files_from_code(play: Play, client: Client) -> None:
    play(client, "streamed-code")


@shows()
def test_every_recorded_story_is_replayed() -> None:
    streamed = {story for story in REPLIES if story.startswith("stream")}
    assert {client: set(stories_of(folder)) for client, folder in FOLDERS.items()} == {
        GO: set(REPLIES) - streamed - {"large-files"},
        PHP: set(REPLIES) - {"code"},
        RUBY: set(REPLIES) - {"code", "large-files"},
    }
