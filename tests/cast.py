"""The objects that tests share.

Alice owns a project, bob is an editor of it, and vera a viewer. Charlie is a stranger.
"""

from dataclasses import dataclass
from datetime import timedelta
from ipaddress import IPv6Address
from typing import Any
from uuid import uuid4

import pytest
from django.contrib.auth.models import User
from django.utils import timezone

from assistants_app.domain.ids import new_id
from assistants_app.domain.rights import EDITOR, OWNER, VIEWER
from assistants_app.models import (
    Assistant,
    File,
    FileBatch,
    Membership,
    Message,
    Project,
    Run,
    RunStep,
    Thread,
    Upload,
    VectorStore,
    VectorStoreFile,
)
from assistants_app.services.project.projects import create_api_key
from assistants_app.storage.byte_store import byte_store
from assistants_app.wire.runs.steps import message_creation_details
from tests.asgi import Client
from tests.contract.openapi import check_answer
from tests.contract.record import the_record


@dataclass
class Cast:
    """Two projects and their objects, all of them in alice's project."""

    alice: User
    bob: User
    charlie: User
    vera: User
    project: Project
    key: str
    strangers_key: str
    assistant: Assistant
    thread: Thread
    message: Message
    run: Run
    step: RunStep
    file: File
    upload: Upload
    store: VectorStore
    batch: FileBatch
    other_project: Project


def strange_address() -> str:
    """Return an address that no other test uses, as the product writes it."""
    first, second = uuid4().hex[:4], uuid4().hex[:4]
    return str(IPv6Address(f"2001:db8:{first}:{second}::1"))


def make_file(project: Project, data: bytes = b"Secret", **columns: object) -> File:
    """Insert a file and store its bytes."""
    file_id = new_id("file", "-")
    stored = byte_store().write(file_id, [data])
    values: dict[str, object] = {
        "project": project,
        "filename": "Secret.txt",
        "purpose": "assistants",
        "mime_type": "text/plain",
        "bytes": stored.size,
        "sha256": stored.sha256,
    }
    return File.objects.create(id=file_id, **{**values, **columns})


def make_run(project: Project, thread: Thread, assistant: Assistant, **columns: object) -> Run:
    """Insert a run. Columns that are not given have usual values."""
    values: dict[str, object] = {
        "project": project,
        "thread": thread,
        "assistant_id": assistant.id,
        "model": assistant.model,
        "expires_at": timezone.now() + timedelta(minutes=10),
        "response_format": "auto",
        "tool_choice": "auto",
        "truncation_strategy": {"type": "auto", "last_messages": None},
    }
    return Run.objects.create(**{**values, **columns})


@pytest.fixture
def cast(db: None) -> Cast:
    names = ("alice", "bob", "charlie", "vera")
    alice, bob, charlie, vera = (User.objects.create_user(name) for name in names)
    project, other = Project.objects.create(name="A"), Project.objects.create(name="C")
    for user, theirs, role in (
        (alice, project, OWNER),
        (bob, project, EDITOR),
        (vera, project, VIEWER),
        (charlie, other, OWNER),
    ):
        # Active a moment ago, so that no request of a test has to record it.
        Membership.objects.create(
            user=user, project=theirs, role=role, last_active_at=timezone.now()
        )
    _, key = create_api_key(project=project, name="alice's")
    _, strangers_key = create_api_key(project=other, name="charlie's")
    return Cast(
        alice=alice,
        bob=bob,
        charlie=charlie,
        vera=vera,
        project=project,
        key=key,
        strangers_key=strangers_key,
        other_project=other,
        **objects_in(project, "Secret"),
    )


def objects_in(project: Project, word: str) -> dict[str, Any]:
    """Insert an object of each kind that contains the word, and return them by noun."""
    assistant = Assistant.objects.create(project=project, model="m", name=word)
    thread = Thread.objects.create(project=project)
    run = make_run(project, thread, assistant, status="completed")
    message = Message.objects.create(
        thread=thread,
        role="user",
        content=[{"type": "text", "text": {"value": word, "annotations": []}}],
    )
    step = RunStep.objects.create(
        run=run,
        thread_id=thread.id,
        assistant_id=assistant.id,
        type="message_creation",
        status="completed",
        step_details=message_creation_details(message.id),
    )
    file = make_file(project, word.encode(), filename=f"{word}.txt")
    upload = Upload.objects.create(
        project=project,
        expires_at=timezone.now() + timedelta(hours=1),
        filename=f"{word}.txt",
        purpose="assistants",
        mime_type="text/plain",
        bytes=6,
    )
    store = VectorStore.objects.create(project=project, name=word, embedding_model="m")
    batch = FileBatch.objects.create(store=store)
    VectorStoreFile.objects.create(
        store=store, file=file, batch=batch, status="completed", pending=False
    )
    return {
        "assistant": assistant,
        "thread": thread,
        "message": message,
        "run": run,
        "step": step,
        "file": file,
        "upload": upload,
        "store": store,
        "batch": batch,
    }


class CheckedClient(Client):
    """Django's test client, which checks each response against the vendor's OpenAPI document."""

    def generic(self, *args: Any, **options: Any) -> Any:
        method, path, data = (*args, "")[:3]
        sent = data.encode() if isinstance(data, str) else data
        is_json = (*args, "", "")[3] == "application/json"
        # Recorded for docs/compatibility.md.
        exchange = the_record.request(method, path, sent if is_json else b"")
        response = super().generic(*args, **options)
        body = None
        if response["content-type"] == "application/json":
            body = response.json()
            check_answer(method, path.partition("?")[0], response.status_code, body)
        exchange.answered(response.status_code, body)
        return response


def api_client(key: str) -> CheckedClient:
    """Return a client of the API that sends this key."""
    return CheckedClient(headers={"authorization": f"Bearer {key}", "openai-beta": "assistants=v2"})
