"""Tapes of rows: recorded from threads, and alive as long as a revision names them."""

from typing import Any

import pytest

from assistants_app.domain.errors import Conflict, InvalidRequest
from assistants_app.domain.test_sets.not_run import not_run
from assistants_app.domain.test_sets.reading import read_tests
from assistants_app.models import Project, Run, Tape, TapeCall, TestRow, TestSet, Thread
from assistants_app.services.project import deletion
from assistants_app.services.runs.tapes import delete_tape, record_tape
from assistants_app.services.test_sets.from_threads import (
    LIVE,
    MOCKS,
    TAPE,
    add_row_from,
    tools_used_before,
)
from assistants_app.services.test_sets.rows import (
    delete_test_rows,
    import_test_rows,
    replace_test_row,
)
from assistants_app.services.test_sets.sets import delete_test_set, freeze_test_set
from assistants_app.wire.runs.steps import function_call
from tests.cast import Cast
from tests.services.runs.test_tapes import make_source, make_step
from tests.services.test_sets.sets import add_row, new_set, rows_of
from tests.web.pages import say

pytestmark = pytest.mark.django_db(transaction=True)


def weather(run: Run, city: str, output: str) -> None:
    arguments = f'{{"city": "{city}"}}'
    make_step(run, function_call(f"call_{city}", "weather", arguments, output))


def asked(cast: Cast, thread: Thread, city: str) -> Run:
    """Add a question to the thread, a run that calls a function, and its reply."""
    run = make_source(cast, thread)
    say(thread, f"And {city}?")
    weather(run, city, f"{city} is fine")
    say(thread, f"Fine in {city}.", role="assistant", run_id=run.id)
    return run


def add(cast: Cast, test_set: TestSet, thread: Thread, tools: str) -> TestRow:
    last = thread.messages.order_by("pk").last()
    assert last is not None
    return add_row_from(
        project=cast.project,
        set_id=test_set.id,
        thread_id=thread.id,
        message_id=last.id,
        author=cast.alice,
        tools=tools,
    )


@pytest.fixture
def thread(cast: Cast) -> Thread:
    thread = Thread.objects.create(project=cast.project)
    asked(cast, thread, "Oslo")
    asked(cast, thread, "Rome")
    return thread


def test_a_row_from_a_thread_gets_the_outputs_of_all_its_runs(cast: Cast, thread: Thread) -> None:
    last = thread.messages.order_by("pk").last()
    assert last is not None
    assert tools_used_before(cast.project, thread.id, last.id) == ["weather"]
    row = add(cast, new_set(cast), thread, TAPE)
    assert row.tape_id == row.content["tape"]
    calls = TapeCall.objects.filter(tape=row.tape_id).order_by("position")
    assert [call.content["output"] for call in calls] == ["Oslo is fine", "Rome is fine"]
    mocked = add(cast, new_set(cast), thread, MOCKS)
    assert mocked.tape_id is None
    assert len(mocked.content["mocks"]["weather"]["rules"]) == 2
    live = add(cast, new_set(cast), thread, LIVE)
    assert (live.tape_id, "mocks" in live.content) == (None, False)
    assert Tape.objects.count() == 1


def test_a_fork_brings_the_calls_of_the_thread_it_comes_from(cast: Cast, thread: Thread) -> None:
    fork = Thread.objects.create(project=cast.project)
    for message in thread.messages.order_by("pk"):
        text = message.content[0]["text"]["value"]
        say(fork, text, role=message.role, copied_run_id=message.run_id)
    asked(cast, fork, "Bonn")
    row = add(cast, new_set(cast), fork, TAPE)
    calls = TapeCall.objects.filter(tape=row.tape_id).order_by("position")
    assert [call.position for call in calls] == [0, 1, 2]
    assert [call.content["output"][:4] for call in calls] == ["Oslo", "Rome", "Bonn"]


