"""Acts are noted in their transaction, and notes stay as they are."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.db import IntegrityError, connection, transaction
from django.utils import timezone

from assistants_app.domain.ids import key_of
from assistants_app.domain.rights import OWNER
from assistants_app.gateway.endpoints import ModelsOfEndpoint
from assistants_app.models import ApiKey, AuditEntry, Project
from assistants_app.providers.endpoint import Endpoint
from assistants_app.services import audit
from assistants_app.services.acting import Actor, acting, actor_of_key
from assistants_app.services.assistants import requests as assistants
from assistants_app.services.files import requests as files
from assistants_app.services.people.exports import note_export
from assistants_app.services.project import endpoints, prices
from assistants_app.services.project.projects import create_api_key, revoke_api_key
from assistants_app.services.stores.requests import delete_store
from assistants_app.services.threads.requests import delete_thread
from assistants_app.wire.assistants.assistants import AssistantCreateParams, AssistantModifyParams
from tests.cast import Cast, make_file

pytestmark = pytest.mark.django_db(transaction=True)

Noted = Callable[[], list[AuditEntry]]


@pytest.fixture
def noted(cast: Cast) -> Noted:
    """Return what was noted since the cast was made."""
    before = set(AuditEntry.objects.values_list("pk", flat=True))
    return lambda: list(AuditEntry.objects.exclude(pk__in=before).order_by("pk"))


def alice(cast: Cast) -> Actor:
    return Actor(cast.project.id, OWNER, user_id=cast.alice.pk)


def age(entry: AuditEntry, days: float) -> str:
    """Insert a copy of the entry that is some days old, and return its ID."""
    entry.created_at = timezone.now() - timedelta(days=days)
    entry.pk = f"audit_{key_of(entry.created_at)}{'x' * 15}"
    entry.save(force_insert=True)
    return entry.pk


def test_an_entry_says_who_did_what_to_what_from_where(cast: Cast, noted: Noted) -> None:
    with acting(alice(cast)), audit.coming_from("192.0.2.7"):
        key, _ = create_api_key(project=cast.project, name="CI")
        revoke_api_key(project=cast.project, key_id=key.id)
    created, revoked = noted()
    assert (created.verb, revoked.verb) == ("create_api_key", "revoke_api_key")
    assert (created.actor, created.actor_name) == (f"user:{cast.alice.pk}", "alice")
    assert (created.target_type, created.target_id) == ("api_key", key.id)
    assert created.target_name == f"CI (…{key.last_four})"
    assert (created.address, created.project_id) == ("192.0.2.7", cast.project.id)


def test_names_are_those_of_the_moment(cast: Cast, noted: Noted) -> None:
    key = ApiKey.objects.get(project=cast.project)
    with acting(actor_of_key(key)):
        delete_thread(project=cast.project, thread_id=cast.thread.id)
    ApiKey.objects.filter(pk=key.pk).delete()
    [entry] = noted()
    assert (entry.actor, entry.actor_name) == (f"key:{key.id}", f"alice's (…{key.last_four})")


def test_the_system_has_no_name(cast: Cast, noted: Noted) -> None:
    delete_thread(project=cast.project, thread_id=cast.thread.id)
    [entry] = noted()
    assert (entry.actor, entry.actor_name, entry.address) == ("", "", "")


def test_each_act_that_matters_is_noted(
    cast: Cast, noted: Noted, monkeypatch: pytest.MonkeyPatch
) -> None:
    project = cast.project
    endpoint = Endpoint(name="E", base_url="http://u:pw@e.test/v1", api_key="sk-1")
    listed = ModelsOfEndpoint(endpoint, [])
    monkeypatch.setattr(endpoints, "_check", lambda *_: listed)
    with acting(alice(cast)):
        params = AssistantCreateParams(model="m", name="Guide")
        made = assistants.create_assistant(project=project, params=params)
        assistants.update_assistant(
            project=project, assistant_id=made.id, params=AssistantModifyParams(name="Pilot")
        )
        assistants.import_assistants(
            project=project, configurations=[{"model": "m", "name": "Twin"}] * 2, author=None
        )
        assistants.delete_assistant(project=project, assistant_id=made.id)
        row = endpoints.connect_endpoint(
            project=project, name="E", base_url="http://e.test", api_key="sk-1"
        )
        endpoints.disconnect_endpoint(project=project, endpoint_id=row.id)
        prices.set_price(project=project, model="m", prompt="1", cached="", completion="2")
        prices.remove_price(project=project, model="m")
        prices.set_known_prices(project=project, models=["gpt-4o"])
        delete_store(project=project, store_id=cast.store.id)
        files.delete_file(project=project, file_id=cast.file.id)
        files.delete_files(project=project, file_ids=[make_file(project, filename="b").id])
        note_export(project=project, kind="thread", count=7)
    assert [(row.verb, row.target_name) for row in noted()] == [
        ("publish", "Guide"),
        ("publish", "Pilot"),
        ("publish", "Twin"),
        ("publish", "Twin"),
        ("import_assistants", "Twin"),
        ("import_assistants", "Twin"),
        ("delete_assistant", "Pilot"),
        ("store_endpoint", "E"),
        ("disconnect_endpoint", "E"),
        ("set_price", "m"),
        ("remove_price", "m"),
        ("set_known_prices", "gpt-4o"),
        ("delete_store", "Secret"),
        ("delete_file", "Secret.txt"),
        ("delete_file", "b"),
        ("export", ""),
    ]
    details = {row.verb: row.details for row in noted()}
    assert details["publish"] == {"version": 1, "source": "import"}
    assert details["store_endpoint"] == {"server": "e.test:80"}
    assert details["set_price"]["completion"] == "2.000000"
    assert details["export"] == {"count": 7}
    assert {row.actor for row in noted()} == {f"user:{cast.alice.pk}"}


def test_an_act_that_fails_leaves_no_note(cast: Cast, noted: Noted) -> None:
    with transaction.atomic():
        audit.note("publish", project=cast.project)
        transaction.set_rollback(True)
    with pytest.raises(RuntimeError, match="publish has to be noted in the transaction"):
        audit.note("publish", project=cast.project)
    assert noted() == []


def test_a_long_name_is_cut(cast: Cast, noted: Noted) -> None:
    with transaction.atomic():
        audit.note("publish", project=cast.project, target_name="é" * 300)
    assert noted()[0].target_name == "é" * 256


def test_entries_stay_as_they_are(cast: Cast) -> None:
    rows = AuditEntry.objects.filter(project_id=cast.project.id)
    for change in (lambda: rows.update(actor_name="mallory"), rows.delete):
        with pytest.raises(IntegrityError, match="stay as they are"), transaction.atomic():
            change()


def test_a_project_keeps_its_entries_while_it_is_there(cast: Cast) -> None:
    delete = "SELECT set_config('playground.audit_days', '400', true); DELETE FROM audit_entry"
    with transaction.atomic(), connection.cursor() as cursor, pytest.raises(IntegrityError):
        cursor.execute(delete)


def test_old_entries_are_forgotten(cast: Cast) -> None:
    entry = AuditEntry.objects.filter(project_id=cast.project.id)[0]
    kept, old, older = age(entry, 399), age(entry, 401), age(entry, 500)
    assert audit.forget_old_entries(limit=1) == 1
    assert not AuditEntry.objects.filter(pk=older).exists()
    assert AuditEntry.objects.filter(pk=old).exists()
    assert audit.forget_old_entries(limit=10) == 1
    assert audit.forget_old_entries(limit=10) == 0
    assert AuditEntry.objects.filter(pk=kept).exists()


def test_only_the_entry_of_its_deletion_is_left_of_a_deleted_project() -> None:
    project = Project.objects.create(name="Brief")
    with transaction.atomic():
        audit.note("publish", project=project)
        audit.note("delete_project", project=project)
    rows = AuditEntry.objects.filter(project_id=project.id)
    project.delete()
    assert rows.filter(verb="publish").delete()[0] == 1
    with pytest.raises(IntegrityError), transaction.atomic():
        rows.delete()
