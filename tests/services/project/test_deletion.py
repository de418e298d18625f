"""A deleted project is unreachable at once, and then nothing of it is left anywhere."""

import pytest
from django.apps import apps
from django.db import IntegrityError, models
from django.utils import timezone

from assistants_app.domain.errors import InvalidRequest, NotFound
from assistants_app.domain.ids import new_id
from assistants_app.domain.rights import OWNER
from assistants_app.engine import recovery
from assistants_app.events.indexing import note_progress
from assistants_app.models import (
    ApiKey,
    AuditEntry,
    CodeSession,
    Membership,
    Project,
    ProjectDeletion,
    Receipt,
    Run,
    Thread,
    VectorStoreFile,
)
from assistants_app.queries.project.access import (
    digest,
    find_api_key,
    forget_keys,
    get_membership,
    list_projects,
)
from assistants_app.queries.project.memberships import projects_of
from assistants_app.redis_client import client
from assistants_app.services.files.requests import create_file
from assistants_app.services.project import deletion
from assistants_app.services.project.deletion import DOORS, delete_everything, delete_project
from assistants_app.services.project.owned_tables import OwnedTable, owned_tables
from assistants_app.services.threads.requests import create_thread
from assistants_app.storage.byte_store import byte_store
from assistants_app.wire.files import FileCreateParams
from assistants_app.wire.threads.threads import ThreadCreateParams
from assistants_app.wire.validation import parse
from tests.cast import Cast, api_client, make_run
from tests.services.project.every_table import fill_every_table, ids_of, leftovers

pytestmark = pytest.mark.django_db(transaction=True)

ONE_LINE = {"audit_entry": 1}


def delete(cast: Cast) -> None:
    delete_project(project=cast.project, name=cast.project.name)


def test_each_table_belongs_to_a_project_or_to_none() -> None:
    owned = {table.model for table in owned_tables()} | {Project}
    for model in apps.get_models(include_auto_created=True):
        for field in model._meta.concrete_fields:
            if isinstance(field, models.ForeignKey) and field.related_model in owned:
                # Otherwise its rows would keep the rows of a project from being deleted.
                assert model in owned, f"{model.__name__} has to be deleted with {field.name}."


def test_what_opens_a_project_goes_first() -> None:
    secrets = {
        table.model
        for table in owned_tables()
        if any(field.name == "digest" and field.unique for field in table.model._meta.fields)
    }
    assert secrets <= set(DOORS)


def test_tables_come_before_those_they_refer_to() -> None:
    places = {table.model: place for place, table in enumerate(owned_tables())}
    for model, place in places.items():
        for field in model._meta.concrete_fields:
            if isinstance(field, models.ForeignKey) and field.related_model in places:
                assert place <= places[field.related_model], (model, field)


def test_nothing_is_left(cast: Cast) -> None:
    api_client(cast.key).get("/v1/threads")  # leaves a key of the rate limit
    api_client(cast.key).post("/v1/threads", "{}", "application/json")  # and events
    note_progress(VectorStoreFile.objects.get().pk, 1, 2)
    fill_every_table(cast.project, cast.alice)
    ids = ids_of(cast.project)
    tables = {table.model._meta.db_table for table in owned_tables()}
    # Leases have no ID that is text, and the database lets none outlive its row.
    assert tables <= leftovers(ids).keys() | {"receipt", "experiment_lease"}
    assert keys_with(ids)
    others = leftovers({cast.other_project.id})
    delete(cast)
    delete_everything(project_id=cast.project.id)
    assert leftovers(ids) == ONE_LINE
    assert keys_with(ids) == []
    assert not byte_store().exists(cast.file.id)
    [entry] = AuditEntry.objects.filter(project_id=cast.project.id)
    assert (entry.verb, entry.target_name) == ("delete_project", "A")
    assert leftovers({cast.other_project.id}) == others


def keys_with(ids: set[str]) -> list[str]:
    keys = [key.decode() for key in client().scan_iter(count=1000)]
    return [key for key in keys if any(one in key for one in ids)]


