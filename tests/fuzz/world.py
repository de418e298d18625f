"""Objects that made-up requests name, so that they do more than fail with a 404."""

from typing import Any

from django.contrib.auth.models import User
from django.test import Client

from assistants_app.domain.rights import EDITOR
from assistants_app.models import (
    Citation,
    Experiment,
    Message,
    ModelEndpoint,
    ModelPrice,
    Notice,
    Rating,
    Thread,
)
from assistants_app.queries.people.sessions import session_id
from assistants_app.services.assistants.drafts import restore_as_draft
from assistants_app.services.assistants.mocks import save_mock
from assistants_app.services.assistants.requests import update_assistant
from assistants_app.services.people.comments import OnMessage, create_comment
from assistants_app.services.people.invitations import create_invitation
from assistants_app.services.project.projects import create_api_key
from assistants_app.services.runs.tapes import record_tape
from assistants_app.services.shares.shares import create_share
from assistants_app.services.test_sets.files import attach_test_file, store_copy
from assistants_app.services.test_sets.rows import add_test_row
from assistants_app.services.test_sets.sets import create_test_set
from assistants_app.wire.assistants.assistants import AssistantModifyParams
from assistants_app.wire.assistants.mocks import MockParams
from assistants_app.wire.runs.steps import code_call, code_result, tool_calls_details
from assistants_app.wire.threads.messages import attachment, text_part
from assistants_app.wire.validation import parse
from tests.cast import Cast
from tests.queries.experiments.made import Figures, small
from tests.services.compare.made import columns_of, compare
from tests.services.experiments.made import experiment_of, set_of
from tests.web.threads.logged_runs import call_for, step_of


def add_rows(cast: Cast) -> dict[str, str]:
    """Add what the routes of the site need beyond the cast, and return the IDs by parameter."""
    project, assistant = cast.project, cast.assistant
    for temperature in (0.5, 0.7):
        update_assistant(
            project=project,
            assistant_id=assistant.id,
            params=parse(AssistantModifyParams, {"temperature": temperature}),
            author=None,
            source="api",
        )
    restore_as_draft(project=project, assistant_id=assistant.id, user=cast.alice, number=1)
    mock = {"function": "f", "kind": "static", "output": "x"}
    save_mock(project=project, assistant_id=assistant.id, params=parse(MockParams, mock))
    Citation.objects.create(
        thread=cast.thread,
        number=1,
        place=0,
        file_id=cast.file.id,
        filename="Secret.txt",
        quote="Secret",
        start=0,
        end=6,
        score=0.5,
    )
    call = {**code_call("call_1", "print(1)", []), "result": code_result("ok")}
    step = step_of(cast.run, tool_calls_details([call]), 0, 1)
    ModelPrice.objects.create(project=project, model="m", prompt=1, cached=1, completion=1)
    endpoint = ModelEndpoint.objects.create(project=project, name="E", base_url=UNREACHABLE)
    key, _ = create_api_key(project=project, name="another")
    on = OnMessage(cast.thread.id, cast.message.id)
    mention = create_comment(project=project, author=cast.bob, on=on, text=f"Look, @{cast.alice}")
    # People can only edit and delete their own.
    comment = create_comment(project=project, author=cast.alice, on=on, text="Thanks")
    Rating.objects.create(thread=cast.thread, message=cast.message, user=cast.bob, value=1)
    invitation, _ = create_invitation(
        project=project, inviter=cast.alice, role=EDITOR, email="", days=7
    )
    shared = Thread.objects.create(project=project)
    Message.objects.create(
        thread=shared,
        role="user",
        content=[text_part("Shared")],
        attachments=[attachment(cast.file.id, "code_interpreter")],
        has_attachments=True,
    )
    share, token = create_share(project=project, thread_id=shared.id, user=cast.alice)
    test_set = create_test_set(project=project, name="Tests", author=cast.alice)
    asked = {"turns": [{"role": "user", "content": "Secret"}]}
    row = add_test_row(project=project, set_id=test_set.id, content=asked, author=cast.alice)
    copy = store_copy([b"Secret"], name="s.txt", mime_type="text/plain", tool="file_search")
    attach_test_file(project=project, set_id=test_set.id, key=row.key, copy=copy, author=cast.alice)
    comparison = compare(cast)
    tape = record_tape(project=project, run_ids=[cast.run.id], name="Tape")
    experiment = experiment_of(cast, test_set, {}, {"model": "n"}, starts=False)
    return {
        "tape_id": tape.id,
        "set_id": test_set.id,
        "row_key": row.key,
        "comparison_id": comparison.id,
        "experiment_id": experiment.id,
        "column_key": columns_of(comparison)[0].key,
        "step_id": step.id,
        "call_id": call_for(step, 1).id,
        "endpoint_id": endpoint.id,
        "key_id": key.id,
        "comment_id": comment.id,
        "notice_id": Notice.objects.get(comment=mention).id,
        "share_id": share.id,
        "invitation_id": invitation.id,
        "token": token,
        "user_id": str(cast.vera.pk),
        "people.session_id": _other_session(cast.alice),
    }


