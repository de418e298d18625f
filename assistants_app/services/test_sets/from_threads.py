"""Make a row of what was asked in a thread."""

import re
from collections.abc import Iterator, Sequence
from itertools import islice
from typing import Any

from django.contrib.auth.models import User

from assistants_app.domain import limits
from assistants_app.domain.errors import InvalidRequest
from assistants_app.domain.search import CITATION_MARK
from assistants_app.domain.test_sets.messages import user_turn
from assistants_app.domain.tools import FILE_SEARCH
from assistants_app.models import Message, Project, TestRow
from assistants_app.queries.files.files import files_by_id
from assistants_app.queries.threads.threads import each_message, get_message
from assistants_app.services.act import act
from assistants_app.services.locks import lock_test_set
from assistants_app.services.test_sets.files import (
    StoredCopy,
    discard_copies,
    keep_copies,
    store_copy,
)
from assistants_app.services.test_sets.revisions import add_rows
from assistants_app.storage.byte_store import BytesMissing, byte_store
from assistants_app.wire.threads.messages import written_text

IMAGE = "image"
# What a row would replace by a value. In a thread it is what somebody wrote.
_MARK = re.compile(r"(?={{\s*[\w.-]+\s*}})")


def add_row_from(
    *, project: Project, set_id: str, thread_id: str, message_id: str, author: User | None
) -> TestRow:
    """Add a row with what the user asked up to a message, and its files.

    The message may be a reply. Then its text is the row's expected value `reply`. Raises
    :class:`NotFound`, and :class:`InvalidRequest` if the user has asked nothing or too much.
    """
    last = get_message(project, thread_id, message_id)
    messages = list(islice(_messages_until(last), 2 * limits.TEST_TURNS + 1))
    turns = [user_turn(text) for text in _questions(messages)]
    if not turns:
        raise InvalidRequest("Nothing was asked before this message.")
    content: dict[str, Any] = {
        "turns": turns,
        "metadata": {"thread": thread_id, "message": message_id},
    }
    if last.role == "assistant":
        content["expected"] = {"reply": CITATION_MARK.sub("", written_text(last.content)).strip()}
    # The bytes before their rows: docs/adr/0005-bytes-before-rows.md.
    copies = _copied_files(project, messages)
    try:
        return add_row_from_thread(
            project=project, set_id=set_id, content=content, copies=copies, author=author
        )
    except Exception:
        discard_copies(copies)
        raise


@act()
def add_row_from_thread(
    *,
    project: Project,
    set_id: str,
    content: dict[str, Any],
    copies: Sequence[StoredCopy],
    author: User | None,
) -> TestRow:
    """Add the row, once copies of its files are stored."""
    test_set = lock_test_set(project, set_id)
    keep_copies(test_set, copies)
    whole = {**content, "files": [copy.entry() for copy in copies]}
    return add_rows(test_set, [("", whole)], author)[0]


def _messages_until(last: Message) -> Iterator[Message]:
    for message in each_message(last.thread):
        yield message
        if message.pk == last.pk:
            return


def _questions(messages: Sequence[Message]) -> list[str]:
    """Return what the user asked, with messages joined that nothing was replied to."""
    questions: list[str] = []
    was_user = False
    for message in messages:
        text = _MARK.sub(r"\\", written_text(message.content)).strip()
        is_user = message.role == "user"
        if is_user and text:
            if was_user and questions:
                questions[-1] += f"\n\n{text}"
            else:
                questions.append(text)
        was_user = is_user
    return questions


def _copied_files(project: Project, messages: Sequence[Message]) -> list[StoredCopy]:
    wanted = dict(_named_files([one for one in messages if one.role == "user"]))
    if len(wanted) > limits.TEST_ROW_FILES:
        raise InvalidRequest(f"A row can have at most {limits.TEST_ROW_FILES} files.")
    files = files_by_id(project.id, wanted)
    copies: list[StoredCopy] = []
    for file_id, tool in wanted.items():
        # A deleted file is missing in the thread, too.
        if file := files.get(file_id):
            try:
                chunks = byte_store().read(file_id)
            except BytesMissing:
                continue
            name, mime_type = file.filename, file.mime_type
            copies.append(store_copy(chunks, name=name, mime_type=mime_type, tool=tool))
    return copies


def _named_files(messages: Sequence[Message]) -> Iterator[tuple[str, str]]:
    for message in messages:
        for part in message.content:
            if part["type"] == "image_file":
                yield part["image_file"]["file_id"], IMAGE
        for one in message.attachments:
            tools = one.get("tools") or [{"type": FILE_SEARCH}]
            yield one["file_id"], tools[0]["type"]
