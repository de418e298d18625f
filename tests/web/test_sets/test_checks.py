"""The editor of checks on the page of a row, and for several rows at once."""

import json
import re
from typing import Any

import pytest

from assistants_app.domain.checks.kinds import FOREIGN, KINDS
from assistants_app.domain.test_sets.editing import ALL_CHECKS, cell_text
from assistants_app.models import TestSet, WorkingRow
from assistants_app.services.test_sets.rows import edit_test_cells
from tests.cast import Cast
from tests.services.test_sets.sets import add_row, edit_of, new_set, rows_of
from tests.web.pages import HTMX, project_url, shown, signed_in, squeezed

pytestmark = pytest.mark.django_db(transaction=True)

EQUALS = {"kind": "equals", "value": "yes"}
JS = {"kind": FOREIGN, "kept": {"type": "javascript", "reason": "JavaScript doesn't run here"}}
HOSTILE = '</textarea><script>alert("{{1}}")</script>'


@pytest.fixture
def test_set(cast: Cast) -> TestSet:
    return new_set(cast)


def page_of(cast: Cast, working: WorkingRow) -> str:
    return project_url(cast, "test_row", working.test_set_id, working.key)


def form_of(working: WorkingRow, *checks: dict[str, Any], **more: str) -> dict[str, Any]:
    """Return the form of a row with these checks, which are closed."""
    content = working.row.content
    fields: dict[str, Any] = {
        "revision": str(working.row.revision),
        "message": cell_text(content, "message"),
        "before:message": cell_text(content, "message"),
        f"before:{ALL_CHECKS}": cell_text(content, ALL_CHECKS),
        "check": [str(number) for number in range(len(checks))],
        **more,
    }
    for number, check in enumerate(checks):
        fields.setdefault(f"check-{number}-stored", json.dumps(check))
    return fields


def post(cast: Cast, working: WorkingRow, form: dict[str, Any], *, htmx: bool = False) -> Any:
    headers = HTMX if htmx else {}
    return signed_in(cast.bob).post(page_of(cast, working), form, headers=headers)


def checks_in(answer: Any) -> list[str]:
    """Return the words of the checks that a page shows."""
    return re.findall(r'aria-label="([^"]*)">\s*<input type="hidden" name="check"', _html(answer))


def _html(answer: Any) -> str:
    return str(answer.content.decode())


def test_checks_are_shown_in_words_and_foreign_ones_are_kept(cast: Cast, test_set: TestSet) -> None:
    row = add_row(
        cast, test_set, "a\n---\nb", checks=[EQUALS, JS], turn_checks={"0": [{"kind": "refusal"}]}
    )
    page = squeezed(shown(cast, "test_row", test_set.id, row.key))
    assert "Equals “yes”" in page
    assert "Reply 1" in page
    assert "JavaScript doesn&#x27;t run here" in page
    assert 'id="check-1-edit"' not in page
    form = form_of(row, EQUALS, JS, {"kind": "refusal"}, **{"check-2-turn": "0"}, tags="x")
    assert post(cast, row, {**form, "before:tags": ""}).status_code == 302
    saved = rows_of(test_set)[0].row.content
    assert saved["checks"] == [EQUALS, JS]
    assert saved["turn_checks"] == {"0": [{"kind": "refusal"}]}
    assert saved["tags"] == ["x"]


def test_the_list_changes_without_scripts_and_saves_nothing(cast: Cast, test_set: TestSet) -> None:
    row = add_row(cast, test_set, "a", checks=[EQUALS])
    refusal = {"kind": "refusal"}
    form = form_of(row, EQUALS, refusal, message="typed")
    for act, words in (
        ("up:1", ["Is a refusal", "Equals “yes”"]),
        ("remove:0", ["Is a refusal"]),
        ("copy:1", ["Equals “yes”", "Is a refusal", "Is a refusal"]),
        ("add", ["Equals “yes”", "Is a refusal", "Costs at most"]),
    ):
        answer = post(cast, row, {**form, "act": act, "new-check": "cost"})
        assert answer.status_code == 200
        assert checks_in(answer) == words
        assert "typed</textarea>" in _html(answer)
        # With a script, only the list comes back.
        part = post(cast, row, {**form, "act": act, "new-check": "cost"}, htmx=True)
        assert checks_in(part) == words
        assert "<html" not in _html(part)
    assert 'id="check-2-most"' in _html(answer)
    assert rows_of(test_set)[0].row.revision == 1
    strange = post(cast, row, {**form, "act": "surprise:9"}, htmx=True)
    assert "Load the page again" in _html(strange)


def test_another_kind_loads_its_fields(cast: Cast, test_set: TestSet) -> None:
    row = add_row(cast, test_set, "a", checks=[EQUALS])
    fields = {"check-0-kind": "contains_any", "check-0-value": "yes", "check-0-metric": "m"}
    part = post(cast, row, {**form_of(row, EQUALS, **fields), "act": "kind:0"}, htmx=True)
    html = squeezed(_html(part))
    assert 'id="check-0-values"' in html
    assert re.search(r'<textarea[^>]*id="check-0-values"[^>]*>\s?yes</textarea>', html)
    assert 'name="check-0-metric" value="m"' in html
    # Whoever has no scripts and doesn't ask for the fields gets what fits.
    assert post(cast, row, form_of(row, EQUALS, **fields)).status_code == 302
    assert rows_of(test_set)[0].row.content["checks"] == [
        {"kind": "contains_any", "values": ["yes"], "metric": "m"}
    ]


