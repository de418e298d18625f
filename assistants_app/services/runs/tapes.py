"""Record tapes from runs, with copies of their files, and delete tapes."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.contrib.auth.models import User
from django.db import transaction

from assistants_app.domain import limits
from assistants_app.domain.errors import Conflict, InvalidRequest, NotFound
from assistants_app.domain.ids import new_id
from assistants_app.domain.search import CITATION_MARK
from assistants_app.domain.tapes.policy import Policy, read_policy
from assistants_app.domain.tapes.steps import places_found, text_of_call
from assistants_app.domain.tools import CODE_INTERPRETER, FILE_SEARCH, FUNCTION, RESULT
from assistants_app.models import (
    Citation,
    Comparison,
    ExperimentRow,
    File,
    Project,
    Run,
    RunStep,
    Tape,
    TapeCall,
    TapeFile,
    TestRow,
)
from assistants_app.queries.files.files import files_by_id
from assistants_app.queries.runs.citations import citations_of_search
from assistants_app.queries.runs.code_sessions import session_files
from assistants_app.queries.runs.runs import completed_calls_of_runs
from assistants_app.services.act import act
from assistants_app.services.audit import note
from assistants_app.services.files.quota import check_quota
from assistants_app.services.files.stored_bytes import (
    discard_bytes,
    discard_on_commit,
    store_bytes,
)
from assistants_app.storage.byte_store import BytesMissing, byte_store
from assistants_app.wire.assistants.mocks import MockParams
from assistants_app.wire.json_bodies import check_texts
from assistants_app.wire.validation import parse

USUAL_POLICY = Policy()
# The columns of a citation that another thread's needs.
CITED = (
    "number",
    "place",
    "file_id",
    "filename",
    "quote",
    "heading",
    "page",
    "start",
    "end",
    "score",
)


@dataclass(frozen=True, slots=True)
class Recording:
    """What a tape is made of. The bytes of its files are stored already, and no row has them."""

    run_ids: list[str]
    thread_id: str
    calls: list[TapeCall]
    files: list[TapeFile] = field(default_factory=list)

    @property
    def bytes(self) -> int:
        """The size of all copies."""
        return sum(file.bytes for file in self.files)

    def discard(self) -> None:
        """Remove the copies of a recording that becomes no tape."""
        discard_bytes(keys=[file.id for file in self.files])


def record_tape(
    *,
    project: Project,
    run_ids: Sequence[str],
    policy: Policy = USUAL_POLICY,
    name: str = "",
    author: User | None = None,
) -> Tape:
    """Record the calls of these runs, of one thread, on a new tape.

    Raises :class:`NotFound` for a run that doesn't exist, and :class:`InvalidRequest` for runs of
    several threads, a long name, or without space for the copies of files. Not within a
    transaction: see :func:`copy_calls`.
    """
    _check_name(name)
    recording = copy_calls(project, run_ids)
    try:
        return _record_tape(
            project=project, recording=recording, policy=policy, name=name, author=author
        )
    except BaseException:
        recording.discard()
        raise


def _check_name(name: str) -> None:
    check_texts({"name": name})
    if len(name) > limits.NAME:
        raise InvalidRequest(
            f"A name can have up to {limits.NAME} characters. This one has {len(name)}.",
            param="name",
        )


@act()
def _record_tape(
    *, project: Project, recording: Recording, policy: Policy, name: str, author: User | None
) -> Tape:
    return insert_tape(project, recording, policy, name=name, author=author)


def insert_tape(
    project: Project, recording: Recording, policy: Policy = USUAL_POLICY, **columns: Any
) -> Tape:
    """Create the tape within the caller's transaction.

    Raises :class:`InvalidRequest` if the project has no space left, and for a policy that can't
    work. If the transaction fails, call `discard` of the recording.
    """
    if recording.bytes:
        check_quota(project, recording.bytes)
    tape = Tape.objects.create(
        project=project,
        source_run_ids=recording.run_ids,
        source_thread_id=recording.thread_id,
        policy=_checked(policy),
        **columns,
    )
    for call in recording.calls:
        call.tape = tape
    for file in recording.files:
        file.tape = tape
    TapeCall.objects.bulk_create(recording.calls, batch_size=500)
    TapeFile.objects.bulk_create(recording.files, batch_size=500)
    return tape


def put_on_tape(run: Run, tape: Tape | None, policy: Policy | None = None) -> None:
    """Let a run that isn't stored yet be answered from the tape, as the policy says or the tape's.

    With a policy alone, no call has a recorded output, so it decides about all of them. Raises
    :class:`InvalidRequest` for a policy that can't work.
    """
    if tape is not None:
        run.tape, run.tape_policy = tape, tape.policy
    if policy is not None:
        run.tape_policy = _checked(policy)


def _checked(policy: Policy) -> dict[str, Any]:
    """Return the policy for its column. Raises :class:`InvalidRequest` for one that can't work."""
    values = policy.as_json()
    for name, definition in read_policy(values).mocks.items():
        if not isinstance(definition, Mapping):
            raise InvalidRequest(f"The mock of '{name}' must be an object.", param="mocks")
        kind = "rules" if "rules" in definition else "static"
        parse(MockParams, {**definition, "function": name, "kind": kind})
    return values


