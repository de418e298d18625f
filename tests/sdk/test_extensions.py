"""Additions of ours: a list of threads, and a stream of a thread's events."""

import json
import threading
from collections.abc import Iterator
from typing import Any

import httpx2
import pytest
from openai import OpenAI
from openai.types.beta import Assistant

from tests.fakes.provider import ScriptedProvider
from tests.fakes.replies import Reply
from tests.live import API_KEY, LiveSite
from tests.sdk.steps import ask

HEADERS = {"Authorization": f"Bearer {API_KEY}", "OpenAI-Beta": "assistants=v2"}


def threads_of(site: LiveSite, **query: Any) -> list[str]:
    """Return the ids of the threads that match, newest first."""
    answer = httpx2.get(f"{site.base_url}/threads", params=query, headers=HEADERS)
    assert answer.status_code == 200, answer.text
    assert {row["object"] for row in answer.json()["data"]} <= {"thread"}
    return [row["id"] for row in answer.json()["data"]]


def test_threads_are_listed_in_pages(client: OpenAI, site: LiveSite) -> None:
    made = [client.beta.threads.create().id for _ in range(3)][::-1]
    assert threads_of(site, limit=2) == made[:2]
    assert threads_of(site, limit=1, after=made[1]) == made[2:]


def test_threads_are_found_by_text_assistant_metadata_and_time(
    client: OpenAI, site: LiveSite, assistant: Assistant, provider: ScriptedProvider
) -> None:
    answered = client.beta.threads.create(
        metadata={"customer": "42", "tier": "a b"},
        messages=[{"role": "user", "content": "Where is the zyxwv harbour?"}],
    )
    client.beta.threads.runs.create_and_poll(
        thread_id=answered.id, assistant_id=assistant.id, poll_interval_ms=20
    )
    other = client.beta.threads.create(metadata={"customer": "43"})
    assert threads_of(site, **{"metadata[customer]": "42", "metadata[tier]": "a b"}) == [
        answered.id
    ]
    assert threads_of(site, query="ZYXWV harbour") == [answered.id]
    assert threads_of(site, query="zyxwv -harbour") == []
    assert threads_of(site, assistant_id=assistant.id) == [answered.id]
    since = {"created_at[gte]": other.created_at, "created_at[lte]": other.created_at}
    assert other.id in threads_of(site, **since)
    assert threads_of(site, **{"created_at[lte]": 1_000_000}) == []


@pytest.mark.parametrize("value", ["soon", "1e400", str(10**30)])
def test_an_invalid_time_is_refused(site: LiveSite, client: OpenAI, value: str) -> None:
    answer = httpx2.get(
        f"{site.base_url}/threads", params={"created_at[gte]": value}, headers=HEADERS
    )
    assert answer.status_code == 400
    assert answer.json()["error"]["param"] == "created_at[gte]"


def events(site: LiveSite, thread: str, **query: str) -> Iterator[tuple[str, str, Any]]:
    """Yield the id, name and data of each event, without end."""
    url = f"{site.base_url}/threads/{thread}/events"
    with httpx2.stream("GET", url, params=query, headers=HEADERS, timeout=30) as answer:
        assert answer.status_code == 200
        fields: dict[str, str] = {}
        for line in answer.iter_lines():
            name, _, value = line.partition(": ")
            if name:
                fields[name] = value
            elif fields:
                yield fields["id"], fields["event"], json.loads(fields["data"])
                fields = {}


def test_a_reader_can_resume_after_any_event(
    client: OpenAI, site: LiveSite, assistant: Assistant, provider: ScriptedProvider
) -> None:
    provider.enqueue(Reply(text="one two three four", gate_after=2))
    thread = ask(client)
    client.beta.threads.runs.create(thread, assistant_id=assistant.id)
    provider.wait_held()
    seen = []
    for event in events(site, thread):
        seen.append(event)
        if event[1] == "thread.message.delta":
            break
    threading.Timer(0.2, provider.release).start()
    rest = []
    for event in events(site, thread, after=seen[-1][0]):
        rest.append(event)
        if event[1] == "thread.run.completed":
            break
    whole = seen + rest
    assert [name for _, name, _ in whole[:4]] == [
        "thread.created",
        "thread.message.created",
        "thread.run.created",
        "thread.run.queued",
    ]
    text = "".join(
        data["delta"]["content"][0]["text"]["value"]
        for _, name, data in whole
        if name == "thread.message.delta"
    )
    assert text == "one two three four"
    assert len({seq for seq, _, _ in whole}) == len(whole)


def test_lost_events_and_invalid_ids_are_refused(client: OpenAI, site: LiveSite) -> None:
    thread = ask(client)
    url = f"{site.base_url}/threads/{thread}/events"
    for unknown in ("1-0", f"{2**63}-0", f"{10**30}-0"):
        answer = httpx2.get(url, params={"after": unknown}, headers=HEADERS)
        assert answer.status_code == 410
        assert answer.json()["error"]["code"] == "events_expired"
    wrong = httpx2.get(url, params={"after": "soon"}, headers=HEADERS)
    assert wrong.status_code == 400
    assert wrong.json()["error"]["param"] == "after"


def test_a_stream_ends_with_an_error_when_its_thread_is_deleted(
    client: OpenAI, site: LiveSite
) -> None:
    thread = ask(client)
    timer = threading.Timer(0.3, lambda: client.beta.threads.delete(thread))
    timer.start()
    url = f"{site.base_url}/threads/{thread}/events"
    text = httpx2.get(url, headers=HEADERS, timeout=30).text
    timer.join()
    assert text.rstrip().splitlines()[-2] == "event: error"
    assert "thread_deleted" in text
    assert "playground." not in text
