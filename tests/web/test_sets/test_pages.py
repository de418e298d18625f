"""Pages of test sets: the list, the table, a row, and a row from a thread."""

import html
import json
import re
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test.utils import CaptureQueriesContext

from assistants_app.models import TestSet
from assistants_app.services.test_sets.revisions import add_rows
from assistants_app.services.test_sets.sets import add_sample_set
from tests.cast import Cast
from tests.services.test_sets.sets import add_row, new_set, rows_of
from tests.web.pages import project_url, say, shown, signed_in, squeezed, thread_url

pytestmark = pytest.mark.django_db(transaction=True)

HOSTILE = '</textarea><script>alert("{{1}}")</script>'


def save(cast: Cast, test_set: TestSet, *edits: dict[str, Any], **more: Any) -> Any:
    return signed_in(cast.bob).post(
        project_url(cast, "save_test_cells", test_set.id),
        json.dumps({"edits": edits, **more}),
        content_type="application/json",
    )


def test_a_set_is_created_renamed_and_deleted(cast: Cast) -> None:
    bob = signed_in(cast.bob)
    assert "No test sets yet" in shown(cast, "test_sets")
    refused: Any = bob.post(project_url(cast, "test_sets"), {"name": " "})
    assert refused.status_code == 422
    assert "Enter a name." in refused.content.decode()
    bob.post(project_url(cast, "test_sets"), {"name": HOSTILE})
    [made] = TestSet.objects.all()
    assert made.author == cast.bob
    assert "<script>alert" not in shown(cast, "test_sets") + shown(cast, "test_set", made.id)
    update = project_url(cast, "update_test_set", made.id)
    bob.post(update, {"name": "Mine", "description": "What for"})
    assert "What for" in shown(cast, "test_set", made.id)
    delete = project_url(cast, "delete_test_set", made.id)
    bob.post(delete, {"confirm": "Others"})
    assert TestSet.objects.exists()
    bob.post(delete, {"confirm": "Mine"})
    assert not TestSet.objects.exists()


def test_the_sample_set_is_a_click_away(cast: Cast) -> None:
    answer: Any = signed_in(cast.bob).post(project_url(cast, "add_sample_set"), follow=True)
    page = squeezed(answer.content.decode())
    assert "Rows 1 to 12 of 12" in page
    assert 'data-text="icontains:{{expected.answer}}' in page
    assert "Contains any of “{{expected.answer}}” (ignore case)" in page
    assert "Add the sample set" not in shown(cast, "test_sets")
    tried: Any = signed_in(cast.bob).post(
        project_url(cast, "add_sample_set"), {"then": "experiment"}
    )
    newest = TestSet.objects.latest("pk")
    assert tried["Location"] == f"{project_url(cast, 'new_experiment')}?set={newest.id}"
    TestSet.objects.update(name="Mine")
    # It stays a click away for somebody who has made a set first.
    assert "Add the sample set" in shown(cast, "test_sets")


def test_the_table_shows_cells_and_what_does_not_run_here(cast: Cast) -> None:
    test_set = new_set(cast)
    kept = {"type": "javascript", "promptfoo": {}, "reason": "JavaScript doesn't run here"}
    add_row(
        cast,
        test_set,
        HOSTILE,
        variables={"city": "Paris"},
        expected={"answer": "42"},
        checks=[{"kind": "foreign", "kept": kept}],
        tags=["a"],
    )
    page = squeezed(shown(cast, "test_set", test_set.id))
    assert "<script>alert" not in page
    assert 'data-column="variable:city" data-label="city">Paris</td>' in page
    assert 'data-column="expected:answer" data-label="answer">42</td>' in page
    assert "JavaScript doesn&#x27;t run here" in page
    assert "not run here" in page


def test_a_cell_is_saved_and_its_row_comes_back(cast: Cast) -> None:
    test_set = new_set(cast, "a")
    [row] = rows_of(test_set)
    edit = {"key": row.key, "revision": 1, "cells": {"tags": "x"}, "before": {"tags": ""}}
    answer = save(cast, test_set, edit)
    assert answer.status_code == 200
    assert 'data-revision="2"' in answer.json()["rows"][row.key]
    theirs = save(cast, test_set, {**edit, "cells": {"tags": "y"}})
    assert theirs.status_code == 409
    assert theirs.json()["theirs"] == "x"
    assert "bob has changed this row" in theirs.json()["message"]
    bad = save(cast, test_set, {**edit, "cells": {"repeats": "many"}, "before": {"repeats": ""}})
    assert (bad.status_code, bad.json()["message"]) == (422, "Enter a whole number, or nothing.")
    added = save(cast, test_set, {"key": "", "revision": 0, "cells": {"message": "b"}})
    assert list(added.json()["added"].values()) == [1]