def test_nobody_reaches_it_from_one_moment_on(cast: Cast) -> None:
    api = api_client(cast.key)
    assert api.get("/v1/threads").status_code == 200
    delete(cast)
    # In a running process, `access_changed` does this.
    forget_keys(lambda project_id, key_id: True)
    assert api.get("/v1/threads").status_code == 401
    # Its rows are there for a while, and no door that is added meanwhile opens.
    assert Thread.objects.filter(project=cast.project).exists()
    Membership.objects.create(project=cast.project, user=cast.bob, role=OWNER)
    ApiKey.objects.create(project=cast.project, name="k", digest=digest(cast.key), last_four="last")
    with pytest.raises(NotFound):
        get_membership(cast.bob, cast.project.id)
    assert find_api_key(cast.key) is None
    assert list_projects(cast.bob) == []
    assert projects_of(cast.bob) == []


def test_it_needs_its_name(cast: Cast) -> None:
    for name in ("", "B", "A project"):
        with pytest.raises(InvalidRequest, match="Nothing was deleted"):
            delete_project(project=cast.project, name=name)
    assert not ProjectDeletion.objects.exists()
    delete_project(project=cast.project, name=" a ")
    with pytest.raises(NotFound):
        delete(cast)


def test_its_runs_stop(cast: Cast) -> None:
    run = make_run(cast.project, cast.thread, cast.assistant, status="in_progress")
    Run.objects.filter(pk=run.pk).update(lease_owner="w", lease_expires_at=timezone.now())
    delete(cast)
    run.refresh_from_db()
    assert (run.status, run.lease_owner) == ("cancelled", "")


def test_its_sessions_of_code_end(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    closed: list[str] = []
    monkeypatch.setattr(deletion, "dispatch_close_session", closed.append)
    for _ in range(2):
        CodeSession.objects.create(thread=cast.thread, run_id="")
    delete(cast)
    delete_everything(project_id=cast.project.id)
    assert closed == [cast.thread.id]


@pytest.mark.parametrize("place", range(0, 24, 4))
def test_another_sweeper_continues(cast: Cast, monkeypatch: pytest.MonkeyPatch, place: int) -> None:
    fill_every_table(cast.project, cast.alice)
    ids = ids_of(cast.project)
    delete(cast)
    batches = []

    def die(self: OwnedTable, rows: list[object]) -> None:
        batches.append(self.model)
        if len(batches) == place + 1:
            raise SystemExit
        original(self, rows)

    original = OwnedTable.delete
    monkeypatch.setattr(OwnedTable, "delete", die)
    with pytest.raises(SystemExit):
        recovery.sweep_projects()
    assert leftovers(ids) != ONE_LINE
    recovery.sweep_projects()
    assert leftovers(ids) == ONE_LINE


def test_a_request_that_began_before_finds_no_project(cast: Cast) -> None:
    delete(cast)
    delete_everything(project_id=cast.project.id)
    file_id = new_id("file", "-")
    stored = byte_store().write(file_id, [b"late"])
    with pytest.raises(NotFound):
        create_file(
            project=cast.project,
            file_id=file_id,
            filename="late.txt",
            mime_type="text/plain",
            stored=stored,
            params=parse(FileCreateParams, {"purpose": "assistants"}),
        )
    with pytest.raises(NotFound):
        create_thread(project=cast.project, params=parse(ThreadCreateParams, {}))


def test_two_sweepers_share_no_project(cast: Cast) -> None:
    delete(cast)
    assert deletion.claim_deletion() == cast.project.id
    assert deletion.claim_deletion() is None
    ProjectDeletion.objects.update(lease_expires_at=timezone.now())
    assert deletion.claim_deletion() == cast.project.id


def test_rows_that_come_late_are_deleted_too(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    delete(cast)
    late: list[Receipt] = []

    def add(project_id: str) -> None:
        if not late:
            late.append(Receipt.objects.create(project_id=project_id, digest="x"))
        original(project_id)

    original = deletion._delete_row
    monkeypatch.setattr(deletion, "_delete_row", add)
    with pytest.raises(IntegrityError, match="receipt"):
        recovery.sweep_projects()
    recovery.sweep_projects()
    assert leftovers({cast.project.id}) == ONE_LINE
