"""Files of a row are copied and indexed once, and all of its cells use the same copy."""

import pytest

from assistants_app.models import File, Project, RowFiles, TestSet, Thread, VectorStore
from assistants_app.queries.files.files import used_bytes
from assistants_app.queries.shares.names import known_names
from assistants_app.services.experiments.files import remove_unused_files
from assistants_app.services.files.requests import delete_file
from assistants_app.services.stores.requests import delete_store
from assistants_app.services.test_sets.files import attach_test_file, store_copy
from assistants_app.services.test_sets.sets import delete_test_set
from assistants_app.storage.byte_store import BytesMissing, byte_store
from tests.cast import Cast
from tests.engine.experiments.carried_out import carry_out, make_round
from tests.fakes.provider import ScriptedProvider
from tests.services.experiments.made import cells_of, experiment_of, set_of
from tests.services.test_sets.sets import rows_of

pytestmark = pytest.mark.django_db(transaction=True)
PNG = bytes.fromhex("89504e470d0a1a0a0000000d4948445200000001000000010806000000") + b"x" * 40


def set_with_file(cast: Cast, tool: str, data: bytes = b"Our hours are 9 to 5.") -> TestSet:
    """Return a set of two rows. The first has a file."""
    test_set = set_of(cast, 2)
    copy = store_copy([data], name="hours.txt", mime_type="text/plain", tool=tool)
    key = rows_of(test_set)[0].key
    attach_test_file(
        project=cast.project, set_id=test_set.pk, key=key, copy=copy, author=cast.alice
    )
    return test_set


def index_all() -> None:
    for store in VectorStore.objects.filter(name__startswith="Row "):
        store.files.update(status="completed", pending=False)


def own_files(project: Project) -> list[str]:
    ids = [one["file_id"] for row in RowFiles.objects.all() for one in row.files]
    return list(File.objects.filter(project=project, pk__in=ids).values_list("pk", flat=True))


def test_cells_wait_until_the_files_of_their_row_can_be_searched(
    cast: Cast, scripted: ScriptedProvider
) -> None:
    test_set = set_with_file(cast, "file_search")
    experiment = experiment_of(cast, test_set, repeats=2)
    carry_out(experiment)
    # Other rows don't wait.
    assert {cell.row.position for cell in cells_of(experiment, state="done")} == {1}
    index_all()
    assert carry_out(experiment).state == "done"
    [files] = RowFiles.objects.all()
    [store] = VectorStore.objects.filter(pk=files.store_id)
    with_file = [cell.thread_id for cell in cells_of(experiment, row__position=0)]
    threads = Thread.objects.filter(pk__in=with_file)
    assert [thread.tool_resources for thread in threads] == [
        {"file_search": {"vector_store_ids": [store.pk]}}
    ] * 4
    # Another experiment on the same revision uses the same copy.
    assert carry_out(experiment_of(cast, test_set)).state == "done"
    assert RowFiles.objects.count() == 1


def test_files_for_code_and_images_reach_the_thread(cast: Cast, scripted: ScriptedProvider) -> None:
    experiment = carry_out(experiment_of(cast, set_with_file(cast, "code_interpreter"), {}))
    [cell] = cells_of(experiment, row__position=0)
    [file_id] = own_files(cast.project)
    resources = Thread.objects.get(pk=cell.thread_id).tool_resources
    assert resources == {"code_interpreter": {"file_ids": [file_id]}}
    assert b"".join(byte_store().read(file_id)) == b"Our hours are 9 to 5."
    experiment = carry_out(experiment_of(cast, set_with_file(cast, "image", PNG), {}))
    [cell] = cells_of(experiment, row__position=0)
    assert cell.state == "done", cell.error
    shown = [
        part["type"]
        for body in scripted.completions
        for message in body["messages"]
        if isinstance(message["content"], list)
        for part in message["content"]
    ]
    assert shown == ["text", "image_url"]