@pytest.mark.parametrize(
    "body",
    [
        "",
        "[]",
        "{",
        '{"edits": []}',
        '{"edits": [3]}',
        '{"edits": [{"key": "x", "revision": 1, "cells": {"tags": 3}}]}',
        '{"edits": [{"key": "x", "revision": "1", "cells": {}}]}',
        '{"edits": [{"key": "", "revision": 0, "cells": {"surprise": "x"}}]}',
        '{"edits": [{"key": "", "revision": 0, "cells": {"tags": "no message"}}]}',
        '{"edits": [{"key": "", "revision": 0, "cells": {"message": "\\u0000"}}]}',
    ],
)
def test_edits_that_make_no_sense_are_refused(cast: Cast, body: str) -> None:
    test_set = new_set(cast)
    answer: Any = signed_in(cast.bob).post(
        project_url(cast, "save_test_cells", test_set.id), body, content_type="application/json"
    )
    assert answer.status_code == 422
    assert answer.json()["message"]


def test_a_row_is_edited_on_a_page_of_its_own(cast: Cast) -> None:
    test_set = new_set(cast)
    bob, page = signed_in(cast.bob), project_url(cast, "test_row", test_set.id, "new")
    form = {
        "revision": "0",
        "message": "What is {{x}}?\r\n---\r\nWhy?",
        "before:message": "",
        "before:all_checks": "",
        "check": ["0", "1"],
        "check-0-stored": '{"kind": "contains_any", "values": ["42"]}',
        "check-1-stored": '{"kind": "duration"}',
        "check-1-kind": "duration",
        "check-1-most": "3.0",
        "new-name": "x",
        "new-kind": "variable",
        "new-value": "6 * 7",
    }
    answer: Any = bob.post(page, form)
    [row] = rows_of(test_set)
    assert answer["Location"] == project_url(cast, "test_row", test_set.id, row.key)
    assert row.row.content == {
        "turns": [
            {"role": "user", "content": "What is {{x}}?"},
            {"role": "user", "content": "Why?"},
        ],
        "variables": {"x": "6 * 7"},
        "checks": [
            {"kind": "contains_any", "values": ["42"]},
            {"kind": "duration", "most": 3.0},
        ],
    }
    own = project_url(cast, "test_row", test_set.id, row.key)
    pattern = {"check": "0", "check-0-stored": '{"kind": "regex"}', "check-0-kind": "regex"}
    refused: Any = bob.post(
        own, {"revision": "1", "before:all_checks": "", **pattern, "check-0-pattern": "(?=x)"}
    )
    assert refused.status_code == 422
    assert 'value="(?=x)"' in refused.content.decode()
    # Fields that nobody has touched are no conflict.
    touched = {
        "revision": "1",
        "tags": "mine",
        "before:tags": "",
        "message": "m",
        "before:message": "m",
    }
    assert bob.post(own, touched).status_code == 302
    late: Any = bob.post(own, {**touched, "tags": "late"})
    assert late.status_code == 409
    assert "late" in late.content.decode()


def test_a_row_is_edited_as_json(cast: Cast) -> None:
    test_set = new_set(cast, "a")
    [row] = rows_of(test_set)
    bob, url = signed_in(cast.bob), project_url(cast, "save_test_row_json", test_set.id, row.key)
    good = json.dumps({"turns": [{"role": "user", "content": "b"}], "repeats": 3})
    assert bob.post(url, {"revision": "1", "json": good}).status_code == 302
    late: Any = bob.post(url, {"revision": "1", "json": "{}"})
    assert late.status_code == 409
    for bad in ("{", "[]", '{"surprise": 1}', '{"turns": []}'):
        refused: Any = bob.post(url, {"revision": "2", "json": bad})
        assert refused.status_code == 400
        assert "Everything as JSON" in refused.content.decode()


