"""Records the example that a new project can play. `python -m tests.recorded_example` replaces it.

The run is real: our engine carries it out on a live site, with the sandbox, file search and a
function call that is answered. Only the model's texts are scripted.
"""

import base64
import json
import os
import re
import sys
import time
from datetime import datetime
from typing import Any

from openai import OpenAI
from openai.types.shared_params import FunctionDefinition

from tests import servers
from tests.fakes.provider import ScriptedProvider
from tests.fakes.replies import Reply, ToolCall
from tests.live import API_KEY, ROOT, LiveSite

FIXTURE = ROOT / "assistants_app/services/threads/recorded_example.json"
MODEL = "scripted"
# What stands for the scripted provider in the recorded requests.
HOST = "models.example.com"
READING = 1.4  # seconds that the function call waits, so that a viewer sees it
WRITING = 0.015  # seconds per piece of text
TITLE = "Recorded example: sales of 2025"
QUESTION = "Did we reach our sales goal in 2025? Plot the months, and tell me the total in euros."
PLAN = """\
# Sales plan 2025

## Goals

The goal for 2025 is 3,200 thousand dollars: 1,300 in the North and 1,900 in the South.

## Regions

The North opens two new shops in May. The South moves its warehouse in August, so expect fewer
orders that month.
"""
NORTH = (96, 94, 101, 104, 118, 123, 120, 117, 125, 128, 134, 141)
SOUTH = (148, 151, 156, 163, 168, 171, 174, 139, 166, 172, 178, 185)
SALES = "month,region,sales\n" + "".join(
    f"2025-{month:02},{region},{sales}\n"
    for month, both in enumerate(zip(NORTH, SOUTH, strict=True), 1)
    for region, sales in zip(("North", "South"), both, strict=True)
)
CODE = """\
import csv
import matplotlib.pyplot as plt

with open("/mnt/data/sales-2025.csv") as file:
    rows = list(csv.DictReader(file))

plt.figure(figsize=(6, 3))
total = 0
for region in ("North", "South"):
    sales = [int(row["sales"]) for row in rows if row["region"] == region]
    print(region, sum(sales))
    total += sum(sales)
    plt.plot(range(1, 13), sales, marker="o", label=region)
print("total", total)

plt.xticks(range(1, 13))
plt.xlabel("month of 2025")
plt.ylabel("thousand dollars")
plt.ylim(0)
plt.grid(alpha=0.3)
plt.legend()
plt.tight_layout()
plt.savefig("/mnt/data/sales.png", dpi=100)
plt.close()
"""
RATE = 0.92
FUNCTION: FunctionDefinition = {
    "name": "get_exchange_rate",
    "description": "Return today's exchange rate between two currencies.",
    "strict": True,
    "parameters": {
        "type": "object",
        "properties": {
            "base": {"type": "string", "description": "ISO code, such as USD"},
            "quote": {"type": "string", "description": "ISO code, such as EUR"},
        },
        "required": ["base", "quote"],
        "additionalProperties": False,
    },
}


def reply_text(mark: str) -> str:
    """Return the last reply, with the citation mark that the search gave."""
    north, south = sum(NORTH), sum(SOUTH)
    total = north + south
    return f"""\
Yes. Sales in 2025 were **${total:,} thousand**, {100 * total / 3200 - 100:.1f}% above the goal of \
$3,200 thousand{mark}.

![Sales by month and region](sandbox:/mnt/data/sales.png)

| Region | Sales | Goal |
|---|---:|---:|
| North | {north:,} | 1,300 |
| South | {south:,} | 1,900 |

At today's rate of {RATE}, the total is **€{total * RATE:,.0f} thousand**. August was the weakest \
month in the South, where the plan expected the move of the warehouse.
"""


def call(name: str, **arguments: Any) -> Reply:
    """Return a reply in which the model calls a tool."""
    call_id = f"call_recorded_{name}"
    return Reply(
        tool_calls=[ToolCall(name, json.dumps(arguments), id=call_id)],
        first_delay=0.3,
        delay=WRITING,
        usage=(640, 48),
    )


def act(client: OpenAI, provider: ScriptedProvider) -> str:
    """Create everything and carry out the run. Return the thread's ID."""
    plan = client.files.create(file=("plan-2025.md", PLAN.encode()), purpose="assistants")
    sales = client.files.create(file=("sales-2025.csv", SALES.encode()), purpose="assistants")
    store = client.vector_stores.create(name="Recorded example: sales plan")
    client.vector_stores.files.create_and_poll(file_id=plan.id, vector_store_id=store.id)
    # The search's embedding model is then loaded, and the interpreter has a session ready.
    client.vector_stores.search(store.id, query="goal")
    assistant = client.beta.assistants.create(
        model=MODEL,
        name="Sales analyst (recorded example)",
        description="Answers questions about sales with file search, Python and a function.",
        instructions=(
            "Answer questions about sales. Look up goals in the documents and cite them. Write and "
            "run Python code for figures and charts. Call get_exchange_rate for other currencies."
        ),
        tools=[
            {"type": "file_search"},
            {"type": "code_interpreter"},
            {"type": "function", "function": FUNCTION},
        ],
        tool_resources={
            "file_search": {"vector_store_ids": [store.id]},
            "code_interpreter": {"file_ids": [sales.id]},
        },
    )
    provider.enqueue(
        call("file_search", query="sales goal 2025"),
        call("code_interpreter", code=CODE),
        call("get_exchange_rate", base="USD", quote="EUR"),
    )
    thread = client.beta.threads.create(metadata={"title": TITLE})
    client.beta.threads.messages.create(thread.id, role="user", content=QUESTION)
    run = client.beta.threads.runs.create_and_poll(
        thread_id=thread.id, assistant_id=assistant.id, poll_interval_ms=20
    )
    assert run.status == "requires_action", (run.status, run.last_error)
    assert run.required_action
    [waiting] = run.required_action.submit_tool_outputs.tool_calls
    time.sleep(READING)
    provider.enqueue(
        Reply(
            text=reply_text(mark_of(thread.id)), first_delay=0.3, delay=WRITING, usage=(1480, 160)
        )
    )
    output = json.dumps({"rate": RATE, "date": "2026-01-02"})
    run = client.beta.threads.runs.submit_tool_outputs_and_poll(
        run_id=run.id,
        thread_id=thread.id,
        tool_outputs=[{"tool_call_id": waiting.id, "output": output}],
        poll_interval_ms=20,
    )
    assert run.status == "completed", (run.status, run.last_error)
    return thread.id


