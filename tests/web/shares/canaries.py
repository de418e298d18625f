"""A thread with a word of its own in every field of every row that belongs to it."""

import json
import re
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from django.contrib.auth.models import User
from django.db import models
from django.utils import timezone

from assistants_app.models import (
    Assistant,
    AssistantVersion,
    Citation,
    File,
    FunctionMock,
    Message,
    Project,
    ProviderCall,
    Run,
    RunStep,
    SessionFile,
    Thread,
)
from assistants_app.models.fields import IdField
from assistants_app.wire.runs.steps import (
    code_call,
    code_result,
    function_call,
    image_output,
    logs_output,
    made_file,
    message_creation_details,
    search_call,
    search_result,
    tool_calls_details,
)
from assistants_app.wire.threads.messages import (
    attachment,
    file_citation,
    file_path,
    image_part,
    text_part,
)
from tests.cast import Cast, make_file, make_run

PNG = bytes.fromhex(
    "89504e470d0a1a0a0000000d4948445200000001000000010804000000b51c0c020000000b4944415478da6364f80f"
    "00010501012718e3660000000049454e44ae426082"
)
FOUND = re.compile(r"canary-[a-z0-9_-]+")
# Texts whose values the database or the code restricts.
FIXED = {
    "status",
    "role",
    "type",
    "purpose",
    "mime_type",
    "sha256",
    "time_zone",
    "kind",
    "source",
    "words",
}


@dataclass
class CanaryThread:
    """The thread, its last reply, and its files by what they are."""

    thread: Thread
    run: Run
    question: Message
    reply: Message
    files: dict[str, File]
    outside: File


def canary(model: type[models.Model] | str, field: str) -> str:
    """Return the word in a field of a table."""
    noun = model if isinstance(model, str) else model._meta.model_name
    return f"canary-{noun}-{field}".replace("_", "-")


def fill(row: models.Model, **given: Any) -> None:
    """Put a word into each text and JSON field of the row that isn't `given`, and save it."""
    for field in row._meta.concrete_fields:
        word = canary(type(row), field.name)
        if field.name in given:
            setattr(row, field.name, given[field.name])
        elif field.name in FIXED or field.is_relation or isinstance(field, IdField):
            continue
        elif isinstance(field, models.JSONField):
            setattr(row, field.name, {"canary": word})
        elif isinstance(field, (models.CharField, models.TextField)):
            setattr(row, field.name, word[: field.max_length or None])
    row.save()


def canary_thread(cast: Cast) -> CanaryThread:
    """Return a new thread of the cast's project."""
    project = cast.project
    fill(project)
    for user in User.objects.all():
        fill(user, username=canary("user", f"name{user.pk}"), password="x")
    for user in (cast.alice, cast.bob, cast.charlie, cast.vera):
        # A session has a hash of its user's password.
        user.refresh_from_db()
    names = {
        "attached": "canary-name-attached.txt",
        "picture": "canary-name-picture.png",
        "made": "canary-name made ü.csv",
        "plot": "canary-name-plot.png",
    }
    files = {
        key: make_file(
            project,
            PNG if name.endswith("png") else name.encode(),
            filename=name,
            mime_type="image/png" if name.endswith("png") else "text/plain",
        )
        for key, name in names.items()
    }
    outside = make_file(project, b"canary-outside", filename="canary-name-outside.txt")
    assistant = cast.assistant
    fill(assistant, model="m", reasoning_effort=None)
    thread = Thread.objects.create(project=project)
    fill(
        thread,
        metadata={"title": canary(Thread, "title"), "k": canary(Thread, "metadata")},
        tool_resources={"code_interpreter": {"file_ids": [outside.id]}},
        forked_from_id=None,
        forked_at_id=None,
    )
    question = _question(thread, files)
    run = make_run(project, thread, assistant, status="completed")
    fill(run, tool_resources={}, waits=None, tools=[], required_action=None, usage=USAGE)
    _steps(run, assistant, files)
    reply = _reply(thread, run, assistant, files)
    RunStep.objects.create(
        run=run,
        thread_id=thread.id,
        assistant_id=assistant.id,
        type="message_creation",
        status="completed",
        step_details=message_creation_details(reply.id),
    )
    citation = Citation(thread=thread, number=4, place=0, start=0, end=1, score=1)
    fill(citation, file_id=outside.id, filename="canary-name-cited.pdf")
    SessionFile.objects.create(thread=thread, name="canary-name-session.txt", file=outside)
    _others(project, assistant, run)
    return CanaryThread(thread, run, question, reply, files, outside)


