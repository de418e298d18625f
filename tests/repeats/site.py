"""The faulty site, its database, and requests that each make one object."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg
from openai import OpenAI
from psycopg import sql

from tests.conftest import MODEL
from tests.live import API_KEY, LiveSite

RETRIES = 20  # enough for a process that is started again


@dataclass
class FaultySite:
    """A site whose requests fail as their header says."""

    site: LiveSite
    folder: Path

    def client(self, fault: str = "", **options: Any) -> OpenAI:
        """Return the SDK's own client, whose requests have this fault."""
        return OpenAI(**self.options(fault, **options))

    def options(self, fault: str = "", **options: Any) -> dict[str, Any]:
        headers = {"x-fault": fault} if fault else {}
        given = {"max_retries": RETRIES, "default_headers": headers, **options}
        return {"base_url": self.site.base_url, "api_key": API_KEY, **given}

    def count(self, table: str) -> int:
        """Return the number of rows in a table."""
        statement = sql.SQL("SELECT count(*) FROM {}").format(sql.Identifier(table))
        with psycopg.connect(self.site.database_url) as connection:
            row = connection.execute(statement).fetchone()
        assert row is not None
        return int(row[0])

    def receipts(self, condition: str = "true") -> int:
        """Return the number of receipts for which the condition holds."""
        statement = f"SELECT count(*) FROM receipt WHERE {condition}"
        with psycopg.connect(self.site.database_url) as connection:
            row = connection.execute(statement.encode()).fetchone()
        assert row is not None
        return int(row[0])


@dataclass(frozen=True)
class Act:
    """A request that makes one row in a table."""

    table: str
    ask: Callable[[OpenAI, dict[str, str]], Any]


def _thread(client: OpenAI, _: dict[str, str]) -> Any:
    messages: Any = [{"role": "user", "content": f"Message {number}"} for number in range(500)]
    return client.beta.threads.create(messages=messages)


def _upload(client: OpenAI, _: dict[str, str]) -> Any:
    return client.files.create(file=("a.txt", b"Whales sing." * 50_000), purpose="assistants")


def _run(client: OpenAI, ids: dict[str, str]) -> Any:
    return client.beta.threads.runs.create(ids["thread"], assistant_id=ids["assistant"])


def _streamed_run(client: OpenAI, ids: dict[str, str]) -> Any:
    stream = client.beta.threads.runs.create(
        ids["thread"], assistant_id=ids["assistant"], stream=True
    )
    return _run_of(stream)


def _thread_and_run(client: OpenAI, ids: dict[str, str]) -> Any:
    return client.beta.threads.create_and_run(assistant_id=ids["assistant"])


def _streamed_thread_and_run(client: OpenAI, ids: dict[str, str]) -> Any:
    stream = client.beta.threads.create_and_run(assistant_id=ids["assistant"], stream=True)
    return _run_of(stream)


def _run_of(stream: Any) -> Any:
    with stream:
        events = [event for event in stream if event.event == "thread.run.created"]
    [created] = events
    return created.data


def _batch(client: OpenAI, ids: dict[str, str]) -> Any:
    return client.vector_stores.file_batches.create(ids["store"], file_ids=[ids["file"]])


ACTS = {
    "assistant": Act("assistant", lambda client, _: client.beta.assistants.create(model=MODEL)),
    "thread": Act("thread", _thread),
    "message": Act(
        "message",
        lambda client, ids: client.beta.threads.messages.create(
            ids["thread"], role="user", content="Hello"
        ),
    ),
    "run": Act("run", _run),
    "run as a stream": Act("run", _streamed_run),
    "thread and run": Act("thread", _thread_and_run),
    "thread and run as a stream": Act("thread", _streamed_thread_and_run),
    "file": Act("file", _upload),
    "store": Act("vector_store", lambda client, _: client.vector_stores.create(name="Store")),
    "batch": Act("file_batch", _batch),
}


def prepared(client: OpenAI) -> dict[str, str]:
    """Create what the acts need, and return the ids."""
    return {
        "assistant": client.beta.assistants.create(model=MODEL).id,
        "thread": client.beta.threads.create().id,
        "store": client.vector_stores.create().id,
        "file": client.files.create(file=("b.txt", b"Bread rises."), purpose="assistants").id,
    }
