"""Make a row of what was asked in a thread."""

import re
from collections.abc import Iterator, Mapping, Sequence
from itertools import islice
from typing import Any

from django.contrib.auth.models import User

from assistants_app.domain import limits
from assistants_app.domain.errors import InvalidRequest
from assistants_app.domain.search import CITATION_MARK
from assistants_app.domain.test_sets.messages import user_turn
from assistants_app.domain.test_sets.recorded_mocks import mocks_from
from assistants_app.domain.tools import FILE_SEARCH, FUNCTION
from assistants_app.domain.words.written import written_text
from assistants_app.models import Message, Project, TestRow
from assistants_app.queries.files.files import files_by_id
from assistants_app.queries.runs.runs import completed_calls_of_runs, runs_by_id
from assistants_app.queries.threads.threads import each_message, get_message
from assistants_app.services.act import act
from assistants_app.services.locks import lock_test_set
from assistants_app.services.runs.tapes import Recording, copy_calls, insert_tape, joined
from assistants_app.services.test_sets.files import (
    StoredCopy,
    discard_copies,
    keep_copies,
    store_copy,
)
from assistants_app.services.test_sets.revisions import add_rows
from assistants_app.storage.byte_store import BytesMissing, byte_store

IMAGE = "image"
TAPE, MOCKS, LIVE = "tape", "mocks", "live"
TOOLS = (TAPE, MOCKS, LIVE)
"""What answers the calls of a row's replies: a tape of the thread, mocks with its outputs, or the
tools themselves."""
MOST_MESSAGES = 2 * limits.TEST_TURNS + 1
# What a row would replace by a value. In a thread it is what somebody wrote.
_MARK = re.compile(r"(?={{\s*[\w.-]+\s*}})")


def tools_used_before(project: Project, thread_id: str, message_id: str) -> list[str]:
    """Return the names of the tools that were called for the replies up to a message.

    Raises :class:`NotFound`.
    """
    messages = _messages_until(get_message(project, thread_id, message_id))
    steps = completed_calls_of_runs(set(_runs_of(list(islice(messages, MOST_MESSAGES)))))
    calls = [call for step in reversed(steps) for call in step.step_details["tool_calls"]]
    return list(dict.fromkeys(_name_of(call) for call in calls))


def _name_of(call: Mapping[str, Any]) -> str:
    return str(call[FUNCTION]["name"] if call["type"] == FUNCTION else call["type"])


def add_row_from(
    *,
    project: Project,
    set_id: str,
    thread_id: str,
    message_id: str,
    author: User | None,
    tools: str = LIVE,
) -> TestRow:
    """Add a row with what the user asked up to a message, and its files.

    The message may be a reply. Then its text is the row's expected value `reply`. `tools` is one of
    ``TOOLS``, and says what answers the calls of the row's replies. Raises :class:`NotFound`, and
    :class:`InvalidRequest` if the user has asked nothing or too much.
    """
    last = get_message(project, thread_id, message_id)
    messages = list(islice(_messages_until(last), MOST_MESSAGES))
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
    recording = _recording(project, _runs_of(messages)) if tools != LIVE else None
    copies: list[StoredCopy] = []
    try:
        if recording and tools == MOCKS:
            content["mocks"] = mocks_from(recording.calls)
            recording.discard()
            recording = None
        copies = _copied_files(project, messages)
        return add_row_from_thread(
            project=project,
            set_id=set_id,
            content=content,
            copies=copies,
            recording=recording,
            author=author,
        )
    except BaseException:
        discard_copies(copies)
        if recording:
            recording.discard()
        raise


def _runs_of(messages: Sequence[Message]) -> list[str]:
    """Return the ids of the runs that replied, in their order."""
    # In a fork, the copies of replies name the runs of the other thread.
    found = (one.run_id or one.copied_run_id for one in messages if one.role == "assistant")
    return [run_id for run_id in dict.fromkeys(found) if run_id]


def _recording(project: Project, run_ids: Sequence[str]) -> Recording | None:
    """Copy what these runs called, as far as they exist, or return None if they called nothing."""
    runs = runs_by_id(set(run_ids))
    by_thread: dict[str, list[str]] = {}
    for run_id in run_ids:
        if (run := runs.get(run_id)) and run.project_id == project.id:
            by_thread.setdefault(run.thread_id, []).append(run_id)
    recordings: list[Recording] = []
    try:
        for ids in by_thread.values():
            recordings.append(copy_calls(project, ids))
    except BaseException:
        for one in recordings:
            one.discard()
        raise
    whole = joined(recordings) if recordings else None
    return whole if whole and whole.calls else None


@act()
def add_row_from_thread(
    *,
    project: Project,
    set_id: str,
    content: dict[str, Any],
    copies: Sequence[StoredCopy],
    recording: Recording | None,
    author: User | None,
) -> TestRow:
    """Add the row, once copies of its files and of recorded calls are stored."""
    test_set = lock_test_set(project, set_id)
    keep_copies(test_set, copies)
    if recording:
        content = {**content, "tape": insert_tape(project, recording).id}
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
