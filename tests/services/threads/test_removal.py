"""Threads that take long to delete are out of reach at once, and their rows go in batches."""

import pytest
from django.db import connection
from django.db.models import CASCADE, ForeignKey, Model
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from assistants_app.engine import recovery
from assistants_app.models import (
    AuditEntry,
    Comment,
    Message,
    Notice,
    Project,
    ProjectDeletion,
    Rating,
    Run,
    Share,
    Thread,
)
from assistants_app.queries.threads.state import active_statuses, thread_snapshot
from assistants_app.services.project.owned_tables import OwnedTable, owned_tables
from assistants_app.services.threads import removal
from assistants_app.services.threads.requests import delete_thread, delete_threads
from tests.cast import Cast, api_client, make_run
from tests.services.project.every_table import fill_every_table, leftovers

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def _long(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(removal, "ROWS_AT_ONCE", 0)


def of_threads() -> set[type[Model]]:
    """Return the tables whose rows are deleted with a thread."""
    found: set[type[Model]] = {Thread}
    for _level in range(5):
        found |= {
            table.model
            for table in owned_tables()
            for field in table.model._meta.concrete_fields
            if isinstance(field, ForeignKey)
            and field.remote_field.on_delete is CASCADE
            and field.related_model in found
        }
    return found


def test_all_that_belongs_to_a_thread_and_names_its_project_moves_with_it() -> None:
    naming = {table.model for table in owned_tables() if table.path == "project_id"}
    assert of_threads() & naming == {Thread, Run, Comment, Notice, Share}


@pytest.mark.usefixtures("_long")
def test_a_long_thread_is_out_of_reach_at_once(cast: Cast) -> None:
    api = api_client(cast.key)
    run = make_run(cast.project, cast.thread, cast.assistant, status="in_progress")
    Run.objects.filter(pk=run.pk).update(lease_owner="w", lease_expires_at=timezone.now())
    thread = f"/v1/threads/{cast.thread.id}"
    paths = (
        *(thread, f"{thread}/messages", f"{thread}/messages/{cast.message.id}"),
        *(f"{thread}/runs", f"{thread}/runs/{run.id}", f"{thread}/runs/{cast.run.id}/steps"),
    )
    assert [api.get(path).status_code for path in paths] == [200] * len(paths)
    deleted = api.delete(thread)
    assert deleted.json() == {"id": cast.thread.id, "object": "thread.deleted", "deleted": True}
    # Its rows are there for a while.
    assert Message.objects.filter(thread=cast.thread).exists()
    assert [api.get(path).status_code for path in paths] == [404] * len(paths)
    assert api.delete(thread).status_code == 404
    with pytest.raises(Thread.DoesNotExist):
        thread_snapshot(cast.thread.id)
    assert active_statuses([cast.thread.id]) == {}
    # Its worker stops.
    run.refresh_from_db()
    assert (run.status, run.lease_owner) == ("cancelled", "")


@pytest.mark.usefixtures("_long")
def test_nothing_is_left_of_a_long_thread(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    fill_every_table(cast.project, cast.alice)
    assert Comment.objects.filter(thread=cast.thread).exists()
    assert Rating.objects.filter(thread=cast.thread).exists()
    ids = {cast.thread.id, cast.message.id}
    others = Thread.objects.create(project=cast.project)
    before = leftovers({cast.project.id})
    delete_thread(project=cast.project, thread_id=cast.thread.id)

    # A worker that is killed in between leaves the rest to the next one.
    def die(self: OwnedTable, rows: list[object]) -> None:
        if self.model is Message:
            raise SystemExit
        original(self, rows)

    original = OwnedTable.delete
    monkeypatch.setattr(OwnedTable, "delete", die)
    with pytest.raises(SystemExit):
        recovery.sweep_projects()
    monkeypatch.setattr(OwnedTable, "delete", original)
    assert Message.objects.filter(pk=cast.message.id).exists()
    recovery.sweep_projects()
    assert leftovers(ids) == {"audit_entry": 1}
    assert not ProjectDeletion.objects.exists()
    assert set(Project.objects.all()) == {cast.project, cast.other_project}
    # Nothing else of its project is gone.
    gone = before.keys() - leftovers({cast.project.id}).keys()
    assert gone <= {model._meta.db_table for model in of_threads()}
    assert list(Thread.objects.filter(project=cast.project)) == [others]


def test_a_short_thread_is_deleted_at_once(cast: Cast) -> None:
    delete_thread(project=cast.project, thread_id=cast.thread.id)
    assert not Message.objects.filter(thread=cast.thread).exists()
    assert not ProjectDeletion.objects.exists()


def test_many_threads_take_as_many_queries_as_some(cast: Cast) -> None:
    counts = []
    for number in (removal.THREADS_AT_ONCE + 1, 60):
        made = [Thread.objects.create(project=cast.project) for _ in range(number)]
        for thread in made:
            make_run(cast.project, thread, cast.assistant, status="completed")
        ids = [*(thread.pk for thread in made), "thread_unknown"]
        with CaptureQueriesContext(connection) as queries:
            assert delete_threads(project=cast.project, thread_ids=ids) == number
        counts.append(len(queries))
    assert counts[0] == counts[1]
    assert list(Thread.objects.filter(project=cast.project)) == [cast.thread]
    assert AuditEntry.objects.filter(verb="delete_thread").count() == sum((11, 60))
    recovery.sweep_projects()
    assert list(Thread.objects.all()) == [cast.thread]


def test_threads_of_others_stay(cast: Cast) -> None:
    assert delete_threads(project=cast.other_project, thread_ids=[cast.thread.id]) == 0
    assert Thread.objects.filter(pk=cast.thread.id).exists()
