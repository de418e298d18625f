"""The code in "View code" runs unchanged against a live site."""

import json
import subprocess
import sys
from collections.abc import Callable

import pytest
from openai import OpenAI
from openai.types.beta import Assistant
from openai.types.beta.threads import Message

from assistants_app.rendering.api_code.samples import (
    Sample,
    assistant_sample,
    curl_code,
    node_code,
    python_code,
    request_sample,
    thread_sample,
)
from tests.clients.environments import command_of, node_folder
from tests.fakes.provider import ScriptedProvider
from tests.fakes.replies import Reply
from tests.live import API_KEY, LiveSite

QUESTION = 'How warm is it in "L\'Aquila"?\nIn °C'
ANSWER = "It is 11 degrees."
Do = Callable[[Sample], str]


@pytest.fixture(params=["python", "node", "curl"])
def do(request: pytest.FixtureRequest, site: LiveSite) -> Do:
    """Run the code of a sample in one of the languages, and return its output."""
    node = [command_of("node", "")[0], "--input-type=module", "-"]
    write, command = {
        "python": (python_code, [sys.executable, "-W", "ignore", "-"]),
        "node": (node_code, node),
        "curl": (curl_code, ["sh", "-s"]),
    }[request.param]

    def run(sample: Sample) -> str:
        done = subprocess.run(
            command,
            input=write(sample, site.base_url),
            cwd=node_folder("node"),
            env={"PATH": "/usr/bin:/bin", "OPENAI_API_KEY": API_KEY},
            capture_output=True,
            text=True,
            timeout=60,
        )
        assert done.returncode == 0, done.stderr
        return done.stdout

    return run


def newest_text(client: OpenAI, thread_id: str) -> str:
    newest: Message = client.beta.threads.messages.list(thread_id, limit=1).data[0]
    [part] = newest.content
    assert part.type == "text"
    return part.text.value


def test_the_code_creates_an_equal_assistant(do: Do, client: OpenAI, assistant: Assistant) -> None:
    output = do(assistant_sample(assistant.to_dict()))
    made = client.beta.assistants.list(limit=1).data[0]
    assert made.id != assistant.id
    assert made.id in output
    apart = {"id", "created_at"}
    assert made.model_dump(exclude=apart) == assistant.model_dump(exclude=apart)


def test_the_code_of_a_thread_gets_an_answer(
    do: Do, client: OpenAI, assistant: Assistant, provider: ScriptedProvider
) -> None:
    thread = client.beta.threads.create(messages=[{"role": "user", "content": QUESTION}])
    messages = [item.to_dict() for item in client.beta.threads.messages.list(thread.id)]
    provider.enqueue(Reply(text=ANSWER))
    output = do(thread_sample(assistant.id, messages))
    assert ANSWER in output
    [sent] = provider.completions
    assert sent["messages"][-1]["content"] == QUESTION


def test_the_code_of_a_run_repeats_it(
    do: Do, client: OpenAI, assistant: Assistant, provider: ScriptedProvider
) -> None:
    provider.enqueue(Reply(text="Wait."), Reply(text=ANSWER))
    run = client.beta.threads.create_and_run_poll(
        assistant_id=assistant.id,
        thread={"messages": [{"role": "user", "content": QUESTION}]},
        temperature=0.25,
        max_completion_tokens=300,
        tool_choice="none",
    )
    output = do(request_sample(run.to_dict()))
    assert ANSWER in output
    assert newest_text(client, run.thread_id) == ANSWER
    again = client.beta.threads.runs.list(run.thread_id, limit=1).data[0]
    apart = {"id", "created_at", "started_at", "completed_at", "usage"}
    assert json.loads(again.model_dump_json(exclude=apart)) == json.loads(
        run.model_dump_json(exclude=apart)
    )