def test_a_file_that_was_deleted_while_it_runs_ends_its_cells_at_most(
    cast: Cast, scripted: ScriptedProvider
) -> None:
    experiment = experiment_of(cast, set_with_file(cast, "image", PNG), repeats=3)
    while not own_files(cast.project):
        make_round(experiment)
    delete_file(project=cast.project, file_id=own_files(cast.project)[0])
    assert carry_out(experiment).state == "done"
    assert {cell.state for cell in cells_of(experiment, row__position=1)} == {"done"}
    assert {cell.state for cell in cells_of(experiment, row__position=0)} <= {"done", "error"}


@pytest.mark.parametrize("tool", ["code_interpreter", "file_search"])
def test_files_that_somebody_deletes_are_copied_again(
    cast: Cast, scripted: ScriptedProvider, tool: str
) -> None:
    experiment = experiment_of(cast, set_with_file(cast, tool), {}, repeats=3, at_once=1)
    while not RowFiles.objects.exists():
        make_round(experiment)
    before = RowFiles.objects.get()
    if before.store_id:
        delete_store(project=cast.project, store_id=before.store_id)
    else:
        delete_file(project=cast.project, file_id=before.files[0]["file_id"])
    while make_round(experiment):
        index_all()
    index_all()
    assert carry_out(experiment).state == "done"
    after = RowFiles.objects.get()
    assert after.pk != before.pk
    assert own_files(cast.project) == [after.files[0]["file_id"]]
    # Without a copy, the last cells would have run without the file, and nobody would know.
    last = cells_of(experiment, row__position=0)[-1]
    resources = Thread.objects.get(pk=last.thread_id).tool_resources
    assert resources == (
        {"file_search": {"vector_store_ids": [after.store_id]}}
        if after.store_id
        else {"code_interpreter": {"file_ids": own_files(cast.project)}}
    )


def test_a_set_that_was_deleted_before_its_files_were_copied(
    cast: Cast, scripted: ScriptedProvider
) -> None:
    test_set = set_with_file(cast, "file_search")
    experiment = experiment_of(cast, test_set, {})
    delete_test_set(project=cast.project, set_id=test_set.pk)
    assert carry_out(experiment).state == "done"
    [cell] = cells_of(experiment, state="error")
    assert cell.error is not None
    assert cell.error["code"] == "missing_file"
    assert "hours.txt" in cell.error["message"]


def test_copies_are_removed_once_nobody_needs_them(cast: Cast, scripted: ScriptedProvider) -> None:
    test_set = set_with_file(cast, "file_search")
    before = used_bytes(cast.project)
    experiment = experiment_of(cast, test_set, {})
    make_round(experiment)
    [file_id] = own_files(cast.project)
    assert remove_unused_files(limit=9) == 0
    delete_test_set(project=cast.project, set_id=test_set.pk)
    # The experiment still runs.
    assert remove_unused_files(limit=9) == 0
    index_all()
    assert carry_out(experiment).state == "done"
    assert {cell.state for cell in cells_of(experiment)} == {"done"}
    assert remove_unused_files(limit=9) == 1
    assert not VectorStore.objects.filter(name__startswith="Row ").exists()
    assert used_bytes(cast.project) < before
    with pytest.raises(BytesMissing):
        b"".join(byte_store().read(file_id))


@pytest.mark.parametrize("tool", ["code_interpreter", "file_search", "image"])
def test_share_links_hide_the_names_of_removed_copies(
    cast: Cast, scripted: ScriptedProvider, tool: str
) -> None:
    test_set = set_with_file(cast, tool, PNG if tool == "image" else b"From 9 to 5.")
    experiment = experiment_of(cast, test_set, {})
    make_round(experiment)
    index_all()
    carry_out(experiment)
    [cell] = cells_of(experiment, row__position=0)
    delete_test_set(project=cast.project, set_id=test_set.pk)
    assert remove_unused_files(limit=9) == 1
    assert "hours.txt" in known_names(Thread.objects.get(pk=cell.thread_id))
