"""Rows that are put back as they were before somebody saved or deleted them."""

from typing import Any

import pytest
from redis.exceptions import RedisError

from assistants_app.domain.errors import Conflict, NotFound
from assistants_app.models import TestRow, TestSet
from assistants_app.services.test_sets import undo
from assistants_app.services.test_sets.files import attach_test_file, store_copy
from assistants_app.services.test_sets.revisions import RowChanged
from assistants_app.services.test_sets.rows import delete_test_rows, replace_test_row
from assistants_app.services.test_sets.undo import Earlier, keep_for_undo, put_back_test_rows
from tests.cast import Cast
from tests.services.test_sets.sets import new_set, rows_of

pytestmark = pytest.mark.django_db(transaction=True)


def asked(test_set: TestSet) -> list[str]:
    return [working.row.content["turns"][0]["content"] for working in rows_of(test_set)]


def replace(cast: Cast, test_set: TestSet, key: str, text: str) -> TestRow:
    [now] = [working.row for working in rows_of(test_set) if working.key == key]
    content: dict[str, Any] = {**now.content, "turns": [{"role": "user", "content": text}]}
    return replace_test_row(
        project=cast.project,
        set_id=test_set.id,
        key=key,
        revision=now.revision,
        content=content,
        author=cast.bob,
    )


def put_back(cast: Cast, test_set: TestSet, undo_id: str) -> None:
    put_back_test_rows(project=cast.project, set_id=test_set.id, undo_id=undo_id, author=cast.alice)


def test_a_saved_row_is_put_back_unless_somebody_has_changed_it(cast: Cast) -> None:
    test_set = new_set(cast, "a", "b")
    before = rows_of(test_set)[0].row
    earlier = Earlier.saved(before, replace(cast, test_set, before.key, "x"))
    undo_id = keep_for_undo(cast.project, test_set.id, [earlier])
    replace(cast, test_set, before.key, "y")
    with pytest.raises(RowChanged):
        put_back(cast, test_set, undo_id)
    assert asked(test_set) == ["y", "b"]
    before = rows_of(test_set)[0].row
    earlier = Earlier.saved(before, replace(cast, test_set, before.key, "z"))
    put_back(cast, test_set, keep_for_undo(cast.project, test_set.id, [earlier]))
    assert asked(test_set) == ["y", "b"]
    # Somebody else's save came between the two.
    replace(cast, test_set, before.key, "u")
    assert Earlier.saved(before, replace(cast, test_set, before.key, "v")) is None


def test_deleted_rows_are_put_back_where_they_were(cast: Cast) -> None:
    test_set = new_set(cast, "a", "b", "c", "d")
    keys = [working.key for working in rows_of(test_set)]
    gone = delete_test_rows(project=cast.project, set_id=test_set.id, keys=[keys[1], keys[2]])
    undo_id = keep_for_undo(cast.project, test_set.id, map(Earlier.deleted, gone))
    put_back(cast, test_set, undo_id)
    assert asked(test_set) == ["a", "b", "c", "d"]
    assert [working.key for working in rows_of(test_set)] == keys
    with pytest.raises(Conflict, match="there already"):
        put_back(cast, test_set, undo_id)


def test_what_took_a_file_with_it_is_not_offered(cast: Cast) -> None:
    test_set = new_set(cast, "a", "b")
    key = rows_of(test_set)[0].key
    copy = store_copy([b"x"], name="a.txt", mime_type="text/plain", tool="image")
    row = attach_test_file(
        project=cast.project, set_id=test_set.id, key=key, copy=copy, author=cast.bob
    )
    content = {name: value for name, value in row.content.items() if name != "files"}
    saved = replace_test_row(
        project=cast.project,
        set_id=test_set.id,
        key=key,
        revision=row.revision,
        content=content,
        author=cast.bob,
    )
    assert Earlier.saved(row, saved) is None
    # Nor is a part of several rows.
    assert keep_for_undo(cast.project, test_set.id, [None, Earlier("k", 0, 1, content)]) == ""


def test_an_undo_ends_with_its_hour_and_belongs_to_its_set(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    test_set, other = new_set(cast, "a"), new_set(cast, "b")
    before = rows_of(test_set)[0].row
    earlier = Earlier.saved(before, replace(cast, test_set, before.key, "x"))
    undo_id = keep_for_undo(cast.project, test_set.id, [earlier])
    for strange in ("", "undo_1", "\0", undo_id + "x"):
        with pytest.raises(Conflict, match="too late"):
            put_back(cast, test_set, strange)
    with pytest.raises(Conflict, match="too late"):
        put_back(cast, other, undo_id)
    with pytest.raises(NotFound):
        put_back_test_rows(
            project=cast.other_project, set_id=test_set.id, undo_id=undo_id, author=None
        )

    def away() -> None:
        raise RedisError("away")

    monkeypatch.setattr(undo, "client", away)
    assert keep_for_undo(cast.project, test_set.id, [earlier]) == ""
    with pytest.raises(Conflict, match="too late"):
        put_back(cast, test_set, undo_id)