@act()
def rename_tape(*, project: Project, tape_id: str, name: str) -> Tape:
    """Change the tape's name. One that had none belongs to the project from then on.

    Raises :class:`NotFound`, and :class:`InvalidRequest` without a name and for a long one.
    """
    if not name:
        raise InvalidRequest("Enter a name for the tape.", param="name")
    _check_name(name)
    tape = _lock_tape(project, tape_id)
    tape.name = name
    tape.save(update_fields=["name"])
    return tape


def _lock_tape(project: Project, tape_id: str) -> Tape:
    tape = Tape.objects.select_for_update().filter(project=project, pk=tape_id).first()
    if tape is None:
        raise NotFound("tape", tape_id)
    return tape


@act()
def delete_tape(*, project: Project, tape_id: str) -> None:
    """Delete the tape and its copies. Runs that still use it miss all further calls.

    Raises :class:`NotFound`, and :class:`Conflict` if a row of a test set uses it.
    """
    tape = _lock_tape(project, tape_id)
    if TestRow.objects.filter(tape=tape).exists():
        raise Conflict(
            "A test set uses this tape. Delete the rows that name it, or the set if one of its "
            "versions has them.",
            code="tape_in_use",
        )
    note(
        "delete_tape",
        project=project,
        target_type="tape",
        target_id=tape.id,
        target_name=tape.name,
    )
    _remove(tape)


def remove_unnamed_tapes(tape_ids: Iterable[str]) -> None:
    """Delete those of the tapes that no row, experiment or comparison uses, and that have no name.

    Tapes with a name belong to the project, until somebody deletes them. Call it within a
    transaction that has stopped using them.
    """
    # In one order, so that no two requests wait for each other.
    unnamed = Tape.objects.select_for_update().filter(pk__in=set(tape_ids), name="")
    for tape in unnamed.order_by("pk"):
        if not _is_used(tape):
            _remove(tape)


def _is_used(tape: Tape) -> bool:
    return (
        TestRow.objects.filter(tape=tape).exists()
        or ExperimentRow.objects.filter(tape=tape).exists()
        or Comparison.objects.filter(tape=tape).exists()
    )


def _remove(tape: Tape) -> None:
    discard_on_commit(list(TapeFile.objects.filter(tape=tape).values_list("pk", flat=True)))
    tape.delete()


def copy_calls(project: Project, run_ids: Sequence[str]) -> Recording:
    """Copy the calls of these runs that have their outputs, and the files that these refer to.

    Call it before the transaction of :func:`insert_tape`: bytes are stored before their rows. Files
    that are gone by now are left out. Raises like :func:`record_tape`, and the errors of the
    storage.
    """
    runs = _runs_of_one_thread(project, run_ids)
    functions = {run.id: _functions_of(run) for run in runs}
    calls: list[TapeCall] = []
    # `completed_calls_of_runs` has the newest first.
    for step in reversed(completed_calls_of_runs(set(functions))):
        for call in step.step_details["tool_calls"]:
            if row := _recorded_call(step, call, functions[step.run_id]):
                row.position = len(calls)
                calls.append(row)
    thread_id = runs[0].thread_id
    return Recording(
        [run.id for run in runs], thread_id, calls, _copy_files(project, thread_id, calls)
    )


def joined(recordings: Sequence[Recording]) -> Recording:
    """Return one recording of what the runs of several threads did, such as of a fork's origin.

    Copies of a file that an earlier one has are removed.
    """
    whole = Recording([], recordings[-1].thread_id, [])
    there: set[str] = set()
    for one in recordings:
        whole.run_ids.extend(one.run_ids)
        for call in one.calls:
            call.position = len(whole.calls)
            whole.calls.append(call)
        twice = [file.id for file in one.files if file.file_id in there]
        discard_bytes(keys=twice)
        whole.files.extend(file for file in one.files if file.id not in twice)
        there.update(file.file_id for file in one.files)
    return whole


