"""Every run ends and no accepted run is lost, whatever process is killed in the middle."""

import os
import shutil
import signal
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from openai import OpenAI

from playground.embedded.servers.broker import EmbeddedValkey
from tests.conftest import MODEL
from tests.fakes.provider import ScriptedProvider
from tests.fakes.replies import Reply
from tests.live import API_KEY, READY_SECONDS, LiveSite, wait_until
from tests.sdk.clients import sync_client

TAKE_OVER_SECONDS = 15.0
DRAIN_SECONDS = 5.0  # the default


@pytest.fixture(scope="module")
def valkey() -> Iterator[EmbeddedValkey]:
    """A server for this module only, which keeps its data when it is killed."""
    folder = Path(tempfile.mkdtemp(prefix="kill-", dir="/tmp"))
    with EmbeddedValkey(folder / "valkey", folder / "run") as server:
        yield server
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="module")
def mortal_site(the_provider: ScriptedProvider, valkey: EmbeddedValkey) -> Iterator[LiveSite]:
    """A site whose processes may be killed."""
    environment = {"OPENAI_BASE_URL": the_provider.base_url, "OPENAI_API_KEY": "k"}
    site = LiveSite("mortal", environment, redis_url=valkey.url)
    try:
        yield site.start()
    finally:
        site.stop()


@pytest.fixture
def mortal(mortal_site: LiveSite, provider: ScriptedProvider) -> Iterator[OpenAI]:
    client, _ = sync_client(mortal_site.base_url, API_KEY)
    with client:
        yield client


def start_run(client: OpenAI) -> tuple[str, str]:
    """Queue a run, and return the ids of its thread and of itself."""
    assistant = client.beta.assistants.create(model=MODEL)
    run = client.beta.threads.create_and_run(
        assistant_id=assistant.id, thread={"messages": [{"role": "user", "content": "Go"}]}
    )
    return run.thread_id, run.id


def freeze(site: LiveSite) -> None:
    """Stop the workers at a moment without open transactions."""

    # The site would wait for the locks of a transaction that a stopped worker holds.
    def frozen() -> bool:
        for worker in site.workers:
            os.kill(worker.pid, signal.SIGSTOP)
        time.sleep(0.05)  # for statements that PostgreSQL already has
        if not site.has_open_transactions():
            return True
        for worker in site.workers:
            os.kill(worker.pid, signal.SIGCONT)
        return False

    wait_until(frozen)


def read_until(client: OpenAI, text: str) -> tuple[str, str]:
    """Start a run, read its stream up to this text, and return the ids of its thread and itself."""
    assistant = client.beta.assistants.create(model=MODEL)
    received, run = "", None
    with client.beta.threads.create_and_run(
        assistant_id=assistant.id,
        thread={"messages": [{"role": "user", "content": "Go"}]},
        stream=True,
    ) as stream:
        for event in stream:
            if event.event == "thread.run.created":
                run = event.data
            if event.event == "thread.message.delta" and event.data.delta.content:
                [part] = event.data.delta.content
                assert part.type == "text"
                assert part.text is not None
                received += part.text.value or ""
            if received == text:
                break
    assert run is not None
    return run.thread_id, run.id


def status(client: OpenAI, thread_id: str, run_id: str) -> str:
    return client.beta.threads.runs.retrieve(run_id, thread_id=thread_id).status


def text_of_newest(client: OpenAI, thread_id: str) -> str:
    [part] = client.beta.threads.messages.list(thread_id, limit=1).data[0].content
    assert part.type == "text"
    return part.text.value


