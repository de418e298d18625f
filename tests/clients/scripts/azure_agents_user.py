"""What users of azure-ai-agents write. The endpoint is that of a project."""

import os
from typing import Any

from azure.ai.agents import AgentsClient
from azure.ai.agents.models import (
    AgentEventHandler,
    CodeInterpreterTool,
    FilePurpose,
    FileSearchTool,
    FunctionTool,
    ListSortOrder,
    MessageRole,
    ToolSet,
)
from azure.core.credentials import AzureKeyCredential
from azure.core.exceptions import ResourceNotFoundError
from azure.core.pipeline.policies import AzureKeyCredentialPolicy
from told import serve

MODEL = "scripted-1"
key = AzureKeyCredential(os.environ["OPENAI_API_KEY"])
client: Any = AgentsClient(
    os.environ["AZURE_OPENAI_ENDPOINT"] + "/api/projects/x",
    key,
    # The policy for tokens, which is the default, refuses http.
    authentication_policy=AzureKeyCredentialPolicy(key, "Authorization", prefix="Bearer"),
)


def get_weather(location: str) -> str:
    """The weather of a place.

    :param location: The place.
    """
    return f"11 degrees in {location}"


def agent(**more: Any) -> Any:
    return client.create_agent(model=MODEL, name="Tutor", instructions="You teach.", **more)


def thread() -> Any:
    made = client.threads.create()
    client.messages.create(made.id, role=MessageRole.USER, content="How warm is it in Paris?")
    return made


class Handler(AgentEventHandler):  # type: ignore[misc]
    def __init__(self) -> None:
        super().__init__()
        self.text, self.marks, self.ended = "", [], False  # type: ignore[var-annotated]

    def on_message_delta(self, delta: Any) -> None:
        self.text += delta.text
        for part in delta.delta.content:
            for mark in part.text.annotations or []:
                self.marks.append([mark.type, mark.text, part.text.value])

    def on_error(self, data: str) -> None:
        raise AssertionError(data)

    def on_done(self) -> None:
        self.ended = True


def heard(made: Any) -> Any:
    asked, handler = thread(), Handler()
    with client.runs.stream(asked.id, agent_id=made.id, event_handler=handler) as stream:
        stream.until_done()
    whole = client.messages.get_last_message_text_by_role(asked.id, MessageRole.AGENT)
    same = whole.text.value == handler.text
    return {"text": handler.text, "marks": handler.marks, "ended": handler.ended, "same": same}


def objects() -> Any:
    made = [agent(), agent()]
    changed = client.update_agent(made[0].id, name="Teacher")
    listed = []
    for one in client.list_agents(limit=1, order=ListSortOrder.DESCENDING):
        listed.append(one.id)
        if len(listed) == 2:
            break
    client.delete_agent(made[1].id)
    return {
        "changed": [changed.name, changed.instructions],
        "listed": listed == [made[1].id, made[0].id],
        "read": client.get_agent(made[0].id).id == made[0].id,
    }


def called() -> Any:
    functions = ToolSet()
    functions.add(FunctionTool({get_weather}))
    made, asked = agent(toolset=functions), thread()
    client.enable_auto_function_calls({get_weather})
    run = client.runs.create_and_process(asked.id, agent_id=made.id, polling_interval=0)
    answer = client.messages.get_last_message_text_by_role(asked.id, MessageRole.AGENT)
    steps = [step.type for step in client.run_steps.list(asked.id, run.id)]
    return [run.status, answer.text.value, steps]


def streamed() -> Any:
    return heard(agent())


def streamed_calls() -> Any:
    functions = FunctionTool({get_weather})
    client.enable_auto_function_calls({get_weather})
    return heard(agent(tools=functions.definitions))


def citations() -> Any:
    file = client.files.upload_and_poll(
        file=("harbour.txt", b"The harbour was built in 1907."), purpose=FilePurpose.AGENTS
    )
    store = client.vector_stores.create_and_poll(file_ids=[file.id], name="s", polling_interval=0)
    search = FileSearchTool(vector_store_ids=[store.id])
    saw = heard(agent(tools=search.definitions, tool_resources=search.resources))
    client.vector_stores.delete(store.id)
    client.files.delete(file.id)
    return saw


def code() -> Any:
    tool = CodeInterpreterTool()
    return heard(agent(tools=tool.definitions, tool_resources=tool.resources))


def errors() -> Any:
    try:
        client.runs.create(thread().id, agent_id="asst_nobody")
    except ResourceNotFoundError as error:
        return [error.status_code, error.message.splitlines()[0]]


if __name__ == "__main__":
    TASKS = [objects, called, streamed, streamed_calls, citations, code, errors]
    serve({task.__name__: task for task in TASKS})