def _other_session(user: User) -> str:
    browser = Client()
    browser.force_login(user)
    return session_id(str(browser.session.session_key))


# Nothing listens there.
UNREACHABLE = "http://127.0.0.1:1/v1"


def values_of_paths(cast: Cast) -> dict[str, str]:
    """Return a good value for each parameter of a path."""
    return {
        "project_id": cast.project.id,
        "assistant_id": cast.assistant.id,
        "thread_id": cast.thread.id,
        "other_id": cast.thread.id,
        "message_id": cast.message.id,
        "run_id": cast.run.id,
        "other_run_id": cast.run.id,
        "step_id": cast.step.id,
        "file_id": cast.file.id,
        "upload_id": cast.upload.id,
        "store_id": cast.store.id,
        "batch_id": cast.batch.id,
        "experiment_id": _experiment_in(cast).id,
        "table": "chunk",
        # Of the code interpreter. People's sessions are `people.session_id`.
        "session_id": "0" * 24,
        "kind": "json",
        "kinds": "worker,indexer",
        "test_format": "csv",
        "number": "1",
        "old": "1",
        "new": "1",
        "index": "0",
        "place": "0",
        "row": "0",
        "variant": "0",
        "function": "f",
        "model": "m",
    }


def plausible_values(cast: Cast) -> dict[str, str]:
    """Return good values for fields of forms by their names."""
    return {
        "assistant": cast.assistant.id,
        "assistant_id": cast.assistant.id,
        "thread": cast.thread.id,
        "thread_id": cast.thread.id,
        "assistants.id": cast.assistant.id,
        "threads.id": cast.thread.id,
        "files.id": cast.file.id,
        "compare.run": cast.run.id,
        "compare.run_id": cast.run.id,
        "file_ids": cast.file.id,
        "model": "m",
        "name": "A",
        "role": EDITOR,
        "days": "7",
        # All rows of a table, and not those up to an ID.
        "all": "",
        "q": "",
        "archived": "",
        "query": "words",
        "base_url": UNREACHABLE,
        "valid_from": "2027-01-01",
        "of": f"person:{cast.bob.pk}",
        "dollars_per_day": "10",
        "tokens_per_month": "1000",
        "parameters": '{"type": "object", "properties": {}}',
        "test_sets.check": "0",
        "test_sets.check-0-stored": '{"kind": "equals", "value": "x"}',
        "test_sets.check-0-kind": "regex",
        "test_sets.new-check": "cost",
        "test_sets.act": "kind:0",
        "test_sets.column": "variable:a",
        "test_sets.side": "left",
        "test_sets.to": "1",
        "test_sets.tools": "tape",
    }


