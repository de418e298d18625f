"""Runs through the SDK's asynchronous client."""

import asyncio

from openai import AsyncOpenAI

from tests.conftest import MODEL
from tests.fakes.provider import ScriptedProvider
from tests.fakes.replies import Reply


async def test_many_streams_at_once_lose_nothing(
    aclient: AsyncOpenAI, provider: ScriptedProvider
) -> None:
    text = " ".join(f"t{number}" for number in range(100))
    provider.enqueue(*[Reply(text=text, delay=0.005)] * 12)
    assistant = await aclient.beta.assistants.create(model=MODEL)

    async def one() -> str:
        received: list[str] = []
        async with aclient.beta.threads.create_and_run_stream(
            assistant_id=assistant.id, thread={"messages": [{"role": "user", "content": "go"}]}
        ) as stream:
            async for event in stream:
                if event.event == "thread.message.delta":
                    for part in event.data.delta.content or []:
                        assert part.type == "text"
                        assert part.text is not None
                        received.append(part.text.value or "")
        return "".join(received)

    assert await asyncio.gather(*(one() for _ in range(12))) == [text] * 12


async def test_polling_helpers(aclient: AsyncOpenAI, provider: ScriptedProvider) -> None:
    provider.enqueue(Reply(text="Hello."))
    assistant = await aclient.beta.assistants.create(model=MODEL)
    run = await aclient.beta.threads.create_and_run_poll(
        assistant_id=assistant.id,
        thread={"messages": [{"role": "user", "content": "Hi"}]},
        poll_interval_ms=20,
    )
    assert run.status == "completed"
    assert [item.id async for item in aclient.beta.threads.runs.list(run.thread_id)] == [run.id]
