"""API code in Python, Node and curl that does what a person did on the page."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from assistants_app.wire.assistants.configurations import plain_tools

WireObject = Mapping[str, Any]
KEY_VARIABLE = "OPENAI_API_KEY"

# The API's defaults.
DEFAULTS: dict[str, Any] = {
    "temperature": 1.0,
    "top_p": 1.0,
    "response_format": "auto",
    "tool_choice": "auto",
    "parallel_tool_calls": True,
    "truncation_strategy": {"type": "auto", "last_messages": None},
}
# Fields that the vendor's objects don't have. Its SDK for Python takes them in `extra_body`.
OURS = ("variables",)
ASSISTANT_FIELDS = (
    *("model", "name", "description", "instructions", "tools", "tool_resources"),
    *("temperature", "top_p", "reasoning_effort", "response_format", "metadata", *OURS),
)
RUN_FIELDS = (
    *("assistant_id", "model", "instructions", "tools", "temperature", "top_p"),
    *("reasoning_effort", "response_format", "tool_choice", "parallel_tool_calls"),
    *("max_prompt_tokens", "max_completion_tokens", "truncation_strategy", "metadata", *OURS),
)


@dataclass(frozen=True, slots=True)
class Sample:
    """An API call.

    `python`, `node`: the SDK's function.
    `ids`: the IDs in the path, which are the SDK's first arguments.
    `result`: the name for the returned object.
    `runs`: whether the code waits for a run and then prints its messages.
    """

    path: str
    python: str
    node: str
    body: dict[str, Any]
    ids: Mapping[str, str] = field(default_factory=dict)
    result: str = "run"
    runs: bool = True


def assistant_sample(assistant: WireObject) -> Sample:
    """Return a call that creates a copy of this assistant."""
    return Sample(
        path="/assistants",
        python="client.beta.assistants.create",
        node="client.beta.assistants.create",
        body=_non_default_fields(assistant, ASSISTANT_FIELDS),
        result="assistant",
        runs=False,
    )


def thread_sample(
    assistant_id: str, messages: Sequence[WireObject], values: WireObject | None = None
) -> Sample:
    """Return a call that creates a thread with these messages and runs the assistant.

    `values` are those of its variables.
    """
    # Up to the user's last message: the run writes the reply itself.
    roles = [message["role"] for message in messages]
    until = len(roles) - roles[::-1].index("user") if "user" in roles else len(roles)
    inputs = [_message_input(message) for message in messages[:until] if message["content"]]
    return Sample(
        path="/threads/runs",
        python="client.beta.threads.create_and_run_poll",
        node="client.beta.threads.createAndRunPoll",
        body={
            "assistant_id": assistant_id,
            "thread": {"messages": inputs} if inputs else {},
            **({"variables": dict(values)} if values else {}),
        },
    )


def request_sample(run: WireObject) -> Sample:
    """Return a call that starts the same run, and waits for it."""
    # With the assistant's settings at that time, because the assistant may have changed since.
    return Sample(
        path=f"/threads/{run['thread_id']}/runs",
        python="client.beta.threads.runs.create_and_poll",
        node="client.beta.threads.runs.createAndPoll",
        body=_non_default_fields(run, RUN_FIELDS),
        ids={"thread_id": run["thread_id"]},
    )


def created_thread_sample(thread: WireObject) -> Sample:
    """Return a call that creates this thread, without messages."""
    return Sample(
        path="/threads",
        python="client.beta.threads.create",
        node="client.beta.threads.create",
        body=_non_default_fields(thread, ("tool_resources", "metadata")),
        result="thread",
        runs=False,
    )


def message_sample(message: WireObject) -> Sample:
    """Return a call that adds this message to its thread."""
    return Sample(
        path=f"/threads/{message['thread_id']}/messages",
        python="client.beta.threads.messages.create",
        node="client.beta.threads.messages.create",
        body=_message_input(message),
        ids={"thread_id": message["thread_id"]},
        result="message",
        runs=False,
    )


def run_sample(run: WireObject) -> Sample:
    """Return a call that starts this run, and doesn't wait for it."""
    waited = request_sample(run)
    create = "client.beta.threads.runs.create"
    return replace(waited, python=create, node=create, runs=False)


def outputs_sample(run: WireObject, calls: Sequence[WireObject]) -> Sample:
    """Return a call that submits the outputs of these function calls."""
    outputs = [{"tool_call_id": call["id"], "output": call["function"]["output"]} for call in calls]
    return Sample(
        path=f"/threads/{run['thread_id']}/runs/{run['id']}/submit_tool_outputs",
        python="client.beta.threads.runs.submit_tool_outputs",
        node="client.beta.threads.runs.submitToolOutputs",
        body={"tool_outputs": outputs},
        ids={"run_id": run["id"], "thread_id": run["thread_id"]},
        runs=False,
    )


def cancel_sample(run: WireObject) -> Sample:
    """Return a call that cancels this run."""
    return Sample(
        path=f"/threads/{run['thread_id']}/runs/{run['id']}/cancel",
        python="client.beta.threads.runs.cancel",
        node="client.beta.threads.runs.cancel",
        body={},
        ids={"run_id": run["id"], "thread_id": run["thread_id"]},
        runs=False,
    )


def _non_default_fields(wire_object: WireObject, fields: Sequence[str]) -> dict[str, Any]:
    """Return the parameters for such an object, without empty values and defaults."""
    values = {name: wire_object.get(name) for name in fields}
    values |= plain_tools(values)
    return {
        name: value
        for name, value in values.items()
        if value not in (None, "", [], {}) and value != DEFAULTS.get(name)
    }


