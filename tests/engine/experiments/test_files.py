"""Files of a row are copied and indexed once, and all of its cells use the same copy."""

from datetime import timedelta

import pytest
from django.db import transaction

from assistants_app.models import (
    ExperimentRow,
    File,
    HeldFile,
    Project,
    RowFiles,
    TestFile,
    TestSet,
    Thread,
    VectorStore,
    VectorStoreFile,
)
from assistants_app.queries.files.files import used_bytes
from assistants_app.queries.shares.names import known_names
from assistants_app.services.experiments.files import release_held_files, remove_unused_files
from assistants_app.services.experiments.lifecycle import start_experiment
from assistants_app.services.files.requests import delete_file
from assistants_app.services.files.stored_bytes import remove_orphans
from assistants_app.services.stores.attachments import attach_files
from assistants_app.services.test_sets.files import attach_test_file, store_copy
from assistants_app.services.test_sets.sets import delete_test_set
from assistants_app.storage.byte_store import BytesMissing, byte_store
from assistants_app.wire.stores.stores import StoreFileCreateParams
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


def files_in_requests(scripted: ScriptedProvider) -> int:
    return sum(
        part["type"] == "image_url"
        for body in scripted.completions
        for message in body["messages"]
        if isinstance(message["content"], list)
        for part in message["content"]
    )


def test_a_copy_that_somebody_deletes_is_made_again(cast: Cast, scripted: ScriptedProvider) -> None:
    test_set = set_with_file(cast, "image", PNG)
    experiment = experiment_of(cast, test_set, repeats=3, at_once=1)
    while not own_files(cast.project):
        make_round(experiment)
    delete_file(project=cast.project, file_id=own_files(cast.project)[0])
    assert carry_out(experiment).state == "done"
    assert {cell.state for cell in cells_of(experiment)} == {"done"}
    # Between two experiments, too: the next one doesn't ask without the picture.
    delete_file(project=cast.project, file_id=own_files(cast.project)[0])
    before = files_in_requests(scripted)
    again = carry_out(experiment_of(cast, test_set, {}))
    assert {cell.state for cell in cells_of(again)} == {"done"}
    assert files_in_requests(scripted) == before + 1


def test_a_store_that_somebody_has_changed_is_put_right(
    cast: Cast, scripted: ScriptedProvider
) -> None:
    test_set = set_with_file(cast, "file_search")
    first = experiment_of(cast, test_set, {})
    make_round(first)
    index_all()
    carry_out(first)
    [files] = RowFiles.objects.all()
    store = VectorStore.objects.get(pk=files.store_id)
    other = File.objects.create(
        project=cast.project,
        filename="other.txt",
        purpose="assistants",
        mime_type="text/plain",
        bytes=1,
        sha256="0" * 64,
    )
    with transaction.atomic():
        attach_files(store, [StoreFileCreateParams(file_id=other.pk)])
    second = experiment_of(cast, test_set, {})
    make_round(second)
    assert [row.file_id for row in store.files.all()] == [files.files[0]["file_id"]]
    assert File.objects.filter(pk=other.pk).exists()
    assert carry_out(second).state == "done"
    # A store that is gone is another one with the same copies.
    store.delete()
    third = experiment_of(cast, test_set, {})
    make_round(third)
    files.refresh_from_db()
    assert files.store_id != store.pk
    index_all()
    carry_out(third)
    with_file = Thread.objects.get(pk=cells_of(third, row__position=0)[0].thread_id)
    assert with_file.tool_resources == {"file_search": {"vector_store_ids": [files.store_id]}}


def test_a_file_that_cannot_be_indexed_is_an_error_and_gets_another_try(
    cast: Cast, scripted: ScriptedProvider
) -> None:
    test_set = set_with_file(cast, "file_search")
    experiment = experiment_of(cast, test_set, {})
    make_round(experiment)
    error = {"code": "invalid_file", "message": "The file is damaged."}
    VectorStoreFile.objects.update(status="failed", pending=False, last_error=error)
    assert carry_out(experiment).state == "done"
    [cell] = cells_of(experiment, state="error")
    assert cell.error == {
        "code": "missing_file",
        "message": "“hours.txt” can't be searched: The file is damaged.",
    }
    again = experiment_of(cast, test_set, {})
    make_round(again)
    [copied] = VectorStoreFile.objects.filter(store__name__startswith="Row ")
    assert copied.status == "in_progress"
    index_all()
    assert carry_out(again).state == "done"
    assert {cell.state for cell in cells_of(again)} == {"done"}


@pytest.mark.parametrize("tool", ["file_search", "code_interpreter", "image"])
def test_a_set_that_is_deleted_before_its_rows_begin_takes_no_file_away(
    cast: Cast, scripted: ScriptedProvider, tool: str
) -> None:
    test_set = set_with_file(cast, tool, PNG if tool == "image" else b"From 9 to 5.")
    [file] = TestFile.objects.all()
    experiment = experiment_of(cast, test_set, {}, starts=False)
    used = used_bytes(cast.project)
    remove_orphans(min_age=timedelta(0))
    delete_test_set(project=cast.project, set_id=test_set.pk)
    # They still take space, and no sweeper removes them.
    assert used_bytes(cast.project) == used
    assert release_held_files(limit=9) == 0
    assert remove_orphans(min_age=timedelta(0)) == 0
    start_experiment(project=cast.project, experiment_id=experiment.pk)
    make_round(experiment)
    index_all()
    assert carry_out(experiment).state == "done"
    assert {cell.state for cell in cells_of(experiment)} == {"done"}
    assert release_held_files(limit=9) == 1
    with pytest.raises(BytesMissing):
        b"".join(byte_store().read(file.pk))


def test_a_set_without_unfinished_experiments_is_deleted_with_its_files(
    cast: Cast, scripted: ScriptedProvider
) -> None:
    test_set = set_with_file(cast, "image", PNG)
    [file] = TestFile.objects.all()
    carry_out(experiment_of(cast, test_set, {}))
    delete_test_set(project=cast.project, set_id=test_set.pk)
    assert not HeldFile.objects.exists()
    with pytest.raises(BytesMissing):
        b"".join(byte_store().read(file.pk))


@pytest.mark.parametrize("file", [{"name": "a.txt"}, {"name": "a.txt", "tool": "image"}, {}])
def test_a_row_whose_file_is_nowhere_ends_and_keeps_nobody_waiting(
    cast: Cast, scripted: ScriptedProvider, file: dict[str, str]
) -> None:
    experiment = experiment_of(cast, set_of(cast, 2), {})
    # As rows were that were imported before files had to say what they are.
    row = ExperimentRow.objects.get(experiment=experiment, position=0)
    row.content = {**row.content, "files": [file]}
    row.save()
    assert carry_out(experiment).state == "done"
    states = {cell.row.position: cell.state for cell in cells_of(experiment)}
    assert states == {0: "error", 1: "done"}


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
    assert (remove_unused_files(limit=9), release_held_files(limit=9)) == (1, 1)
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
