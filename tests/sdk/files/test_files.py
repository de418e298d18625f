"""Files through the SDK: what goes in comes out, and what is refused says why."""

import asyncio
import hashlib
import io
import os
from pathlib import Path

import httpx2
import openai
import pytest
from openai import AsyncOpenAI, OpenAI

from tests.conftest import MODEL
from tests.fakes.provider import ScriptedProvider
from tests.fakes.replies import Reply
from tests.live import API_KEY, LiveSite


def test_file_lives_its_life(client: OpenAI) -> None:
    data = bytes(range(256)) * 5000
    file = client.files.create(file=("a.bin", data), purpose="assistants")
    assert file.id.startswith("file-")
    assert (file.bytes, file.filename, file.purpose) == (len(data), "a.bin", "assistants")
    assert client.files.retrieve(file.id) == file
    assert client.files.wait_for_processing(file.id).status == "processed"
    assert client.files.content(file.id).read() == data
    assert client.files.delete(file.id).deleted
    for call in (client.files.retrieve, client.files.content, client.files.delete):
        with pytest.raises(openai.NotFoundError, match=f"No such File object: {file.id}"):
            call(file.id)


async def test_async_file_lives_its_life(aclient: AsyncOpenAI) -> None:
    file = await aclient.files.create(file=io.BytesIO(b"text"), purpose="user_data")
    answer = await aclient.files.content(file.id)
    assert answer.read() == b"text"
    assert file.id in [item.id async for item in aclient.files.list(purpose="user_data", limit=1)]
    assert (await aclient.files.delete(file.id)).deleted


def test_files_are_listed_by_purpose_in_pages(client: OpenAI) -> None:
    made = [
        client.files.create(file=(f"{n}.jsonl", b"{}"), purpose="fine-tune").id for n in range(5)
    ]
    page = client.files.list(purpose="fine-tune", limit=2)
    assert ([item.id for item in page.data], page.has_more) == (made[:-3:-1], True)
    assert [item.id for item in client.files.list(purpose="fine-tune", order="asc")] == made
    after = client.files.list(purpose="fine-tune", order="asc", after=made[3])
    assert [item.id for item in after.data] == made[4:]
    assert len(client.files.list(limit=10_000).data) >= 5
    with pytest.raises(openai.BadRequestError, match="<= 10000, but got 10001"):
        client.files.list(limit=10_001)


def test_files_expire_when_asked_to(client: OpenAI) -> None:
    file = client.files.create(
        file=b"x", purpose="user_data", expires_after={"anchor": "created_at", "seconds": 3600}
    )
    assert file.expires_at == file.created_at + 3600
    batch = client.files.create(file=b"{}", purpose="batch")
    assert batch.expires_at == batch.created_at + 30 * 24 * 3600
    assert client.files.create(file=b"x", purpose="vision").expires_at is None
    with pytest.raises(openai.BadRequestError) as caught:
        client.files.create(
            file=b"x", purpose="vision", expires_after={"anchor": "created_at", "seconds": 60}
        )
    assert caught.value.param == "expires_after.seconds"


def test_every_purpose_that_can_be_uploaded(site: LiveSite) -> None:
    """Without the contract: its file object leaves out `evals`, which its request has."""
    headers = {"Authorization": f"Bearer {API_KEY}"}
    for purpose in ("assistants", "batch", "fine-tune", "vision", "user_data", "evals"):
        answer = httpx2.post(
            f"{site.base_url}/files",
            headers=headers,
            data={"purpose": purpose},
            files={"file": ("a", b"x")},
        )
        assert answer.json()["purpose"] == purpose


def test_chunked_upload_helper(client: OpenAI, tmp_path: Path) -> None:
    data = os.urandom(300_000)
    path = tmp_path / "big file.bin"
    path.write_bytes(data)
    upload = client.uploads.upload_file_chunked(
        file=path,
        mime_type="application/octet-stream",
        purpose="assistants",
        part_size=100_000,
        md5=hashlib.md5(data).hexdigest(),
    )
    assert upload.status == "completed"
    assert upload.file
    assert (upload.file.filename, upload.file.bytes) == ("big file.bin", len(data))
    assert client.files.retrieve(upload.file.id) == upload.file
    assert client.files.content(upload.file.id).read() == data


