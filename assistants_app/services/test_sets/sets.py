"""Create, rename, fix and delete test sets."""

import hashlib

from django.contrib.auth.models import User
from django.utils import timezone

from assistants_app.domain import limits
from assistants_app.domain.errors import Conflict, InvalidRequest
from assistants_app.domain.experiments import states
from assistants_app.domain.test_sets.sample import SAMPLE_NAME, SAMPLE_ROWS
from assistants_app.models import (
    Experiment,
    HeldFile,
    Project,
    TestFile,
    TestRow,
    TestSet,
    TestSetVersion,
    WorkingRow,
)
from assistants_app.queries.experiments.gates import gated_by
from assistants_app.services.act import act
from assistants_app.services.audit import note
from assistants_app.services.files.stored_bytes import discard_on_commit
from assistants_app.services.locks import lock_test_set
from assistants_app.services.people.texts import checked_text
from assistants_app.services.runs.tapes import remove_unnamed_tapes
from assistants_app.services.test_sets.revisions import add_rows


@act()
def create_test_set(*, project: Project, name: str, author: User | None) -> TestSet:
    """Create an empty test set. Raises :class:`InvalidRequest` for a bad name."""
    return TestSet.objects.create(project=project, name=_checked_name(name), author=author)


@act()
def add_sample_set(*, project: Project, author: User | None) -> TestSet:
    """Create the sample set, whose rows fit the template "Short answers"."""
    made = TestSet.objects.create(project=project, name=SAMPLE_NAME, author=author)
    add_rows(made, [("", row) for row in SAMPLE_ROWS], author)
    return made


@act()
def update_test_set(*, project: Project, set_id: str, name: str, description: str) -> TestSet:
    """Rename or describe a test set. Raises :class:`NotFound` and :class:`InvalidRequest`."""
    test_set = lock_test_set(project, set_id)
    test_set.name = _checked_name(name)
    test_set.description = checked_text(description, "description", limits.COMMENT)
    test_set.changed_at = timezone.now()
    test_set.save(update_fields=["name", "description", "changed_at"])
    return test_set


def _checked_name(name: str) -> str:
    text = checked_text(" ".join(name.split()), "name", limits.NAME)
    if not text:
        raise InvalidRequest("Enter a name.", param="name")
    return text


@act()
def delete_test_set(*, project: Project, set_id: str) -> None:
    """Delete a test set with its rows, versions and files, except those experiments still need.

    Raises :class:`NotFound`, and :class:`Conflict` while a publish gate asks for it.
    """
    test_set = lock_test_set(project, set_id)
    if names := gated_by(test_set):
        raise Conflict(
            f"The publish gate of {', '.join(names)} asks for this test set, so nothing was "
            "deleted. Remove the gate first, or choose another test set for it.",
            code="publish_gate",
        )
    note(
        "delete_test_set",
        project=project,
        target_type="test_set",
        target_id=test_set.pk,
        target_name=test_set.name,
        details={"rows": WorkingRow.objects.filter(test_set=test_set).count()},
    )
    held = _hold_files(test_set)
    files = TestFile.objects.filter(test_set=test_set).exclude(pk__in=held)
    keys = list(files.values_list("pk", flat=True))
    tapes = TestRow.objects.filter(test_set=test_set, tape__isnull=False)
    tape_ids = set(tapes.values_list("tape_id", flat=True))
    test_set.delete()
    remove_unnamed_tapes(tape_ids)
    discard_on_commit(keys)


def _hold_files(test_set: TestSet) -> list[str]:
    """Keep the files that experiments have yet to copy. Return their keys in the storage."""
    unfinished = Experiment.objects.filter(test_set_id=test_set.pk, state__in=states.UNFINISHED)
    if not unfinished.filter(deleted_at=None).exists():
        return []
    # What a version has: the copies are made when a row begins, which may be hours later.
    files = TestFile.objects.filter(test_set=test_set, uses__row__fixed=True).distinct()
    held = HeldFile.objects.bulk_create(
        HeldFile(
            id=file.pk,
            project_id=test_set.project_id,
            set_id=test_set.pk,
            sha256=file.sha256,
            bytes=file.bytes,
        )
        for file in files
    )
    return [file.pk for file in held]


@act()
def freeze_test_set(*, project: Project, set_id: str, author: User | None) -> TestSetVersion:
    """Return a version with the rows as they are now: the last one, if nothing has changed since.

    Raises :class:`NotFound`, and :class:`InvalidRequest` for a set without rows.
    """
    return fix_version(lock_test_set(project, set_id), author)


def fix_version(test_set: TestSet, author: User | None) -> TestSetVersion:
    """Do what :func:`freeze_test_set` does with a locked set, within another act's transaction."""
    rows = WorkingRow.objects.filter(test_set=test_set).order_by("position", "pk")
    ids = list(rows.values_list("row_id", flat=True))
    if not ids:
        raise InvalidRequest("The test set has no rows. Add some first.")
    digest = hashlib.sha256("\n".join(ids).encode()).hexdigest()
    last = TestSetVersion.objects.filter(test_set=test_set).order_by("-number").first()
    if last and last.digest == digest:
        return last
    TestRow.objects.filter(pk__in=ids, fixed=False).update(fixed=True)
    number = last.number + 1 if last else 1
    return TestSetVersion.objects.create(
        test_set=test_set, number=number, row_ids=ids, digest=digest, author=author
    )