def bodies_of(cast: Cast) -> dict[str, list[Any]]:
    """Return good bodies of POST requests by the patterns of their routes. Bytes are a form."""
    thread, message = (
        "threads/{thread_id}",
        {"role": "user", "content": "x", "metadata": {"a": "b"}},
    )
    store, run = "vector_stores/{store_id}", "threads/{thread_id}/runs/{run_id}"
    file_ids = [cast.file.id]
    image = {"type": "image_file", "image_file": {"file_id": cast.file.id, "detail": "low"}}
    rich = {
        "role": "user",
        "content": [{"type": "text", "text": "x"}, image],
        "attachments": [{"file_id": cast.file.id, "tools": [{"type": "file_search"}]}],
    }
    resources = {
        "code_interpreter": {"file_ids": file_ids},
        "file_search": {"vector_store_ids": [cast.store.id]},
    }
    assistant = {
        "model": "m",
        "name": "A",
        "description": "d",
        "instructions": "i",
        "tools": [{"type": "code_interpreter"}, FILE_SEARCH, FUNCTION],
        "tool_resources": resources,
        "metadata": {"a": "b"},
        "temperature": 1,
        "top_p": 0.5,
        "reasoning_effort": "low",
        "response_format": {
            "type": "json_schema",
            "json_schema": {"name": "x", "schema": SCHEMA, "strict": True},
        },
    }
    new_run = {
        **assistant,
        "assistant_id": cast.assistant.id,
        "additional_messages": [message],
        "additional_instructions": "x",
        "max_prompt_tokens": 1000,
        "max_completion_tokens": 1000,
        "truncation_strategy": {"type": "last_messages", "last_messages": 2},
        "tool_choice": {"type": "function", "function": {"name": "f"}},
        "parallel_tool_calls": True,
    }
    del new_run["name"], new_run["description"]
    # Only a run with a new thread takes resources: they become the thread's.
    on_thread = {name: value for name, value in new_run.items() if name != "tool_resources"}
    plain_thread = {"messages": [message]}
    new_thread = {"messages": [message, rich], "tool_resources": resources, "metadata": {}}
    chunking = {
        "type": "static",
        "static": {"max_chunk_size_tokens": 800, "chunk_overlap_tokens": 400},
    }
    attributes = {"a": "b", "n": 1, "t": True}
    search = {
        "query": ["words", "more"],
        "filters": {"type": "and", "filters": [{"type": "eq", "key": "a", "value": "b"}]},
        "max_num_results": 5,
        "ranking_options": {"ranker": "auto", "score_threshold": 0.5},
        "rewrite_query": True,
    }
    upload = {"filename": "a.txt", "purpose": "assistants", "bytes": 6, "mime_type": "text/plain"}
    metadata = [{"metadata": {"a": "b"}}]
    return {
        "chat/completions": [{"model": "m", "messages": [message]}],
        "embeddings": [{"model": "m", "input": ["x"]}],
        "files": [_form("purpose", "assistants") + _form_file("file")],
        "uploads": [upload],
        "uploads/{upload_id}/parts": [_form_file("data")],
        "uploads/{upload_id}/complete": [{"part_ids": ["part_1"], "md5": "0" * 32}],
        "uploads/{upload_id}/cancel": [{}],
        "vector_stores": [
            {"name": "S", "file_ids": file_ids, "chunking_strategy": chunking},
            {"expires_after": {"anchor": "last_active_at", "days": 1}, "metadata": {}},
        ],
        store: [{"name": "S", "expires_after": None, "metadata": {"a": "b"}}],
        f"{store}/search": [search],
        f"{store}/files": [
            {"file_id": cast.file.id, "attributes": attributes, "chunking_strategy": chunking}
        ],
        f"{store}/files/{{file_id}}": [{"attributes": attributes}],
        f"{store}/file_batches": [{"file_ids": file_ids, "attributes": attributes}],
        f"{store}/file_batches/{{batch_id}}/cancel": [{}],
        "assistants": [assistant],
        "assistants/{assistant_id}": [assistant],
        # The first ones do nothing but what their route is for.
        "threads": [plain_thread, new_thread],
        "threads/runs": [
            {"assistant_id": cast.assistant.id, "thread": plain_thread},
            {"assistant_id": cast.assistant.id, "thread": new_thread},
            new_run,
        ],
        thread: [{"metadata": {}, "tool_resources": resources}],
        f"{thread}/messages": [message, rich],
        f"{thread}/messages/{{message_id}}": metadata,
        f"{thread}/runs": [on_thread, {"assistant_id": cast.assistant.id, "stream": True}],
        run: metadata,
        f"{run}/cancel": [{}],
        "playground/experiments": [_experiment(cast), {**_experiment(cast), "start": False}],
        "playground/experiments/{experiment_id}/cancel": [{}],
        "playground/experiments/{experiment_id}/budget": [{"budget": 5}],
        f"{run}/submit_tool_outputs": [{"tool_outputs": [{"tool_call_id": "c", "output": "x"}]}],
    }


SCHEMA = {
    "type": "object",
    "properties": {"a": {"type": "string", "enum": ["x"]}},
    "required": ["a"],
    "additionalProperties": False,
}
FUNCTION = {
    "type": "function",
    "function": {"name": "f", "description": "d", "parameters": SCHEMA, "strict": True},
}
FILE_SEARCH = {
    "type": "file_search",
    "file_search": {"max_num_results": 5, "ranking_options": {"score_threshold": 0.5}},
}


def _experiment_in(cast: Cast) -> Experiment:
    """Return the project's experiment of programs, which is made once."""
    found = Experiment.objects.filter(project=cast.project, name="Of programs").first()
    if found is None:
        set_id = set_of(cast, 1).pk
        figures: Figures = {"row1": [[1.0], [None]]}
        found = small(cast, figures, name="Of programs", state="running", test_set_id=set_id)
    return found


def _experiment(cast: Cast) -> dict[str, Any]:
    return {
        "test_set": _experiment_in(cast).test_set_id,
        "variants": [
            {"assistant": cast.assistant.id, "temperature": 0.5, "variables": {}},
            {"model": "m", "name": "Another", "instructions": "i"},
        ],
        "name": "N",
        "repeats": 2,
        "margin": 0.1,
        "main_metric": "score",
        "gate": {"margin": 0.2, "required_rows": "all", "no_worse_row": True},
    }


def _form(name: str, value: str) -> bytes:
    return f'--b\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'.encode()


def _form_file(name: str) -> bytes:
    head = f'--b\r\nContent-Disposition: form-data; name="{name}"; filename="a.txt"\r\n'
    return f"{head}Content-Type: text/plain\r\n\r\nSecret\r\n--b--\r\n".encode()