async def test_parts_come_in_parallel_and_in_any_order(aclient: AsyncOpenAI) -> None:
    parts = [bytes([number]) * 1000 for number in range(8)]
    upload = await aclient.uploads.create(
        bytes=8000, filename="a.txt", mime_type="text/plain", purpose="assistants"
    )
    assert (upload.status, upload.expires_at) == ("pending", upload.created_at + 3600)
    sent = await asyncio.gather(
        *(aclient.uploads.parts.create(upload.id, data=part) for part in parts)
    )
    assert {part.upload_id for part in sent} == {upload.id}
    done = await aclient.uploads.complete(upload.id, part_ids=[part.id for part in sent])
    assert done.file
    assert (await aclient.files.content(done.file.id)).read() == b"".join(parts)


def test_uploads_that_do_not_fit_are_refused_and_may_be_completed_again(client: OpenAI) -> None:
    upload = client.uploads.create(
        bytes=6, filename="a.txt", mime_type="text/plain", purpose="assistants"
    )
    part = client.uploads.parts.create(upload.id, data=b"abc")
    for part_ids, says in (
        ([part.id], "was created for 6 bytes, but its Parts have 3"),
        ([part.id, part.id], "listed twice"),
        ([part.id, "part_x"], "No such Part in this Upload: part_x"),
        ([], "part_ids"),
    ):
        with pytest.raises(openai.BadRequestError, match=says):
            client.uploads.complete(upload.id, part_ids=part_ids)
    ids = [part.id, client.uploads.parts.create(upload.id, data=b"def").id]
    with pytest.raises(openai.BadRequestError, match="MD5"):
        client.uploads.complete(upload.id, part_ids=ids, md5="0" * 32)
    assert client.uploads.complete(upload.id, part_ids=ids).file
    with pytest.raises(openai.BadRequestError, match="status 'completed'"):
        client.uploads.cancel(upload.id)


def test_a_cancelled_upload_takes_no_parts(client: OpenAI) -> None:
    upload = client.uploads.create(
        bytes=3, filename="a.txt", mime_type="text/plain", purpose="vision"
    )
    assert client.uploads.cancel(upload.id).status == "cancelled"
    with pytest.raises(openai.BadRequestError, match="status 'cancelled'"):
        client.uploads.parts.create(upload.id, data=b"abc")
    with pytest.raises(openai.NotFoundError, match="No such Upload object: upload_x"):
        client.uploads.cancel("upload_x")


def test_bad_uploads_name_their_fault(client: OpenAI) -> None:
    good = {"bytes": 1, "filename": "a", "mime_type": "text/plain", "purpose": "batch"}
    for name, value in (
        ("bytes", 0),
        ("bytes", 8 * 1024**3 + 1),
        ("filename", ""),
        ("purpose", "answers"),
    ):
        with pytest.raises(openai.BadRequestError) as caught:
            client.uploads.create(**{**good, name: value})  # type: ignore[arg-type]
        assert caught.value.param == name


def test_the_model_is_shown_images(client: OpenAI, provider: ScriptedProvider) -> None:
    provider.enqueue(Reply(text="A dot."))
    image = client.files.create(file=("dot.png", b"\x89PNG\r\n\x1a\ndot"), purpose="vision")
    assistant = client.beta.assistants.create(model=MODEL)
    run = client.beta.threads.create_and_run_poll(
        assistant_id=assistant.id,
        thread={
            "messages": [
                {
                    "role": "user",
                    "content": [
                        {"type": "text", "text": "What is it?"},
                        {"type": "image_file", "image_file": {"file_id": image.id}},
                    ],
                }
            ]
        },
        poll_interval_ms=20,
    )
    assert run.status == "completed"
    _, part = provider.completions[-1]["messages"][0]["content"]
    assert part["image_url"]["url"] == "data:image/png;base64,iVBORw0KGgpkb3Q="


def test_files_of_tools_are_kept(client: OpenAI) -> None:
    file = client.files.create(file=b"a,b", purpose="assistants")
    resources = {"code_interpreter": {"file_ids": [file.id]}}
    assistant = client.beta.assistants.create(model=MODEL, tool_resources=resources)  # type: ignore[arg-type]
    assert assistant.tool_resources
    assert assistant.tool_resources.code_interpreter
    assert assistant.tool_resources.code_interpreter.file_ids == [file.id]
    thread = client.beta.threads.create(
        messages=[
            {
                "role": "user",
                "content": "Look.",
                "attachments": [{"file_id": file.id, "tools": [{"type": "code_interpreter"}]}],
            }
        ],
    )
    [message] = client.beta.threads.messages.list(thread.id).data
    assert message.attachments
    assert message.attachments[0].file_id == file.id
    with pytest.raises(openai.NotFoundError, match="No file found with id 'file-1'"):
        client.beta.threads.update(
            thread.id, tool_resources={"code_interpreter": {"file_ids": [file.id, "file-1"]}}
        )