def test_errors_are_under_their_fields_and_nothing_is_lost(cast: Cast, test_set: TestSet) -> None:
    row = add_row(cast, test_set, "a", checks=[EQUALS])
    fields = {"check-0-kind": "regex", "check-0-value": "", "tags": HOSTILE, "before:tags": ""}
    answer = post(cast, row, form_of(row, EQUALS, **fields))
    html = squeezed(_html(answer))
    assert answer.status_code == 422
    assert '<p class="error" id="e-check-0-pattern">This field is required.</p>' in html
    assert "<script>alert" not in html
    assert "&lt;script&gt;alert" in html
    lost = {"check-0-turn": "4"}
    answer = post(cast, row, form_of(row, EQUALS, **lost))
    assert answer.status_code == 422
    assert "The row doesn&#x27;t have this message any more" in _html(answer)
    assert rows_of(test_set)[0].row.revision == 1


@pytest.mark.parametrize(
    "fields",
    [
        {"check-0-stored": "{"},
        {"check-0-stored": "[" * 100_000},
        {"check-0-stored": '{"kind": "contains_any", "values": 5}'},
        {"check-0-stored": '{"kind": "contains_any", "values": 5}', "check-0-kind": "equals"},
        {"check-0-stored": '{"kind": "equals", "value": NaN}'},
        {"check-0-turn": "9" * 4000},
        {"check-0-kind": "foreign"},
        {"check-0-kind": "equals", "check-0-value": "\0"},
        {"check-0-kind": "equals", "check-0-weight": "1e400"},
        {"check-0-kind": "equals", "check-0-value": "x" * 200_000},
        {"check": ["0"] * 101},
    ],
)
def test_forms_that_make_no_sense_are_refused(
    cast: Cast, test_set: TestSet, fields: dict[str, Any]
) -> None:
    row = add_row(cast, test_set, "a", checks=[EQUALS])
    form = {**form_of(row, EQUALS), **fields}
    assert post(cast, row, form).status_code == 422
    for htmx in (False, True):
        answer = post(cast, row, {**form, "act": "copy:0"}, htmx=htmx)
        assert answer.status_code in (200, 422)
    assert rows_of(test_set)[0].row.revision == 1


def test_somebody_elses_checks_are_a_conflict_in_words(cast: Cast, test_set: TestSet) -> None:
    row = add_row(cast, test_set, "a", checks=[EQUALS])
    form = form_of(row, {"kind": "refusal"})
    theirs = edit_of(row, "checks", "icontains: no", "equals: yes")
    edit_test_cells(project=cast.project, set_id=test_set.id, edits=[theirs], author=cast.alice)
    # Without scripts, a change of the list must not hide that.
    changed = _html(post(cast, row, {**form, "act": "add", "new-check": "cost"}))
    assert '<input type="hidden" name="revision" value="1">' in changed
    answer = post(cast, row, form)
    assert answer.status_code == 409
    assert "Contains any of “no” (ignore case)" in squeezed(_html(answer))
    assert checks_in(answer) == ["Is a refusal"]
    assert "alice has changed this row" in _html(answer)
    [working] = rows_of(test_set)
    assert "has changed this row in the meantime" in shown(
        cast, "test_row", test_set.id, row.key, seen="1"
    )
    assert post(cast, working, form_of(working, {"kind": "refusal"})).status_code == 302


@pytest.mark.parametrize("kind", [name for name in KINDS if name != FOREIGN])
def test_every_kind_can_be_added(cast: Cast, test_set: TestSet, kind: str) -> None:
    row = add_row(cast, test_set, "a")
    answer = post(cast, row, {**form_of(row), "act": "add", "new-check": kind})
    html = _html(answer)
    assert answer.status_code == 200
    for field in KINDS[kind].fields:
        assert f'id="check-0-{field.name}"' in html
    ids = re.findall(r'\bid="([^"]+)"', html)
    assert len({*ids}) == len(ids)


def test_several_rows_get_checks_at_once(cast: Cast, test_set: TestSet) -> None:
    first, second = add_row(cast, test_set, "a", checks=[EQUALS]), add_row(cast, test_set, "b")
    bob, url = signed_in(cast.bob), project_url(cast, "test_checks", test_set.id)
    assert "For all 2 rows" in squeezed(_html(bob.get(url)))
    assert "For the 1 row that you selected" in squeezed(_html(bob.post(url, {"id": second.key})))
    form = {"check": ["0"], "check-0-stored": '{"kind": "refusal"}'}
    added = bob.post(url, {**form, "act": "add", "new-check": "cost"}, headers=HTMX)
    assert 'id="check-1-most"' in _html(added)
    refused = bob.post(url, {"save": "1"})
    assert (refused.status_code, "Add a check first." in _html(refused)) == (422, True)
    wrong = {**form, "check-0-kind": "cost", "save": "1"}
    refused = bob.post(url, wrong)
    assert (refused.status_code, "This field is required." in _html(refused)) == (422, True)
    bob.post(url, {**form, "save": "1", "id": second.key})
    assert [row.row.content.get("checks") for row in rows_of(test_set)] == [
        [EQUALS],
        [{"kind": "refusal"}],
    ]
    bob.post(url, {**form, "save": "1", "how": "replace"})
    assert rows_of(test_set)[0].row.content["checks"] == [{"kind": "refusal"}]
    assert first.key == rows_of(test_set)[0].key
