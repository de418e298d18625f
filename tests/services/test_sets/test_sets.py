"""Test sets: names, the sample set, deletion."""

import pytest

from assistants_app.domain.errors import InvalidRequest, NotFound
from assistants_app.models import AuditEntry, TestRow, TestSet
from assistants_app.queries.test_sets.sets import get_test_set, list_test_sets
from assistants_app.services.test_sets.sets import (
    add_sample_set,
    create_test_set,
    delete_test_set,
    freeze_test_set,
    update_test_set,
)
from tests.cast import Cast
from tests.services.test_sets.sets import new_set

pytestmark = pytest.mark.django_db(transaction=True)


def test_names_are_trimmed_and_needed(cast: Cast) -> None:
    made = create_test_set(project=cast.project, name="  My\n set ", author=cast.alice)
    assert made.name == "My set"
    for name in ("", " \n", "x" * 300):
        with pytest.raises(InvalidRequest):
            create_test_set(project=cast.project, name=name, author=cast.alice)
    update_test_set(project=cast.project, set_id=made.id, name="Other", description="What\0")
    assert get_test_set(cast.project, made.id).description == "What\ufffd"


def test_the_list_counts_rows_and_versions(cast: Cast) -> None:
    test_set = new_set(cast, "a", "b")
    freeze_test_set(project=cast.project, set_id=test_set.id, author=None)
    empty = new_set(cast)
    found = [vars(one) for one in list_test_sets(cast.project)]
    assert [(one["id"], one["row_count"], one["version_count"]) for one in found] == [
        (empty.pk, None, None),
        (test_set.pk, 2, 1),
    ]
    assert list(list_test_sets(cast.other_project)) == []


def test_the_sample_set_can_be_run(cast: Cast) -> None:
    sample = add_sample_set(project=cast.project, author=cast.alice)
    version = freeze_test_set(project=cast.project, set_id=sample.id, author=None)
    assert len(version.row_ids) == 12


def test_a_set_without_rows_has_no_version(cast: Cast) -> None:
    with pytest.raises(InvalidRequest, match="no rows"):
        freeze_test_set(project=cast.project, set_id=new_set(cast).id, author=None)


def test_a_deleted_set_takes_everything_along_and_is_noted(cast: Cast) -> None:
    test_set = new_set(cast, "a")
    freeze_test_set(project=cast.project, set_id=test_set.id, author=None)
    with pytest.raises(NotFound):
        delete_test_set(project=cast.other_project, set_id=test_set.id)
    delete_test_set(project=cast.project, set_id=test_set.id)
    assert not TestSet.objects.exists()
    assert not TestRow.objects.exists()
    entry = AuditEntry.objects.get(verb="delete_test_set")
    assert (entry.target_name, entry.details) == ("Questions", {"rows": 1})
