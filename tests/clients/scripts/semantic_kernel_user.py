"""What users of Semantic Kernel's OpenAIAssistantAgent and AzureAssistantAgent write."""

import asyncio
from collections.abc import Callable, Coroutine
from datetime import timedelta
from functools import partial
from typing import Any

from openai import AsyncAzureOpenAI, NotFoundError
from semantic_kernel.agents import AssistantAgentThread, AzureAssistantAgent, OpenAIAssistantAgent
from semantic_kernel.agents.open_ai.run_polling_options import RunPollingOptions
from semantic_kernel.contents import (
    AnnotationContent,
    FunctionCallContent,
    StreamingAnnotationContent,
)
from semantic_kernel.functions import kernel_function
from told import serve

MODEL = "scripted-1"
SOON = timedelta(milliseconds=20)
POLLING = RunPollingOptions(default_polling_interval=SOON, run_polling_interval=SOON)
loop = asyncio.new_event_loop()
SERVICES: dict[str, tuple[Any, Any]] = {
    "openai": (OpenAIAssistantAgent, OpenAIAssistantAgent.create_client(ai_model_id=MODEL)),
    "azure": (
        AzureAssistantAgent,
        # The library's own `create_client` accepts only https.
        AsyncAzureOpenAI(api_version="2024-05-01-preview", max_retries=0),
    ),
}
Agent, client = SERVICES["openai"]


class Weather:
    @kernel_function(  # type: ignore[untyped-decorator]
        name="get_weather", description="The weather of a place."
    )
    def get_weather(self, location: str) -> str:
        return f"11 degrees in {location}"


async def agent(plugins: "list[object] | None" = None, **more: Any) -> Any:
    definition = await client.beta.assistants.create(
        model=MODEL, name="Tutor", instructions="You are a tutor.", **more
    )
    return Agent(client=client, definition=definition, plugins=plugins, polling_options=POLLING)


async def librarian() -> Any:
    file = await client.files.create(
        file=("harbour.txt", b"The harbour was built in 1907."), purpose="assistants"
    )
    store = await client.vector_stores.create()
    await client.vector_stores.files.create_and_poll(
        file.id, vector_store_id=store.id, poll_interval_ms=20
    )
    tools, resources = Agent.configure_file_search_tool(store.id)
    return await agent(tools=tools, tool_resources=resources)


async def coder() -> Any:
    tools, resources = Agent.configure_code_interpreter_tool()
    return await agent(tools=tools, tool_resources=resources)


async def heard(tutor: Any) -> Any:
    text = ""
    marks: list[list[Any]] = []
    steps: list[str] = []

    async def on_intermediate_message(message: Any) -> None:
        steps.extend(type(item).__name__ for item in message.items)

    async for part in tutor.invoke_stream(
        messages="How warm is it in Paris?", on_intermediate_message=on_intermediate_message
    ):
        # The source of a code call is streamed as text too, with this mark.
        if not part.message.metadata.get("code"):
            text += str(part.message)
        marks += [
            [item.quote, item.start_index, item.end_index, bool(item.file_id)]
            for item in part.message.items
            if isinstance(item, StreamingAnnotationContent)
        ]
    return {"text": text, "marks": marks, "steps": steps}


async def conversation() -> Any:
    tutor = await agent()
    first = await tutor.get_response(messages="What is 3 + 4?")
    second = await tutor.get_response(messages="And times 2?", thread=first.thread)
    history = [str(message) async for message in first.thread.get_messages(sort_order="asc")]
    await first.thread.delete()
    deleted = await client.beta.assistants.delete(tutor.id)
    return {"answers": [str(first), str(second)], "history": history, "deleted": deleted.deleted}


async def called() -> Any:
    seen: list[Any] = []

    async def on_intermediate_message(message: Any) -> None:
        seen.extend(i.arguments for i in message.items if isinstance(i, FunctionCallContent))

    tutor = await agent([Weather()])
    thread = AssistantAgentThread(client=client)
    async for answer in tutor.invoke(
        messages="Weather?", thread=thread, on_intermediate_message=on_intermediate_message
    ):
        text = str(answer.message)
    return {"text": text, "calls": seen}


async def streamed() -> Any:
    return await heard(await agent())


async def streamed_calls() -> Any:
    return await heard(await agent([Weather()]))


async def citations() -> Any:
    return await heard(await librarian())


async def whole_citations() -> Any:
    answer = await (await librarian()).get_response(messages="When was the harbour built?")
    return [item.quote for item in answer.message.items if isinstance(item, AnnotationContent)]


async def code() -> Any:
    return await heard(await coder())


async def errors() -> Any:
    tutor = await agent()
    await client.beta.assistants.delete(tutor.id)
    try:
        await tutor.get_response(messages="Hello?")
    except NotFoundError as error:
        return [error.status_code, error.message]


def through(service: str, task: Callable[[], Coroutine[Any, Any, Any]]) -> Any:
    global Agent, client  # noqa: PLW0603
    Agent, client = SERVICES[service]
    return loop.run_until_complete(task())


if __name__ == "__main__":
    # One program for both services, because the import takes seconds.
    TASKS = [conversation, called, streamed, streamed_calls, citations, whole_citations]
    TASKS += [code, errors]
    serve(
        {
            f"{name} {task.__name__}": partial(through, name, task)
            for name in SERVICES
            for task in TASKS
        }
    )
