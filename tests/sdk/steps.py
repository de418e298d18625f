"""Functions that tests through the SDK share."""

import json

from openai import OpenAI
from openai.types.beta import Assistant
from openai.types.beta.threads import Message, Run

from tests.fakes.replies import Reply, ToolCall


def ask(client: OpenAI, text: str = "Hi") -> str:
    """Create a thread with one message and return its id."""
    return client.beta.threads.create(messages=[{"role": "user", "content": text}]).id


def reply_of(client: OpenAI, thread_id: str) -> str:
    """Return the text of the newest message."""
    [part] = client.beta.threads.messages.list(thread_id, limit=1).data[0].content
    assert part.type == "text"
    return part.text.value


def status_of(client: OpenAI, run_id: str, thread_id: str) -> str:
    return client.beta.threads.runs.retrieve(run_id, thread_id=thread_id).status


def search_call(query: str, call_id: str = "call_1") -> Reply:
    """Return a reply in which the model calls file search."""
    arguments = json.dumps({"query": query})
    return Reply(tool_calls=[ToolCall("file_search", arguments, id=call_id)])


def upload(client: OpenAI, name: str, text: str) -> str:
    return client.files.create(file=(name, text.encode()), purpose="assistants").id


def answered(client: OpenAI, assistant: Assistant, thread: str) -> tuple[Run, Message]:
    run = client.beta.threads.runs.create_and_poll(
        thread_id=thread, assistant_id=assistant.id, poll_interval_ms=20
    )
    assert run.status == "completed", run.last_error
    return run, client.beta.threads.messages.list(thread, run_id=run.id).data[0]
