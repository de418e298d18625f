"""Tapes are copies: what is recorded, what it takes, and what outlives what."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from assistants_app import conf
from assistants_app.domain.configurations.frozen import FrozenConfiguration
from assistants_app.domain.configurations.origins import COMPARE
from assistants_app.domain.errors import Forbidden, InvalidRequest, NotFound
from assistants_app.domain.rights import VIEWER
from assistants_app.domain.tapes.policy import Policy
from assistants_app.models import (
    File,
    Membership,
    Project,
    Run,
    RunStep,
    SessionFile,
    Tape,
    TapeFile,
    Thread,
)
from assistants_app.queries.files.files import used_bytes
from assistants_app.queries.runs.tapes import get_tape, recorded_tape
from assistants_app.services.acting import acting, actor_of_member
from assistants_app.services.files import stored_bytes
from assistants_app.services.files.requests import delete_files
from assistants_app.services.files.stored_bytes import remove_orphans
from assistants_app.services.project import deletion
from assistants_app.services.runs import tapes
from assistants_app.services.runs.frozen import Source, create_frozen_run, freeze
from assistants_app.services.runs.tapes import (
    copy_calls,
    delete_tape,
    insert_tape,
    put_on_tape,
    record_tape,
)
from assistants_app.services.threads.requests import delete_thread
from assistants_app.storage.byte_store import byte_store
from assistants_app.wire.runs.steps import (
    code_call,
    code_result,
    function_call,
    image_output,
    logs_output,
    made_file,
    tool_calls_details,
)
from tests.cast import Cast, make_file, make_run

Copies = Callable[[], list[str]]

WEATHER = {"type": "function", "function": {"name": "weather", "parameters": {}}}


def make_step(run: Run, *calls: dict[str, Any], **columns: Any) -> RunStep:
    values = {
        "type": "tool_calls",
        "status": "completed",
        "step_details": tool_calls_details(list(calls)),
    }
    return RunStep.objects.create(
        run=run, thread_id=run.thread_id, assistant_id=run.assistant_id, **{**values, **columns}
    )


def make_source(cast: Cast, thread: Thread | None = None) -> Run:
    thread = thread or Thread.objects.create(project=cast.project)
    return make_run(cast.project, thread, cast.assistant, status="completed", tools=[WEATHER])


@pytest.fixture
def coded(cast: Cast) -> Run:
    """A run whose code was given a file of 5 bytes, and made a figure of 6 and a file of 7."""
    run = make_source(cast)
    given = make_file(cast.project, b"given", filename="in.txt")
    figure = make_file(cast.project, b"figure", filename="figure.png")
    made = make_file(cast.project, b"a;b;c;d", filename="data.csv")
    SessionFile.objects.create(thread=run.thread, name="in.txt", file=given)
    SessionFile.objects.create(thread=run.thread, name="data.csv", file=made, made_by_run_id=run.id)
    files = [made_file("data.csv", 7, made.id), made_file("empty", 0, None, "the file is empty")]
    call = code_call("call_1", "run()", [logs_output("ok\n"), image_output(figure.id)])
    make_step(
        run, {**call, "result": code_result("ok", files=files)}, shown_to_model={"call_1": "ok"}
    )
    return run


@pytest.fixture
def stored_copies() -> Copies:
    """Returns the keys of all copies that the test has left in the storage."""

    def keys() -> set[str]:
        found = byte_store().keys(before=timezone.now() + timedelta(minutes=1))
        return {key for key in found if key.startswith("tapefile_")}

    earlier = keys()
    return lambda: sorted(keys() - earlier)


def record(cast: Cast, *runs: Run) -> Tape:
    return record_tape(project=cast.project, run_ids=[run.id for run in runs])


def test_calls_of_several_runs_are_recorded_in_their_order(cast: Cast) -> None:
    thread = Thread.objects.create(project=cast.project)
    first, second = make_source(cast, thread), make_source(cast, thread)
    make_step(
        first,
        function_call("call_1", "weather", '{"city":"Oslo"}', "rain"),
        function_call("call_2", "weather", '{"city":"Rome"}', ""),
    )
    make_step(second, function_call("call_1", "weather", "", "snow"))
    tape = record_tape(
        project=cast.project,
        run_ids=[second.id, first.id],
        policy=Policy(matching="in_order"),
    )
    assert tape.source_run_ids == [first.id, second.id]
    assert tape.source_thread_id == thread.id
    assert tape.policy["matching"] == "in_order"
    recorded = recorded_tape(tape.id)
    assert [(call.position, call.arguments, call.output) for call in recorded.calls] == [
        (0, '{"city":"Oslo"}', "rain"),
        (1, '{"city":"Rome"}', ""),
        (2, "", "snow"),
    ]


def test_calls_without_an_answer_are_left_out(cast: Cast) -> None:
    run = make_source(cast)
    call = function_call("call_1", "weather", "{}", "rain")
    make_step(run, function_call("call_0", "weather", "{}", None), status="in_progress")
    make_step(run, call, status="failed")
    make_step(run, function_call("call_2", "unknown", "{}", "Error: no function"))
    # Code that the model wrote in no form that can be read.
    make_step(run, code_call("call_3", "", []), shown_to_model={"call_3": "Error: ..."})
    make_step(run, call)
    recorded = recorded_tape(record(cast, run).id)
    assert [(call.tool, call.name, call.output) for call in recorded.calls] == [
        ("function", "weather", "rain")
    ]


def test_a_run_without_calls_makes_an_empty_tape(cast: Cast) -> None:
    assert recorded_tape(record(cast, make_source(cast)).id).calls == []


def test_runs_of_several_threads_are_refused(cast: Cast) -> None:
    with pytest.raises(InvalidRequest, match="runs of one thread"):
        record(cast, make_source(cast), make_source(cast))
    with pytest.raises(InvalidRequest):
        record(cast)
    assert not Tape.objects.exists()


def test_only_runs_of_the_project_are_recorded(cast: Cast) -> None:
    thread = Thread.objects.create(project=cast.other_project)
    other = make_run(cast.other_project, thread, cast.assistant)
    for run_id in (other.id, "run_none"):
        with pytest.raises(NotFound):
            record_tape(project=cast.project, run_ids=[run_id])
    tape = record_tape(project=cast.other_project, run_ids=[other.id])
    with pytest.raises(NotFound):
        get_tape(cast.project, tape.id)
    with pytest.raises(NotFound):
        delete_tape(project=cast.project, tape_id=tape.id)


def test_a_viewer_records_and_deletes_nothing(
    cast: Cast, coded: Run, stored_copies: Copies
) -> None:
    tape = record(cast, coded)
    membership = Membership.objects.get(user=cast.vera, role=VIEWER)
    with acting(actor_of_member(membership)):
        with pytest.raises(Forbidden):
            record(cast, coded)
        with pytest.raises(Forbidden):
            delete_tape(project=cast.project, tape_id=tape.id)
    assert TapeFile.objects.count() == 3
    assert len(stored_copies()) == 3


def test_a_tape_outlives_what_was_recorded(cast: Cast, coded: Run) -> None:
    tape = record(cast, coded)
    delete_files(project=cast.project, file_ids=[*File.objects.values_list("pk", flat=True)])
    delete_thread(project=cast.project, thread_id=coded.thread_id)
    assert not Run.objects.filter(pk=coded.pk).exists()
    recorded = recorded_tape(tape.id)
    copies = [*recorded.made.values(), *recorded.inputs.values()]
    found = sorted(b"".join(byte_store().read(copy.key)) for copy in copies)
    assert found == [b"a;b;c;d", b"figure", b"given"]
    assert list(recorded.inputs) == ["in.txt"]
    assert recorded.calls[0].details["code_interpreter"]["input"] == "run()"


def test_copies_take_space_and_are_no_orphans(cast: Cast, coded: Run) -> None:
    before = used_bytes(cast.project)
    tape = record(cast, coded)
    assert used_bytes(cast.project) == before + 5 + 6 + 7
    keys = [file.id for file in tape.files.all()]
    remove_orphans(min_age=timedelta(0))
    assert all(byte_store().exists(key) for key in keys)


def test_a_tape_that_does_not_fit_leaves_nothing(
    cast: Cast, coded: Run, monkeypatch: pytest.MonkeyPatch, stored_copies: Copies
) -> None:
    monkeypatch.setattr(conf, "FILE_QUOTA_BYTES", used_bytes(cast.project) + 17)
    with pytest.raises(InvalidRequest) as refused:
        record(cast, coded)
    assert refused.value.code == "storage_quota_exceeded"
    assert (Tape.objects.count(), stored_copies()) == (0, [])


def test_a_recording_that_fails_halfway_leaves_no_copies(
    cast: Cast, coded: Run, monkeypatch: pytest.MonkeyPatch, stored_copies: Copies
) -> None:
    stored: list[str] = []

    def store_bytes(*, key: str, **more: Any) -> Any:
        if len(stored) == 2:
            raise OSError("The disk is gone.")
        stored.append(key)
        return real(key=key, **more)

    real = stored_bytes.store_bytes
    monkeypatch.setattr(tapes, "store_bytes", store_bytes)
    with pytest.raises(OSError, match="The disk is gone"):
        record(cast, coded)
    assert len(stored) == 2
    assert stored_copies() == []


def test_a_tape_can_be_made_within_another_act(cast: Cast, coded: Run) -> None:
    recording = copy_calls(cast.project, [coded.id])
    assert recording.bytes == 18
    tape = insert_tape(cast.project, recording)
    assert tape.files.count() == 3


@pytest.mark.django_db(transaction=True)
def test_a_deleted_tape_takes_its_copies_along(
    cast: Cast, coded: Run, stored_copies: Copies
) -> None:
    tape = record(cast, coded)
    run = make_run(cast.project, Thread.objects.create(project=cast.project), cast.assistant)
    Run.objects.filter(pk=run.pk).update(tape=tape, tape_policy={})
    delete_tape(project=cast.project, tape_id=tape.id)
    assert stored_copies() == []
    run.refresh_from_db()
    # It stays a run that nothing live answers for.
    assert run.tape_policy == {}
    assert Run.objects.filter(pk=run.pk, tape=None).exists()


@pytest.mark.django_db(transaction=True)
def test_a_deleted_project_takes_its_tapes_along(
    cast: Cast, coded: Run, stored_copies: Copies
) -> None:
    tape = record(cast, coded)
    Run.objects.filter(pk=coded.pk).update(tape=tape, tape_policy={})
    deletion.delete_project(project=cast.project, name="A")
    assert deletion.claim_deletion() == cast.project.id
    deletion.delete_everything(project_id=cast.project.id)
    assert not Project.objects.filter(pk=cast.project.id).exists()
    assert (Tape.objects.count(), stored_copies()) == (0, [])


@pytest.mark.parametrize(
    "policy",
    [
        Policy(matching="loose"),
        Policy(on_miss="mock", mocks={"weather": "rain"}),
        Policy(on_miss="mock", mocks={"weather": {"rules": [{"output": 1, "when": 3}]}}),
        Policy(on_miss="mock", mocks={"no name": {"output": "rain"}}),
    ],
)
def test_a_policy_that_cannot_work_is_refused_before_a_run(cast: Cast, policy: Policy) -> None:
    run = make_source(cast)
    with pytest.raises(InvalidRequest):
        put_on_tape(run, None, policy)
    with pytest.raises(InvalidRequest):
        record_tape(project=cast.project, run_ids=[run.id], policy=policy)
    assert run.tape_policy is None


def test_a_policy_can_have_mocks_of_its_own_without_a_tape(cast: Cast) -> None:
    run = make_source(cast)
    put_on_tape(run, None, Policy(on_miss="mock", mocks={"weather": {"output": "rain"}}))
    assert run.tape_policy["mocks"] == {"weather": {"output": "rain"}}


def test_a_frozen_run_takes_the_tapes_policy_or_its_own(
    cast: Cast, coded: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("assistants_app.services.publishing.run_task", lambda _: None)
    tape = record(cast, coded)
    frozen: FrozenConfiguration = freeze(
        project=cast.project, source=Source(assistant_id=cast.assistant.id)
    )

    def start(**options: Any) -> Run:
        thread = Thread.objects.create(project=cast.project)
        run = create_frozen_run(
            project=cast.project, thread_id=thread.id, frozen=frozen, origin=COMPARE, **options
        )
        return Run.objects.get(pk=run.pk)

    usual, own, none = (
        start(tape=tape),
        start(tape=tape, tape_policy=Policy(code="tape")),
        start(),
    )
    assert (usual.tape, usual.tape_policy) == (tape, Policy().as_json())
    assert (own.tape, own.tape_policy["code"]) == (tape, "tape")
    assert (none.tape, none.tape_policy) == (None, None)
