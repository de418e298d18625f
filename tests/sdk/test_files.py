"""Files through the SDK: what goes in comes out, and what is refused says why."""

import io

import openai
import pytest
from openai import AsyncOpenAI, OpenAI


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
