"""Clients that each start one run and read all of it, whatever happens meanwhile."""

import asyncio
import json
import secrets
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import httpx2
import openai
from openai import AsyncOpenAI

from tests.kill.chaos.site import TEXT, now
from tests.live import API_KEY

ENDED = ("completed", "failed", "cancelled", "expired", "incomplete")
RETRIES = 8  # of the SDK, whose default is 2
ARRIVAL_SECONDS = 2.4  # in which all clients come
PATIENCE = 60.0
HEADERS = {"Authorization": f"Bearer {API_KEY}", "OpenAI-Beta": "assistants=v2"}


@dataclass
class Member:
    """A client: what it was told, and what it has read."""

    number: int
    run_id: str = ""
    thread_id: str = ""
    status: str = ""
    refused: str = ""  # why it has no run
    is_broken: bool = False  # its stream has broken off, so it has read a part of the text
    texts: dict[str, str] = field(default_factory=dict)  # of messages, by id
    heard_at: list[float] = field(default_factory=list)

    def take(self, name: str, data: dict[str, Any]) -> None:
        """Take an event of its run or thread."""
        self.heard_at.append(now())
        if name == "thread.message.delta":
            for part in data["delta"]["content"]:
                self.texts[data["id"]] = self.texts.get(data["id"], "") + part["text"]["value"]
        if data["object"] == "thread.run":
            self.run_id, self.thread_id = data["id"], data["thread_id"]
        if name.removeprefix("thread.run.") in ENDED:
            self.status = data["status"]


class Crowd:
    """`size` members, on an event loop in a thread of their own."""

    # A retry of the SDK without a key doesn't find what was made if the answer had left the server
    # and was lost on its way.
    def __init__(self, base_url: str, assistant_id: str, size: int, *, keyed: bool) -> None:
        self.members = [Member(number) for number in range(size)]
        self._base_url, self._assistant_id, self._keyed = base_url, assistant_id, keyed
        self._client = AsyncOpenAI(base_url=base_url, api_key=API_KEY, max_retries=RETRIES)
        self._thread = threading.Thread(target=lambda: asyncio.run(self._go()), daemon=True)

    def start(self) -> None:
        self._thread.start()

    def wait(self) -> None:
        """Return when all members have read their runs."""
        self._thread.join(PATIENCE + 10)
        assert not self._thread.is_alive(), "clients still wait"

    async def _go(self) -> None:
        async with self._client, asyncio.timeout(PATIENCE):
            await asyncio.gather(*map(self._take_part, self.members))

    async def _take_part(self, member: Member) -> None:
        await asyncio.sleep(member.number * ARRIVAL_SECONDS / len(self.members))
        try:
            await (self._stream(member) if member.number % 2 else self._follow(member))
        except openai.APIError as error:
            member.refused = str(error)[:200]

    def _asked(self, member: Member) -> dict[str, Any]:
        metadata = {"member": str(member.number)}
        messages = [{"role": "user", "content": "Go"}]
        return {
            "assistant_id": self._assistant_id,
            "thread": {"messages": messages, "metadata": metadata},
            "metadata": metadata,
            "extra_headers": {"Idempotency-Key": secrets.token_hex(8)} if self._keyed else {},
        }

    async def _stream(self, member: Member) -> None:
        # A stream of the SDK. If it breaks off, the run is read from its rows.
        try:
            stream = await self._client.beta.threads.create_and_run(
                **self._asked(member), stream=True
            )
            async for event in stream:
                member.take(event.event, event.data.model_dump())
        except (httpx2.HTTPError, openai.APIConnectionError):
            if not member.run_id:
                raise openai.APIConnectionError(request=httpx2.Request("POST", "/")) from None
        while not member.status:
            await asyncio.sleep(0.2)
            run = await self._client.beta.threads.runs.retrieve(
                member.run_id, thread_id=member.thread_id
            )
            member.heard_at.append(now())
            member.status = run.status if run.status in ENDED else ""
            member.is_broken = True

    async def _follow(self, member: Member) -> None:
        # The events of the thread, which a reader goes on reading after the last one it has seen.
        run = await self._client.beta.threads.create_and_run(**self._asked(member))
        member.run_id, member.thread_id = run.id, run.thread_id
        after = ""
        async with httpx2.AsyncClient(headers=HEADERS, timeout=15) as client:
            while not member.status:
                try:
                    after = await self._read_events(client, member, after)
                except httpx2.HTTPError:
                    await asyncio.sleep(0.2)

    async def _read_events(self, client: httpx2.AsyncClient, member: Member, after: str) -> str:
        url = f"{self._base_url}/threads/{member.thread_id}/events"
        self_after = {"after": after} if after else {}
        async with client.stream("GET", url, params=self_after) as response:
            if response.status_code == httpx2.codes.GONE:
                return self._read_again(member)
            if response.status_code != httpx2.codes.OK:
                raise httpx2.ReadError(f"status {response.status_code}")
            lines = [""]
            try:
                async for line in response.aiter_lines():
                    lines.append(line)
                    if line:
                        continue
                    for seq, name, data in _events_of(lines):
                        if name == "error":
                            return self._read_again(member)
                        after = seq
                        member.take(name, data)
                        if member.status:
                            return after
                    lines = []
            except httpx2.HTTPError:
                await asyncio.sleep(0.1)
        return after

    def _read_again(self, member: Member) -> str:
        # The log was lost: the thread is read from its beginning.
        member.texts.clear()
        return ""


def _events_of(lines: list[str]) -> Iterator[tuple[str, str, dict[str, Any]]]:
    fields = dict(line.split(": ", 1) for line in lines if ": " in line and line[0] != ":")
    if "event" in fields:
        yield fields.get("id", ""), fields["event"], json.loads(fields["data"])


def is_whole(text: str) -> bool:
    """Return whether it's the text that the model has written."""
    return text == TEXT