def _message_input(message: WireObject) -> dict[str, Any]:
    parts = [_part_input(part) for part in message["content"]]
    only_text = len(parts) == 1 and parts[0]["type"] == "text"
    taken = {"role": message["role"], "content": parts[0]["text"] if only_text else parts}
    return {**taken, **_non_default_fields(message, ("attachments", "metadata"))}


def _part_input(part: WireObject) -> dict[str, Any]:
    match part["type"]:
        case "text":
            return {"type": "text", "text": part["text"]["value"]}
        # The API doesn't accept refusals as input.
        case "refusal":
            return {"type": "text", "text": part["refusal"]}
        case _:
            return dict(part)


def python_code(sample: Sample, base_url: str) -> str:
    """Return a program for OpenAI's Python SDK."""
    arguments: dict[str, Any] = {**sample.ids, **sample.body}
    if ours := {name: arguments.pop(name) for name in OURS if name in arguments}:
        arguments["extra_body"] = ours
    called = "".join(
        f"    {name}={_python_literal(value, 4)},\n" for name, value in arguments.items()
    )
    head = (
        "import os\n\nfrom openai import OpenAI\n\n"
        f"client = OpenAI(base_url={_python_literal(base_url)}, "
        f"api_key=os.environ[{_python_literal(KEY_VARIABLE)}])\n\n"
    )
    if not sample.runs:
        return f"{head}{sample.result} = {sample.python}(\n{called})\nprint({sample.result}.id)\n"
    return (
        f"{head}run = {sample.python}(\n{called})\nprint(run.status)\n"
        "messages = client.beta.threads.messages.list("
        'run.thread_id, run_id=run.id, order="asc")\n'
        "for message in messages:\n    for part in message.content:\n"
        '        if part.type == "text":\n            print(part.text.value)\n'
    )


def _python_literal(value: Any, depth: int = 0) -> str:
    """Return a literal, laid out as a code formatter would."""
    inner, end = " " * (depth + 4), " " * depth
    if isinstance(value, Mapping) and value:
        pairs = [
            f"{_python_literal(key)}: {_python_literal(item, depth + 4)}"
            for key, item in value.items()
        ]
        return "{\n" + "".join(f"{inner}{pair},\n" for pair in pairs) + end + "}"
    if isinstance(value, list) and value:
        items = [_python_literal(item, depth + 4) for item in value]
        return "[\n" + "".join(f"{inner}{item},\n" for item in items) + end + "]"
    if isinstance(value, str):
        return json.dumps(value, ensure_ascii=False)  # a JSON string is also a Python literal
    return repr(value)


def node_code(sample: Sample, base_url: str) -> str:
    """Return a program for OpenAI's Node SDK, as an ECMAScript module."""
    # The Node SDK takes the first ID as an argument, and the others along with the body.
    first, *others = [*sample.ids.items()] or [("", "")]
    named = f"{_indented_json(first[1])}, " if first[0] else ""
    head = (
        'import OpenAI from "openai";\n\n'
        f"const client = new OpenAI({{ baseURL: {_indented_json(base_url)}, "
        f"apiKey: process.env.{KEY_VARIABLE} }});\n\n"
    )
    called = f"await {sample.node}({named}{_indented_json({**dict(others), **sample.body})});\n"
    if not sample.runs:
        return f"{head}const {sample.result} = {called}console.log({sample.result}.id);\n"
    return (
        f"{head}const run = {called}console.log(run.status);\n"
        "const messages = client.beta.threads.messages.list("
        'run.thread_id, { run_id: run.id, order: "asc" });\n'
        "for await (const message of messages) {\n  for (const part of message.content) {\n"
        '    if (part.type === "text") console.log(part.text.value);\n  }\n}\n'
    )


def curl_code(sample: Sample, base_url: str) -> str:
    """Return a command for a POSIX shell."""
    # A stream, because curl can't poll a run.
    body = {**sample.body, "stream": True} if sample.runs else sample.body
    return (
        f"curl --no-buffer {_shell_quoted(base_url + sample.path)} \\\n"
        f'  --header "Authorization: Bearer ${KEY_VARIABLE}" \\\n'
        '  --header "Content-Type: application/json" \\\n'
        '  --header "OpenAI-Beta: assistants=v2" \\\n'
        f"  --data-binary @- <<'END'\n{_indented_json(body)}\nEND\n"
    )


def provider_curl(request: WireObject) -> str:
    """Return a command that repeats a run's request to a model endpoint."""
    # The request is kept without its key, so the command takes the key from the environment.
    return (
        f"curl --no-buffer {_shell_quoted(request['url'])} \\\n"
        f'  --header "Authorization: Bearer ${KEY_VARIABLE}" \\\n'
        '  --header "Content-Type: application/json" \\\n'
        f"  --data-binary @- <<'END'\n{_indented_json(request['body'])}\nEND\n"
    )


# A quote inside single quotes ends them, is escaped, and starts them again. The here-documents
# have a quoted END, so that the shell leaves "$" in a body alone.
def _shell_quoted(text: str) -> str:
    return "'" + text.replace("'", "'\\''") + "'"


def _indented_json(value: Any) -> str:
    return json.dumps(value, indent=2, ensure_ascii=False)


# Title, highlighter and function, by the name in the URL.
LANGUAGES = {
    "python": ("Python", "python", python_code),
    "node": ("Node", "javascript", node_code),
    "curl": ("curl", "bash", curl_code),
}
