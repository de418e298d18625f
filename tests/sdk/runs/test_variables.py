"""`variables`, fields of ours: the SDK declares them, sends values, and gets them back."""

from typing import Any

import openai
import pytest
from openai import OpenAI

from tests.conftest import MODEL
from tests.fakes.provider import ScriptedProvider
from tests.fakes.replies import Reply

DECLARED: list[dict[str, Any]] = [
    {"name": "city", "type": "text"},
    {"name": "report", "type": "file", "default": ""},
]


def test_values_reach_the_model_and_come_back(client: OpenAI, provider: ScriptedProvider) -> None:
    provider.enqueue(Reply(text="In the north."), Reply(text="In the south."))
    assistant = client.beta.assistants.create(
        model=MODEL, instructions="{{city}}. {{report}}", extra_body={"variables": DECLARED}
    )
    assert assistant.to_dict()["variables"] == DECLARED
    report = client.files.create(file=("report.txt", b"Rain: {{city}}"), purpose="assistants")
    value = {"type": "file", "file": {"file_id": report.id}}
    thread = client.beta.threads.create(
        messages=[{"role": "user", "content": "Where is {{city}}?"}]
    )
    run = client.beta.threads.runs.create_and_poll(
        thread_id=thread.id,
        assistant_id=assistant.id,
        extra_body={"variables": {"city": "Oslo", "report": value}},
        poll_interval_ms=20,
    )
    assert run.status == "completed"
    assert run.to_dict()["variables"] == {"city": "Oslo", "report": value}
    assert run.instructions == "{{city}}. {{report}}"
    assert [message["content"] for message in provider.completions[0]["messages"]] == [
        "Oslo. [File: report.txt]\nRain: {{city}}\n[End of report.txt]",
        "Where is Oslo?",
    ]
    client.beta.threads.messages.create(thread.id, role="user", content="And {{city}}?")
    with client.beta.threads.runs.stream(
        thread_id=thread.id,
        assistant_id=assistant.id,
        extra_body={"variables": {"city": "Rome"}},
    ) as stream:
        stream.until_done()
    assert [message["content"] for message in provider.completions[1]["messages"]] == [
        "Rome. ",
        "Where is Oslo?",
        "In the north.",
        "And Rome?",
    ]


def test_undeclared_values_are_a_bad_request(client: OpenAI, provider: ScriptedProvider) -> None:
    assistant = client.beta.assistants.create(model=MODEL)
    with pytest.raises(openai.BadRequestError) as refused:
        client.beta.threads.create_and_run(
            assistant_id=assistant.id, extra_body={"variables": {"city": "Oslo"}}
        )
    assert refused.value.param == "variables.city"
    assert refused.value.code == "unknown_parameter"
    assert provider.completions == []