def test_files_of_a_row_are_added_shown_and_removed(cast: Cast) -> None:
    test_set = new_set(cast, "a")
    [row] = rows_of(test_set)
    bob = signed_in(cast.bob)
    attach = project_url(cast, "attach_test_file", test_set.id, row.key)
    bob.post(attach, {"file": SimpleUploadedFile("a.html", b"<b>"), "tool": "file_search"})
    page = shown(cast, "test_row", test_set.id, row.key)
    assert "a.html" in page
    download: Any = bob.get(project_url(cast, "test_file", test_set.id, row.key, "0"))
    assert download["Content-Disposition"].startswith("attachment")
    assert bob.get(project_url(cast, "test_file", test_set.id, row.key, "1")).status_code == 404
    for file, tool in ((None, "file_search"), (SimpleUploadedFile("a", b"x"), "hammer")):
        bob.post(attach, {"tool": tool, **({"file": file} if file else {})})
    bob.post(attach, {"file": SimpleUploadedFile("empty", b""), "tool": "file_search"})
    assert len(rows_of(test_set)[0].row.content["files"]) == 1
    detach = project_url(cast, "detach_test_file", test_set.id, row.key, "0")
    bob.post(detach, {"revision": "1"})
    assert len(rows_of(test_set)[0].row.content["files"]) == 1
    bob.post(detach, {"revision": "2"})
    assert "files" not in rows_of(test_set)[0].row.content


def test_selected_rows_are_deleted(cast: Cast) -> None:
    test_set = new_set(cast, "a", "b", "c")
    first, second, _third = rows_of(test_set)
    url = project_url(cast, "delete_test_rows", test_set.id)
    keys = [first.key, second.key, "row_none"]
    answer: Any = signed_in(cast.bob).post(url, {"id": keys}, follow=True)
    assert "Deleted 2 rows." in answer.content.decode()
    assert [row.row.content["turns"][0]["content"] for row in rows_of(test_set)] == ["c"]


def test_a_reply_becomes_a_row(cast: Cast) -> None:
    say(cast.thread, "What is 6 * 7?")
    reply = say(cast.thread, "42", role="assistant")
    url = thread_url(cast, "add_to_tests", reply.id)
    bob = signed_in(cast.bob)
    assert "New set" not in bob.get(url).content.decode()
    assert bob.post(url, {"name": ""}).status_code == 422
    made: Any = bob.post(url, {"name": "From threads"})
    [test_set] = TestSet.objects.all()
    [row] = rows_of(test_set)
    assert row.key in made.content.decode()
    assert row.row.content["expected"] == {"reply": "42"}
    assert "From threads" in bob.get(url).content.decode()
    bob.post(url, {"set": test_set.id})
    assert len(rows_of(test_set)) == 2
    assert bob.post(url, {"set": "testset_none"}).status_code == 404


def test_a_viewer_reads_and_changes_nothing(cast: Cast) -> None:
    test_set = add_sample_set(project=cast.project, author=cast.alice)
    [row, *_others] = rows_of(test_set)
    vera = signed_in(cast.vera)
    assert vera.get(project_url(cast, "test_set", test_set.id)).status_code == 200
    assert vera.get(project_url(cast, "test_row", test_set.id, row.key)).status_code == 200
    for name in ("save_test_cells", "delete_test_rows", "delete_test_set"):
        assert vera.post(project_url(cast, name, test_set.id)).status_code == 403


def test_the_number_of_queries_does_not_grow_with_the_rows(cast: Cast) -> None:
    test_set = new_set(cast, "a")
    counts = []
    for _ in range(2):
        with CaptureQueriesContext(
            connection,
        ) as queries:
            shown(cast, "test_set", test_set.id)
        counts.append(len(queries))
        for number in range(60):
            add_row(cast, test_set, f"Question {number}", variables={"n": f"{number}"})
    assert counts[0] == counts[1]
    second = squeezed(shown(cast, "test_set", test_set.id, page="3"))
    assert "Rows 101 to 121 of 121" in second
    found = squeezed(shown(cast, "test_set", test_set.id, q="Question 59"))
    assert "Rows 1 to 2 of 2" in found


def test_checks_are_shown_in_words_and_edited_as_lines(cast: Cast) -> None:
    test_set = new_set(cast)
    add_row(
        cast,
        test_set,
        "a",
        checks=[
            {"kind": "cites", "file": "hours.txt", "weight": 2},
            {"kind": "foreign", "kept": {"type": "webhook", "promptfoo": {}, "reason": "x"}},
        ],
        turn_checks={"0": [{"kind": "refusal", "not": True}]},
    )
    page = squeezed(shown(cast, "test_set", test_set.id))
    words = "Cites file “hours.txt” Check of another product “webhook” Message 1: Not: is a refusal"
    assert f">{words}</td>" in page
    assert "check:{&quot;kind&quot;: &quot;cites&quot;" in page