USAGE = {"prompt_tokens": 987654, "completion_tokens": 123, "total_tokens": 987777}


def _question(thread: Thread, files: dict[str, File]) -> Message:
    message = Message(thread=thread, role="user")
    text = f"{canary(Message, 'question')} about Canary-Name-ATTACHED.txt"
    fill(
        message,
        content=[text_part(text), image_part(files["picture"].id)],
        attachments=[attachment(files["attached"].id, "code_interpreter")],
        has_attachments=True,
        incomplete_reason=None,
    )
    return message


MARK = "【4:0†canary-name-cited.pdf】"
LINK = "sandbox:/mnt/data/" + quote("canary-name made ü.csv")


def _reply(thread: Thread, run: Run, assistant: Assistant, files: dict[str, File]) -> Message:
    value = f"**{canary(Message, 'reply')}**{MARK} has [canary-name made ü.csv]({LINK}) for you."
    part = text_part(value)
    mark, link = value.index(MARK), value.index(LINK)
    part["text"]["annotations"] = [
        file_citation(
            MARK,
            mark,
            mark + len(MARK),
            files["attached"].id,
            quote=canary(Citation, "quote"),
            page=12,
            score=0.875,
        ),
        file_path(LINK, link, link + len(LINK), files["made"].id),
    ]
    message = Message(thread=thread, role="assistant", completed_at=timezone.now())
    fill(
        message,
        content=[part],
        attachments=[],
        assistant_id=assistant.id,
        run_id=run.id,
        incomplete_reason=None,
    )
    return message


def _steps(run: Run, assistant: Assistant, files: dict[str, File]) -> None:
    cited = Citation(
        number=4,
        place=0,
        file_id=files["attached"].id,
        filename="canary-name-cited.pdf",
        quote=canary("call", "result"),
        score=0.875,
    )
    code = code_call(
        "canary-call-id",
        f"open('/mnt/data/canary-name-unknown.bin')  # {canary('call', 'code')}",
        [
            logs_output(f"{canary('call', 'logs')} canary-name-session.txt"),
            image_output(files["plot"].id),
        ],
    )
    made = [made_file("canary-name made ü.csv", 3, files["made"].id)]
    arguments = json.dumps({"a": canary("call", "arguments"), "b": "canary-name made ü.csv"})
    calls = [
        {**code, "result": code_result("ok", reason=canary("call", "reason"), files=made)},
        function_call(
            "canary-call-id", canary("call", "function"), arguments, canary("call", "output")
        ),
        search_call(
            "canary-call-id",
            query=canary("call", "query"),
            ranker=canary("call", "ranker"),
            score_threshold=0.125,
            results=[search_result(cited)],
        ),
    ]
    step = RunStep(run=run, thread_id=run.thread_id, type="tool_calls", status="completed")
    fill(step, assistant_id=assistant.id, step_details=tool_calls_details(calls))


def _others(project: Project, assistant: Assistant, run: Run) -> None:
    call = ProviderCall(run=run, started_at=timezone.now(), ended_at=timezone.now())
    fill(call)
    fill(FunctionMock(project=project, assistant_id=assistant.id), kind="static")
    version = AssistantVersion(project=project, assistant_id=assistant.id, number=99, source="api")
    fill(version)