def _runs_of_one_thread(project: Project, run_ids: Sequence[str]) -> list[Run]:
    found = {run.id: run for run in Run.objects.filter(project=project, pk__in=run_ids)}
    for run_id in run_ids:
        if run_id not in found:
            raise NotFound("run", run_id)
    runs = sorted(found.values(), key=lambda run: run.id)
    if len({run.thread_id for run in runs}) != 1:
        raise InvalidRequest("A tape has the calls of runs of one thread.", param="run_ids")
    return runs


def _functions_of(run: Run) -> set[str]:
    return {tool["function"]["name"] for tool in run.tools if tool["type"] == FUNCTION}


def _recorded_call(step: RunStep, call: dict[str, Any], functions: set[str]) -> TapeCall | None:
    text = text_of_call(call, step.shown_to_model)
    # The errors of calls that were never carried out are no answers of a tool: of functions that
    # the run didn't have, and of arguments that no built-in tool can read.
    if text.output is None or (text.tool == FUNCTION and text.name not in functions):
        return None
    if text.tool != FUNCTION and not (text.arguments.strip() and RESULT in call):
        return None
    content = {
        "arguments": text.arguments,
        "output": text.output,
        "details": call,
        "citations": _found(step.thread_id, call) if text.tool == FILE_SEARCH else [],
    }
    return TapeCall(run_id=step.run_id, tool=text.tool, name=text.name, content=content)


def _found(thread_id: str, call: Mapping[str, Any]) -> list[dict[str, Any]]:
    places = places_found(call)
    if not places:
        return []
    rows = citations_of_search(thread_id, places[0][0])
    # All of them, since a result's place in the list is the one in its mark.
    return [
        _columns_of(rows.get(place), result)
        for (_, place), result in zip(places, call[FILE_SEARCH]["results"], strict=True)
    ]


def _columns_of(row: Citation | None, result: Mapping[str, Any]) -> dict[str, Any]:
    if row is not None:
        return {name: getattr(row, name) for name in CITED}
    mark = CITATION_MARK.fullmatch(result["mark"])
    assert mark is not None, "its place was read from it"
    return {
        "number": int(mark[1]),
        "place": int(mark[2]),
        "file_id": result["file_id"],
        "filename": result["file_name"],
        "quote": "\n".join(part["text"] for part in result.get("content") or ()),
        "heading": "",
        "page": result.get("page"),
        "start": 0,
        "end": 0,
        "score": result["score"],
    }


def _copy_files(project: Project, thread_id: str, calls: Sequence[TapeCall]) -> list[TapeFile]:
    ran = [call.content["details"] for call in calls if call.tool == CODE_INTERPRETER]
    if not ran:
        return []
    made = {file_id for call in ran for file_id in _files_made(call)}
    names = {file_id: "" for file_id in made}
    # What the code was given, to run it again in another session.
    for name, given in session_files(thread_id).items():
        names.setdefault(given.id, name)
    files = files_by_id(project.id, names)
    if files:
        with transaction.atomic():
            check_quota(project, sum(file.bytes for file in files.values()))
    copies: list[TapeFile] = []
    try:
        for file_id, file in files.items():
            if copy := _copy_file(file, names[file_id]):
                copies.append(copy)
    except BaseException:
        discard_bytes(keys=[copy.id for copy in copies])
        raise
    return copies


def _files_made(call: Mapping[str, Any]) -> Iterator[str]:
    for output in call[CODE_INTERPRETER]["outputs"]:
        if output["type"] == "image":
            yield output["image"]["file_id"]
    for file in (call.get(RESULT) or {}).get("files") or ():
        if file["file_id"]:
            yield file["file_id"]


def _copy_file(file: File, input_name: str) -> TapeFile | None:
    key = new_id("tapefile")
    try:
        stored = store_bytes(key=key, chunks=byte_store().read(file.id), limit=limits.FILE_BYTES)
    except BytesMissing:  # deleted at this moment
        return None
    return TapeFile(
        id=key,
        file_id=file.id,
        input_name=input_name,
        filename=file.filename,
        bytes=stored.size,
        sha256=stored.sha256,
    )
