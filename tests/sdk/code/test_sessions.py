"""Sessions of threads: what lasts, what ends them, and what forks know of them."""

import io
import json

from openai import OpenAI
from openai.types.beta import Assistant

from assistants_app.sandbox.remote import RemoteSandbox
from tests.fakes.provider import ScriptedProvider
from tests.fakes.replies import Reply
from tests.live import LiveSite, wait_until
from tests.sdk.code.steps import answered, calls_of, code, logs_of, result_shown_to_model
from tests.sdk.forks import fork_of
from tests.sdk.steps import ask


def test_state_lasts_across_runs_of_one_thread(
    client: OpenAI, coder: Assistant, provider: ScriptedProvider
) -> None:
    one, two = ask(client), ask(client)
    provider.enqueue(code("secret = 5"), Reply(text="kept"))
    answered(client, coder, one)
    provider.enqueue(code("print(secret + 1)"), Reply(text="six"))
    client.beta.threads.messages.create(one, role="user", content="And now?")
    [call] = calls_of(client, answered(client, coder, one))
    assert logs_of(call) == "6\n"
    history = provider.completions[-1]["messages"]
    earlier = next(row for row in history if row.get("tool_calls"))
    assert json.loads(earlier["tool_calls"][0]["function"]["arguments"]) == {"code": "secret = 5"}
    provider.enqueue(code("print(secret)"), Reply(text="no"))
    [call] = calls_of(client, answered(client, coder, two))
    assert "NameError" in logs_of(call)


def test_after_a_lost_session_the_model_learns_of_it_and_files_are_back(
    client: OpenAI, coder: Assistant, provider: ScriptedProvider, site: LiveSite
) -> None:
    given = client.files.create(file=io.BytesIO(b"still here"), purpose="assistants")
    thread = client.beta.threads.create(
        messages=[{"role": "user", "content": "x"}],
        tool_resources={"code_interpreter": {"file_ids": [given.id]}},
    ).id
    provider.enqueue(code("kept = 1"), Reply(text="ok"))
    answered(client, coder, thread)
    assert site.interpreter is not None
    site.interpreter.kill()
    site.interpreter.wait()
    site.start_interpreter()
    read = "import os\nname = os.listdir('/mnt/data')[0]\nprint(open(f'/mnt/data/{name}').read())"
    provider.enqueue(code(read), Reply(text="ok"))
    [call] = calls_of(client, answered(client, coder, thread))
    assert logs_of(call) == "still here\n"
    assert "variables and files from earlier calls are gone" in result_shown_to_model(provider)


def test_a_fork_knows_the_calls_and_that_its_session_is_new(
    client: OpenAI, coder: Assistant, provider: ScriptedProvider, site: LiveSite
) -> None:
    thread = ask(client, "Count.")
    provider.enqueue(
        code("x = 41\nopen('/mnt/data/o.txt', 'w').write('saved')\nprint(x)"),
        Reply(text="See [o](sandbox:/mnt/data/o.txt)."),
    )
    answered(client, coder, thread)
    fork = fork_of(site, thread)
    provider.enqueue(
        code("print('x' in dir())\nprint(open('/mnt/data/o.txt').read())"),
        Reply(text="Again: [o](sandbox:/mnt/data/o.txt)."),
    )
    run = answered(client, coder, fork)
    first, second = provider.completions[-2:]
    roles = [message["role"] for message in first["messages"]]
    assert roles == ["system", "user", "assistant", "tool", "assistant"]
    assert "x = 41" in first["messages"][2]["tool_calls"][0]["function"]["arguments"]
    assert first["messages"][3]["content"].startswith("41\n")
    assert first["messages"][3]["content"].endswith("are available again.]")
    assert second["messages"][:5] == first["messages"]
    [call] = calls_of(client, run)
    assert logs_of(call) == "False\nsaved\n"
    assert "[A new session started" in result_shown_to_model(provider)
    [part] = client.beta.threads.messages.list(fork, limit=1).data[0].content
    assert part.type == "text"
    assert [note.type for note in part.text.annotations] == ["file_path"]


def test_deleting_a_thread_ends_its_session(
    client: OpenAI, coder: Assistant, provider: ScriptedProvider, site: LiveSite
) -> None:
    provider.enqueue(code("kept = 1"), Reply(text="ok"))
    thread = ask(client)
    answered(client, coder, thread)
    settings = site.environ()
    sandbox = RemoteSandbox([settings["SANDBOX_HOSTS"]], settings["SANDBOX_SECRET"])
    assert sandbox.is_open(thread)
    client.beta.threads.delete(thread)
    wait_until(lambda: not sandbox.is_open(thread))


def test_cancelling_ends_the_code(
    client: OpenAI, coder: Assistant, provider: ScriptedProvider
) -> None:
    provider.enqueue(code("import time\nprint('begun', flush=True)\ntime.sleep(100)"))
    thread = ask(client)
    names: list[str] = []
    with client.beta.threads.runs.create(thread, assistant_id=coder.id, stream=True) as stream:
        for event in stream:
            names.append(event.event)
            if event.event == "thread.run.step.delta" and "begun\\n" in event.data.to_json():
                client.beta.threads.runs.cancel(
                    event.data.id and run_of(client, thread), thread_id=thread
                )
    assert names[-1] == "thread.run.cancelled"
    assert "thread.run.step.cancelled" in names


def run_of(client: OpenAI, thread: str) -> str:
    return client.beta.threads.runs.list(thread).data[0].id