# Imports of the app are in functions, because its settings name the servers that `record` starts.
def mark_of(thread_id: str) -> str:
    from assistants_app.models import Citation  # noqa: PLC0415

    return Citation.objects.filter(thread_id=thread_id).order_by("pk")[0].mark


def recording_of(thread_id: str) -> dict[str, Any]:
    """Return the rows behind the thread, the bytes of its files, and its events."""
    from assistants_app import models  # noqa: PLC0415
    from assistants_app.events import log  # noqa: PLC0415

    run = models.Run.objects.get(thread_id=thread_id)
    of_thread = {"thread_id": thread_id}
    rows = {
        "Assistant": models.Assistant.objects.all(),
        "AssistantVersion": models.AssistantVersion.objects.all(),
        "File": models.File.objects.all(),
        "VectorStore": models.VectorStore.objects.all(),
        "VectorStoreFile": models.VectorStoreFile.objects.all(),
        "Thread": models.Thread.objects.filter(pk=thread_id),
        "Message": models.Message.objects.filter(**of_thread),
        "Run": [run],
        "RunStep": models.RunStep.objects.filter(run=run),
        "ProviderCall": models.ProviderCall.objects.filter(run=run),
        "Citation": models.Citation.objects.filter(**of_thread),
        "SessionFile": models.SessionFile.objects.filter(**of_thread),
    }
    return {
        "ended_at": run.completed_at,
        "rows": {name: [columns_of(row) for row in found] for name, found in rows.items()},
        "bytes": {file.pk: base64.b64encode(bytes_of(file.pk)).decode() for file in rows["File"]},
        "events": [
            [event.seq, event.name, event.run_id, json.loads(event.data)]
            for event in log.read(thread_id)
        ],
    }


# Columns that belong to the site where the run was recorded, or that are made again.
LEFT_OUT = {"project_id", "words", "draft_author_id", "author_id", "api_key_id", "batch_id"}


def columns_of(row: Any) -> dict[str, Any]:
    fields = [field for field in row._meta.concrete_fields if field.attname not in LEFT_OUT]
    # A number as the key is the database's own.
    return {
        field.attname: getattr(row, field.attname)
        for field in fields
        if field.get_internal_type() != "BigAutoField"
    }


def bytes_of(file_id: str) -> bytes:
    from assistants_app.storage.byte_store import byte_store  # noqa: PLC0415

    return b"".join(byte_store().read(file_id))


def text_of(recording: dict[str, Any]) -> str:
    """Return the recording as JSON with a line for each row and each event."""
    rows = ",\n".join(f'"{name}": {lines(found)}' for name, found in recording["rows"].items())
    parts = {
        "ended_at": line(recording["ended_at"]),
        "rows": f"{{{rows}}}",
        "bytes": line(recording["bytes"]),
        "events": lines(recording["events"]),
    }
    return "{" + ",\n".join(f'"{name}": {text}' for name, text in parts.items()) + "}\n"


def lines(values: list[Any]) -> str:
    return "[\n" + ",\n".join(map(line, values)) + "]"


def line(value: Any) -> str:
    return json.dumps(value, default=as_text, ensure_ascii=False)


def as_text(value: Any) -> str:
    assert isinstance(value, datetime), value
    return value.isoformat()


def record() -> None:
    """Carry out the run on a site of its own, and write the fixture."""
    servers.start()
    with ScriptedProvider(models=[MODEL]) as provider:
        site = LiveSite(
            "recorded", {"OPENAI_BASE_URL": provider.base_url, "OPENAI_API_KEY": "none"}
        )
        try:
            site.start()
            site.start_indexer()
            site.start_interpreter()
            os.environ.update(site.environ(), DJANGO_SETTINGS_MODULE="playground.settings")
            import django  # noqa: PLC0415

            django.setup()
            with OpenAI(base_url=site.base_url, api_key=API_KEY) as client:
                thread_id = act(client, provider)
            recording = recording_of(thread_id)
        finally:
            site.stop()
        text = text_of(recording).replace(provider.base_url, f"https://{HOST}/v1")
        FIXTURE.write_text(re.sub(r"127\.0\.0\.1(:\d+)?", HOST, text), encoding="utf-8")
    events = recording["events"]
    begin, end = (int(events[place][0].split("-")[0]) for place in (0, -1))
    sys.stdout.write(f"{FIXTURE.stat().st_size / 1024:.0f} KB, {(end - begin) / 1000:.1f} s\n")


if __name__ == "__main__":
    record()
