"""What users of the SDK write to store files and attach them, synchronously and asynchronously."""

import asyncio
import io
import sys
import tempfile
from pathlib import Path
from typing import Any

import openai
from openai import AsyncAzureOpenAI, AsyncOpenAI, AzureOpenAI, OpenAI
from told import serve

AZURE: Any = {"api_version": "2024-05-01-preview", "max_retries": 0}
azure = sys.argv[1:] == ["azure"]
client: OpenAI = AzureOpenAI(**AZURE) if azure else OpenAI(max_retries=0)


def kept() -> Any:
    """Store a file as bytes with a name, as an open file and as a path."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "notes, für später.txt"
        path.write_bytes(b"on disk")
        with path.open("rb") as opened:
            made = [
                client.files.create(file=("notes.txt", b"in memory"), purpose="assistants"),
                client.files.create(file=opened, purpose="assistants"),
                client.files.create(file=path, purpose="assistants"),
            ]
    listed = [one.id for one in client.files.list(purpose="assistants")]
    answer = {
        "made": [[one.filename, one.bytes, one.purpose] for one in made],
        "same": client.files.retrieve(made[0].id) == made[0],
        "listed": all(one.id in listed for one in made),
        "content": [client.files.content(one.id).read().decode() for one in made],
        "deleted": [client.files.delete(one.id).deleted for one in made],
    }
    try:
        client.files.retrieve(made[0].id)
    except openai.NotFoundError as error:
        answer["gone"] = error.status_code
    return answer


def attached() -> Any:
    notes = client.files.create(file=("notes.txt", b"Remember the milk."), purpose="assistants")
    image = client.files.create(file=("dot.png", io.BytesIO(PNG)), purpose="vision")
    thread = client.beta.threads.create(
        messages=[
            {
                "role": "user",
                "content": [
                    {"type": "text", "text": "What is this?"},
                    {"type": "image_file", "image_file": {"file_id": image.id}},
                ],
                "attachments": [{"file_id": notes.id, "tools": [{"type": "file_search"}]}],
            }
        ]
    )
    message: Any = client.beta.threads.messages.list(thread.id).data[0]
    assistant = client.beta.assistants.create(model="scripted-1")
    run = client.beta.threads.runs.create_and_poll(
        thread_id=thread.id, assistant_id=assistant.id, poll_interval_ms=20
    )
    [attachment] = message.model_dump()["attachments"]
    return {
        "parts": [part.type for part in message.content],
        "image": message.content[1].image_file.file_id == image.id,
        "attachment": [attachment["file_id"] == notes.id, attachment["tools"]],
        "run": run.status,
    }


async def kept_meanwhile() -> Any:
    async with AsyncAzureOpenAI(**AZURE) if azure else AsyncOpenAI(max_retries=0) as aclient:
        made = await aclient.files.create(file=("notes.txt", b"in memory"), purpose="assistants")
        content = await aclient.files.content(made.id)
        listed = [one.id async for one in aclient.files.list(purpose="assistants")]
        return {
            "made": [made.filename, made.bytes, made.purpose],
            "listed": made.id in listed,
            "content": content.text,
            "deleted": (await aclient.files.delete(made.id)).deleted,
        }


# One grey dot.
PNG = bytes.fromhex(
    "89504e470d0a1a0a0000000d49484452000000010000000108000000003a7e9b550000000a494441"
    "54789c636800000082008177cd72b60000000049454e44ae426082"
)

if __name__ == "__main__":
    tasks: Any = {task.__name__: task for task in (kept, attached)}
    serve({**tasks, "kept_meanwhile": lambda: asyncio.run(kept_meanwhile())})
