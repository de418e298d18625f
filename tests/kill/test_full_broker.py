"""A Valkey whose memory is full: no accepted run is lost, and all goes on once there is room."""

import shutil
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import openai
import pytest
import redis
from openai import OpenAI

from playground.embedded.servers.broker import EmbeddedValkey
from tests.conftest import MODEL
from tests.fakes.provider import ScriptedProvider
from tests.fakes.replies import Reply
from tests.live import API_KEY, LiveSite, wait_until
from tests.sdk.clients import sync_client

MEGABYTE = 2**20
PATIENCE = 60.0  # on a busy machine


class SmallValkey:
    """A server with a megabyte more than it uses, which can be filled and emptied."""

    def __init__(self, url: str) -> None:
        self._client = redis.Redis.from_url(url)
        used = self._client.info("memory")["used_memory"]
        self._client.config_set("maxmemory", used + MEGABYTE)

    def fill(self) -> None:
        # The last write that is accepted may exceed the limit. Then nothing else is accepted.
        self._client.setrange("filler", 2 * MEGABYTE, "x")
        with pytest.raises(redis.exceptions.OutOfMemoryError):
            self._client.set("more", "x")

    def wait_for_refusal(self) -> None:
        """Wait until another write is refused."""
        before = self._refusals()
        wait_until(lambda: self._refusals() > before)

    def _refusals(self) -> int:
        return int(self._client.info("errorstats").get("errorstat_OOM", {"count": 0})["count"])

    def empty(self) -> None:
        self._client.delete("filler")

    def close(self) -> None:
        self._client.close()


@pytest.fixture(scope="module")
def full_site(the_provider: ScriptedProvider) -> Iterator[LiveSite]:
    folder = Path(tempfile.mkdtemp(prefix="full-", dir="/tmp"))
    environment = {"OPENAI_BASE_URL": the_provider.base_url, "OPENAI_API_KEY": "k"}
    with EmbeddedValkey(folder / "valkey", folder / "run") as server:
        site = LiveSite("full", environment, redis_url=server.url)
        try:
            yield site.start()
        finally:
            site.stop()
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
def small(full_site: LiveSite) -> Iterator[SmallValkey]:
    small = SmallValkey(full_site.redis_url)
    yield small
    small.empty()
    small.close()


@pytest.fixture
def client(full_site: LiveSite, provider: ScriptedProvider) -> Iterator[OpenAI]:
    client, _ = sync_client(full_site.base_url, API_KEY)
    with client.with_options(max_retries=0) as impatient:
        yield impatient


def start_run(client: OpenAI, **options: Any) -> Any:
    assistant = client.beta.assistants.create(model=MODEL)
    return client.beta.threads.create_and_run(
        assistant_id=assistant.id,
        thread={"messages": [{"role": "user", "content": "Go"}]},
        **options,
    )


def status(client: OpenAI, run: Any) -> str:
    return client.beta.threads.runs.retrieve(run.id, thread_id=run.thread_id).status


def refused(request: Callable[[], Any]) -> None:
    with pytest.raises(openai.InternalServerError) as refusal:
        request()
    assert refusal.value.status_code == 503
    assert refusal.value.type == "server_error"
    assert "event log is full" in refusal.value.message


def test_accepted_runs_wait_and_streams_are_refused_until_there_is_room(
    client: OpenAI, small: SmallValkey
) -> None:
    thread = client.beta.threads.create(messages=[{"role": "user", "content": "Go"}])
    assistant = client.beta.assistants.create(model=MODEL)
    small.fill()
    run = start_run(client)
    assert status(client, run) == "queued"

    # Nothing is left behind: the thread is free, and the only run is the accepted one.
    refused(lambda: start_run(client, stream=True))
    refused(
        lambda: client.beta.threads.runs.create(thread.id, assistant_id=assistant.id, stream=True)
    )
    assert client.beta.threads.runs.list(thread.id).data == []

    small.empty()
    wait_until(lambda: status(client, run) == "completed", seconds=PATIENCE)
    with client.beta.threads.runs.create(
        thread.id, assistant_id=assistant.id, stream=True
    ) as stream:
        assert [event.event for event in stream][-1] == "thread.run.completed"


def test_a_stream_goes_on_without_a_gap(
    client: OpenAI, small: SmallValkey, provider: ScriptedProvider
) -> None:
    provider.enqueue(Reply(text="one two three four five six", gate_after=3))
    received = ""
    with start_run(client, stream=True) as stream:
        for event in stream:
            if event.event != "thread.message.delta":
                continue
            received += "".join(part.text.value for part in event.data.delta.content)
            if received == "one two three":
                small.fill()
                provider.release()
                # The worker has more text now, and tries to write it.
                small.wait_for_refusal()
                small.empty()
    assert received == "one two three four five six"
    assert event.event == "thread.run.completed"