def test_what_an_edit_has_added_is_removed_unless_somebody_has_changed_it(cast: Cast) -> None:
    test_set = new_set(cast, "a")
    new = {"key": "", "revision": 0, "cells": {"message": "b"}, "before": {}}
    added = save(cast, test_set, new, {**new, "cells": {"message": "c"}}).json()["added"]
    assert list(added.values()) == [1, 1]
    [first, second] = added
    edit = {"key": second, "revision": 1, "cells": {"tags": "x"}, "before": {"tags": ""}}
    assert save(cast, test_set, edit).json()["added"] == {}
    # Either both or none.
    answer = save(cast, test_set, removed=added)
    assert (answer.status_code, answer.json()["theirs"]) == (409, "")
    assert len(rows_of(test_set)) == 3
    assert save(cast, test_set, removed={first: 1, second: 2}).status_code == 200
    assert [one.row.content["turns"][0]["content"] for one in rows_of(test_set)] == ["a"]
    for strange in ({first: "1"}, [first], {first: True}):
        assert save(cast, test_set, removed=strange).status_code == 422
    assert save(cast, test_set, removed={}).status_code == 422


def test_other_line_ends_are_no_change_of_somebody_else(cast: Cast) -> None:
    test_set = new_set(cast)
    row = add_row(cast, test_set, "a", variables={"text": "x\r\ny"})
    edit = {"key": row.key, "revision": 0, "cells": {"variable:text": "z"}}
    before = {"variable:text": "x\ny"}
    assert save(cast, test_set, {**edit, "before": before}).status_code == 200


def test_a_row_whose_id_has_a_slash_has_a_page(cast: Cast) -> None:
    test_set = new_set(cast)
    key = "maths/1%2F?#é .."
    content = {"turns": [{"role": "user", "content": "a"}]}
    add_rows(test_set, [(key, content)], cast.bob)
    page = shown(cast, "test_set", test_set.id)
    found = re.search(r'<a href="([^"]+/rows/[^"]+)" title', page)
    assert found
    address = html.unescape(found[1])
    answer: Any = signed_in(cast.bob).get(address)
    assert answer.status_code == 200
    saved: Any = signed_in(cast.bob).post(
        address, {"revision": "1", "tags": "x", "before:tags": ""}
    )
    assert saved["Location"] == address
    [working] = rows_of(test_set)
    assert working.row.content["tags"] == ["x"]


def test_a_save_and_a_deletion_of_a_row_can_be_undone(cast: Cast) -> None:
    test_set = new_set(cast, "a")
    bob = signed_in(cast.bob)
    [working] = rows_of(test_set)
    url = project_url(cast, "test_row", test_set.id, working.key)
    form = {"revision": "1", "message": "b", "before:message": "a"}

    def undo(answer: Any) -> str:
        found = re.search(r'action="([^"]+/undo/[^"]+)"', answer.content.decode())
        assert found, "there is no button"
        undone: Any = bob.post(html.unescape(found[1]), follow=True)
        return squeezed(undone.content.decode())

    saved: Any = bob.post(url, form, follow=True)
    assert "Undone." in undo(saved)
    [working] = rows_of(test_set)
    assert working.row.content["turns"][0]["content"] == "a"
    # Nothing is offered where nothing has changed.
    same: Any = bob.post(url, {"revision": "3", "message": "a", "before:message": "a"}, follow=True)
    assert "/undo/" not in same.content.decode()
    saved = bob.post(url, {**form, "revision": "3"}, follow=True)
    edit = {"key": working.key, "revision": 4, "cells": {"tags": "x"}, "before": {"tags": ""}}
    assert save(cast, test_set, edit).status_code == 200
    assert "has changed this row since. Nothing was undone." in undo(saved)
    deleted: Any = bob.post(
        project_url(cast, "delete_test_rows", test_set.id), {"id": working.key}, follow=True
    )
    assert rows_of(test_set) == []
    assert "Undone." in undo(deleted)
    assert [one.key for one in rows_of(test_set)] == [working.key]