def test_a_thread_without_calls_or_runs_gets_no_tape(cast: Cast) -> None:
    thread = Thread.objects.create(project=cast.project)
    say(thread, "Hello")
    say(thread, "Hi", role="assistant", run_id="run_gone")
    assert "tape" not in add(cast, new_set(cast), thread, TAPE).content
    assert "mocks" not in add(cast, new_set(cast), thread, MOCKS).content


def test_a_tape_dies_with_the_last_revision_that_names_it(cast: Cast, thread: Thread) -> None:
    test_set = new_set(cast)
    row = add(cast, test_set, thread, TAPE)
    tape = Tape.objects.get()
    with pytest.raises(Conflict, match="uses this tape"):
        delete_tape(project=cast.project, tape_id=tape.id)
    copy = add_row(cast, test_set, "The same tools?", tape=tape.id)
    delete_test_rows(project=cast.project, set_id=test_set.id, keys=[row.key])
    assert Tape.objects.get() == tape
    # A version keeps the revision, and so its tape.
    freeze_test_set(project=cast.project, set_id=test_set.id, author=cast.alice)
    content = {name: part for name, part in copy.row.content.items() if name != "tape"}
    replace_test_row(
        project=cast.project,
        set_id=test_set.id,
        key=copy.key,
        revision=1,
        content=content,
        author=cast.alice,
    )
    assert Tape.objects.exists()
    delete_test_set(project=cast.project, set_id=test_set.id)
    assert not Tape.objects.exists()


def test_an_edit_keeps_the_tape_and_taking_it_away_deletes_it(cast: Cast, thread: Thread) -> None:
    test_set = new_set(cast)
    row = add(cast, test_set, thread, TAPE)

    def replace(revision: int, **more: Any) -> TestRow:
        content = {"turns": row.content["turns"], **more}
        return replace_test_row(
            project=cast.project,
            set_id=test_set.id,
            key=row.key,
            revision=revision,
            content=content,
            author=cast.bob,
        )

    made = replace(1, tape=row.tape_id, tags=["x"])
    assert made.tape_id == row.tape_id
    replace(2)
    assert not Tape.objects.exists()
    with pytest.raises(InvalidRequest, match="no tape"):
        replace(3, tape=row.tape_id)


def test_only_a_tape_of_the_project_can_be_named(cast: Cast) -> None:
    other = Thread.objects.create(project=cast.other_project)
    run = make_source(cast, other)
    Run.objects.filter(pk=run.pk).update(project=cast.other_project)
    tape = record_tape(project=cast.other_project, run_ids=[run.id])
    with pytest.raises(InvalidRequest, match="no tape"):
        add_row(cast, new_set(cast), "Whose?", tape=tape.id)
    assert not TestRow.objects.exists()


def test_an_import_keeps_tapes_that_only_another_project_has(cast: Cast, thread: Thread) -> None:
    source = new_set(cast)
    row = add(cast, source, thread, TAPE)
    line = f'{{"id": "r", "turns": [{{"role": "user", "content": "a"}}], "tape": "{row.tape_id}"}}'
    imported = read_tests(line.encode())

    def load(project: Project, test_set: TestSet) -> dict[str, Any]:
        for _ in range(2):
            done = import_test_rows(
                project=project, set_id=test_set.id, imported=imported, author=cast.alice
            )
        assert (done.added, done.changed, done.same) == (0, 0, 1)
        return dict(rows_of(test_set)[-1].row.content)

    other = TestSet.objects.create(project=cast.other_project, name="Copy")
    kept = load(cast.other_project, other)
    assert "tape" not in kept
    assert not_run(kept) == ["its tape is in another project"]
    assert load(cast.project, new_set(cast))["tape"] == row.tape_id


def test_a_project_is_deleted_with_rows_and_their_tapes(cast: Cast, thread: Thread) -> None:
    add(cast, new_set(cast), thread, TAPE)
    deletion.delete_project(project=cast.project, name="A")
    assert deletion.claim_deletion() == cast.project.id
    deletion.delete_everything(project_id=cast.project.id)
    assert not Tape.objects.exists()
