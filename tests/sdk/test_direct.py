"""OpenAI's SDK asks models through this server, as it would ask their endpoint."""

import asyncio

import openai
import pytest
from openai import AsyncOpenAI, OpenAI

from tests.conftest import MODEL
from tests.fakes.provider import ScriptedProvider
from tests.fakes.replies import Reply
from tests.live import API_KEY, LiveSite


@pytest.fixture
def plain(site: LiveSite, provider: ScriptedProvider) -> OpenAI:
    """A client whose responses aren't compared with the document of the Assistants API."""
    return OpenAI(base_url=site.base_url, api_key=API_KEY, max_retries=0)


def test_a_chat_completion(plain: OpenAI, provider: ScriptedProvider) -> None:
    completion = plain.chat.completions.create(
        model=MODEL, messages=[{"role": "user", "content": "Hi"}]
    )
    assert completion.choices[0].message.content == provider.default.text
    assert completion.usage
    assert completion.usage.prompt_tokens == 10
    assert completion._request_id
    assert completion._request_id.startswith("req_")


def test_a_streamed_chat_completion(plain: OpenAI, provider: ScriptedProvider) -> None:
    with plain.chat.completions.create(
        model=MODEL, messages=[{"role": "user", "content": "Hi"}], stream=True
    ) as stream:
        chunks = list(stream)
    assert all(chunk.choices for chunk in chunks)
    text = "".join(chunk.choices[0].delta.content or "" for chunk in chunks)
    assert text == provider.default.text


async def test_a_stream_arrives_piece_by_piece_and_may_be_left(
    site: LiveSite, provider: ScriptedProvider
) -> None:
    provider.enqueue(Reply(text="one two three", gate_after=2))
    client = AsyncOpenAI(base_url=site.base_url, api_key=API_KEY, max_retries=0)
    async with (
        client,
        await client.chat.completions.create(
            model=MODEL, messages=[{"role": "user", "content": "Hi"}], stream=True
        ) as stream,
    ):
        first = await anext(aiter(stream))
        assert first.choices[0].delta.content == "one"
        await asyncio.to_thread(provider.wait_held)
    await asyncio.to_thread(provider.wait_closed_early)


def test_embeddings(plain: OpenAI) -> None:
    made = plain.embeddings.create(model=MODEL, input=["a", "b"], encoding_format="float")
    assert {row.index for row in made.data} == {0, 1}


@pytest.mark.parametrize(
    ("status", "error"), [(429, openai.RateLimitError), (500, openai.InternalServerError)]
)
def test_errors_are_the_endpoints(
    plain: OpenAI, provider: ScriptedProvider, status: int, error: type[openai.APIStatusError]
) -> None:
    provider.enqueue(Reply(status=status, body={"error": {"message": "Not with provider-key."}}))
    with pytest.raises(error) as raised:
        plain.chat.completions.create(model=MODEL, messages=[{"role": "user", "content": "Hi"}])
    assert "Not with [the key]." in raised.value.message