def test_another_worker_finishes_the_run_of_a_killed_one(
    mortal_site: LiveSite, mortal: OpenAI, provider: ScriptedProvider
) -> None:
    provider.enqueue(Reply(text="half of it and more", gate_after=3), Reply(text="All of it."))
    thread_id, run_id = read_until(mortal, "half of it")
    victim = mortal_site.workers.pop()
    mortal_site.start_worker()
    victim.send_signal(signal.SIGKILL)
    victim.wait()
    killed_at = time.monotonic()
    wait_until(lambda: status(mortal, thread_id, run_id) == "completed", seconds=TAKE_OVER_SECONDS)
    assert time.monotonic() - killed_at < TAKE_OVER_SECONDS
    messages = mortal.beta.threads.messages.list(thread_id, order="asc").data
    assert [message.status for message in messages] == ["completed", "incomplete", "completed"]
    assert text_of_newest(mortal, thread_id) == "All of it."
    [partial] = messages[1].content
    assert partial.type == "text"
    assert partial.text.value == "half of it"
    # The model is not shown the half that was lost.
    assert provider.completions[1]["messages"] == [{"role": "user", "content": "Go"}]


def test_a_run_continues_while_valkey_is_killed_and_restarted(
    mortal: OpenAI, provider: ScriptedProvider, valkey: EmbeddedValkey
) -> None:
    provider.enqueue(Reply(text="one two three four five six", gate_after=3))
    thread_id, run_id = start_run(mortal)
    provider.wait_held()
    valkey.kill()
    provider.release()
    valkey.start()
    wait_until(lambda: status(mortal, thread_id, run_id) == "completed")
    assert text_of_newest(mortal, thread_id) == "one two three four five six"


def test_a_run_accepted_without_valkey_starts_once_it_is_back(
    mortal: OpenAI, provider: ScriptedProvider, valkey: EmbeddedValkey
) -> None:
    valkey.kill()
    try:
        thread_id, run_id = start_run(mortal)
        assert status(mortal, thread_id, run_id) == "queued"
    finally:
        valkey.start()
    wait_until(lambda: status(mortal, thread_id, run_id) == "completed", seconds=40)


def test_the_sweeper_cancels_a_run_whose_worker_is_dead(
    mortal_site: LiveSite, mortal: OpenAI, provider: ScriptedProvider
) -> None:
    provider.enqueue(Reply(text="one two three", gate_after=1))
    thread_id, run_id = start_run(mortal)
    provider.wait_held()
    freeze(mortal_site)
    mortal.beta.threads.runs.cancel(run_id, thread_id=thread_id)
    for worker in mortal_site.workers:
        worker.kill()
        worker.wait()
    mortal_site.workers.clear()
    mortal_site.start_worker()
    wait_until(lambda: status(mortal, thread_id, run_id) == "cancelled", seconds=TAKE_OVER_SECONDS)


def test_a_worker_that_is_asked_to_end_finishes_its_run(
    mortal_site: LiveSite, mortal: OpenAI, provider: ScriptedProvider
) -> None:
    provider.enqueue(Reply(text="one two three", gate_after=1))
    thread_id, run_id = start_run(mortal)
    provider.wait_held()
    worker = mortal_site.workers.pop()
    mortal_site.start_worker()
    worker.send_signal(signal.SIGTERM)
    time.sleep(0.3)  # so that it is asked before the run goes on
    provider.release()
    assert worker.wait(READY_SECONDS) == 0
    assert status(mortal, thread_id, run_id) == "completed"
    assert text_of_newest(mortal, thread_id) == "one two three"
    assert len(provider.completions) == 1


def test_another_worker_takes_the_run_that_does_not_end_in_time(
    mortal_site: LiveSite, mortal: OpenAI, provider: ScriptedProvider
) -> None:
    provider.enqueue(Reply(text="one two three", gate_after=1), Reply(text="All of it."))
    thread_id, run_id = start_run(mortal)
    provider.wait_held()
    worker = mortal_site.workers.pop()
    mortal_site.start_worker()
    begun = time.monotonic()
    worker.send_signal(signal.SIGTERM)
    assert worker.wait(READY_SECONDS) == 0
    assert time.monotonic() - begun < DRAIN_SECONDS + 5
    provider.wait_closed_early()
    wait_until(lambda: status(mortal, thread_id, run_id) == "completed", seconds=TAKE_OVER_SECONDS)
    assert text_of_newest(mortal, thread_id) == "All of it."
