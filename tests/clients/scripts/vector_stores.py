"""What users of the SDK write to manage vector stores, under `beta` in old versions."""

import asyncio
import sys
from typing import Any

import openai
from openai import AsyncOpenAI, AzureOpenAI, OpenAI
from told import serve

client: OpenAI = (
    AzureOpenAI(api_version="2024-05-01-preview", max_retries=0)
    if sys.argv[1:] == ["azure"]
    else OpenAI(max_retries=0)
)
SOON: Any = {"poll_interval_ms": 20}


def stores_of(one: Any) -> Any:
    return getattr(one, "vector_stores", None) or one.beta.vector_stores


def counted(one: Any) -> list[int]:
    return [one.file_counts.completed, one.file_counts.total]


def kept() -> Any:
    """Use each method and helper that all versions have."""
    stores = stores_of(client)
    first, second = (
        client.files.create(file=(name, text), purpose="assistants").id
        for name, text in (("a.txt", b"Alpha is first."), ("b.txt", b"Beta is second."))
    )
    expiry: Any = {"anchor": "last_active_at", "days": 2}
    store = stores.create(name="Letters", file_ids=[first], expires_after=expiry)
    row = stores.files.poll(first, vector_store_id=store.id, **SOON)
    answer = {
        "store": [store.object, store.name, store.expires_at - store.last_active_at],
        "polled": [row.status, row.last_error],
        "attached": stores.files.create_and_poll(second, vector_store_id=store.id, **SOON).status,
        "sent": stores.files.upload_and_poll(
            vector_store_id=store.id, file=("c.txt", b"Gamma is third."), **SOON
        ).status,
        "listed": [one.id for one in stores.files.list(store.id, order="asc")][:2]
        == [first, second],
        "detached": stores.files.delete(first, vector_store_id=store.id).deleted,
    }
    batches = stores.file_batches
    batch = batches.create_and_poll(store.id, file_ids=[first, second], **SOON)
    sent = batches.upload_and_poll(store.id, files=[("d.txt", b"Delta is fourth.")], **SOON)
    answer |= {
        "batch": [batch.status, counted(batches.retrieve(batch.id, vector_store_id=store.id))],
        "of batch": {one.id for one in batches.list_files(batch.id, vector_store_id=store.id)}
        == {first, second},
        "sent batch": [sent.status, counted(sent)],
        "cancelled": batches.cancel(sent.id, vector_store_id=store.id).status,
        "counted": counted(stores.retrieve(store.id)),
        "renamed": stores.update(store.id, name="Greek", metadata={"a": "b"}).name,
        "among all": store.id in [one.id for one in stores.list(limit=100)],
        "deleted": stores.delete(store.id).deleted,
    }
    try:
        stores.retrieve(store.id)
    except openai.NotFoundError as error:
        answer["gone"] = error.status_code
    return answer


async def kept_meanwhile() -> Any:
    async with AsyncOpenAI(max_retries=0) as aclient:
        stores = stores_of(aclient)
        store = await stores.create(name="Letters")
        batch = await stores.file_batches.upload_and_poll(
            store.id, files=[("a.txt", b"Alpha is first."), ("b.txt", b"Beta is second.")], **SOON
        )
        rows = [row.status async for row in stores.files.list(store.id, limit=1)]
        return [batch.status, counted(batch), rows, (await stores.delete(store.id)).deleted]


if __name__ == "__main__":
    serve({"kept": kept, "kept_meanwhile": lambda: asyncio.run(kept_meanwhile())})
