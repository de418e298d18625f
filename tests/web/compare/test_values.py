"""Variables of columns: one field for all of them, and values that each column declares."""

from typing import Any

import pytest
from django.test import Client

from assistants_app.models import Assistant, AssistantDraft, Comparison, Run, ValueSet
from assistants_app.services.compare.columns import ColumnChoice
from assistants_app.services.compare.comparisons import compare_run, create_comparison
from assistants_app.services.runs.frozen import Source
from tests.cast import Cast
from tests.services.compare.made import columns_of, compare, finish, lanes_of, run_of
from tests.web.pages import HTMX, project_url, say, signed_in, squeezed

pytestmark = pytest.mark.django_db(transaction=True)

CITY = {"name": "city", "type": "text"}
DAYS = {"name": "days", "type": "number", "default": 3}


@pytest.fixture
def bob(cast: Cast) -> Client:
    Assistant.objects.filter(pk=cast.assistant.id).update(
        instructions="Plan {{days}} days in {{city}}.", variables=[CITY, DAYS]
    )
    return signed_in(cast.bob)


def send(cast: Cast, client: Client, comparison: Comparison, **values: str) -> Any:
    body = {"content": "Go", **{f"variable:{name}": text for name, text in values.items()}}
    return client.post(project_url(cast, "send_to_columns", comparison.id), body, headers=HTMX)


def variables_of(comparison: Comparison) -> list[dict[str, Any] | None]:
    return [run_of(lane).variables for lane in lanes_of(comparison)]


def test_one_value_goes_to_all_columns(cast: Cast, bob: Client) -> None:
    comparison = compare(cast, {"model": "one"}, {"model": "two"})
    page = bob.get(project_url(cast, "comparison", comparison.id)).content.decode()
    assert page.count('name="variable:city"') == 1
    assert 'form="compare-form"' in page
    assert send(cast, bob, comparison, city="Oslo").status_code == 200
    assert variables_of(comparison) == [{"city": "Oslo", "days": 3}] * 2


def test_the_last_values_are_there_for_the_next_message(cast: Cast, bob: Client) -> None:
    comparison = compare(cast)
    send(cast, bob, comparison, city="Oslo", days="5")
    page = bob.get(project_url(cast, "comparison", comparison.id)).content.decode()
    assert ">Oslo</textarea>" in page
    assert 'value="5"' in squeezed(page)


@pytest.mark.parametrize("values", [{}, {"city": "Oslo", "days": "many"}])
def test_missing_and_wrong_values_are_refused_for_all(
    cast: Cast, bob: Client, values: dict[str, str]
) -> None:
    comparison = compare(cast)
    refused = send(cast, bob, comparison, **values)
    assert refused.status_code == 422
    assert 'id="compare-error"' in refused.content.decode()
    assert ">Go</textarea>" in refused.content.decode()
    assert not Run.objects.exclude(pk=cast.run.id).exists()


def test_a_column_gets_only_what_it_declares(cast: Cast, bob: Client) -> None:
    plain = Assistant.objects.create(project=cast.project, model="m", name="Plain")
    columns = [ColumnChoice(Source(cast.assistant.id)), ColumnChoice(Source(plain.id))]
    comparison = create_comparison(project=cast.project, user=cast.bob, columns=columns)
    assert send(cast, bob, comparison, city="Oslo").status_code == 200
    assert variables_of(comparison) == [{"city": "Oslo", "days": 3}, None]


def test_a_recorded_run_is_repeated_with_its_values(cast: Cast, bob: Client) -> None:
    Run.objects.filter(pk=cast.run.id).update(
        instructions="Plan {{days}} days in {{city}}.", variables={"city": "Rome", "days": 2}
    )
    say(cast.thread, "Old", "assistant", run_id=cast.run.id)
    columns = [ColumnChoice(None, {"model": "other"}), ColumnChoice(Source(cast.assistant.id))]
    comparison = compare_run(
        project=cast.project, user=cast.bob, run_id=cast.run.id, columns=columns
    )
    _own, *others = lanes_of(comparison)
    assert [run_of(lane).variables for lane in others] == [{"city": "Rome", "days": 2}] * 2
    for lane in others:
        finish(lane, "New")
    page = bob.get(project_url(cast, "comparison", comparison.id)).content.decode()
    assert ">Rome</textarea>" in page
    assert send(cast, bob, comparison, city="Bern", days="1").status_code == 200
    assert variables_of(comparison) == [{"city": "Bern", "days": 1}] * 3


def test_a_kept_column_keeps_its_variables(cast: Cast, bob: Client) -> None:
    comparison = compare(cast, {"model": "one"}, {"model": "two"})
    Assistant.objects.filter(pk=cast.assistant.id).update(variables=[])
    key = columns_of(comparison)[1].key
    bob.post(project_url(cast, "keep_column", comparison.id, key), headers=HTMX)
    assert AssistantDraft.objects.get().changes == {"model": "two", "variables": [CITY, DAYS]}


def post(cast: Cast, client: Client, name: str, comparison: Comparison, **body: str) -> Any:
    return client.post(project_url(cast, name, comparison.id), body, headers=HTMX)


def test_missing_and_wrong_values_are_marked_before_the_message(cast: Cast, bob: Client) -> None:
    comparison = compare(cast)
    page = squeezed(bob.get(project_url(cast, "comparison", comparison.id)).content.decode())
    assert "1 needs a value" in page
    typed = {"variable:city": "Oslo", "variable:days": "many"}
    marks = post(cast, bob, "comparison_values", comparison, **typed).content.decode()
    assert "needs a value" not in marks
    assert "1 wrong value" in squeezed(marks)
    # The page has them after a reload, too.
    page = bob.get(project_url(cast, "comparison", comparison.id)).content.decode()
    assert ">Oslo</textarea>" in page
    assert 'value="many"' in squeezed(page)


def test_a_value_is_marked_if_it_is_wrong_for_any_column(cast: Cast, bob: Client) -> None:
    """The first column takes any text for the city, the second one only two."""
    choice = {"name": "city", "type": "choice", "choices": ["Oslo", "Rome"]}
    narrow = Assistant.objects.create(project=cast.project, model="m", variables=[choice])
    columns = [ColumnChoice(Source(cast.assistant.id)), ColumnChoice(Source(narrow.id))]
    comparison = create_comparison(project=cast.project, user=cast.bob, columns=columns)
    for city, wrong in (("Bern", True), ("Rome", False)):
        marks = post(cast, bob, "comparison_values", comparison, **{"variable:city": city})
        assert ("1 wrong value" in squeezed(marks.content.decode())) is wrong


def test_saved_values_fill_the_form_and_are_saved_for_all_assistants(
    cast: Cast, bob: Client
) -> None:
    other = Assistant.objects.create(project=cast.project, model="m", variables=[CITY])
    columns = [ColumnChoice(Source(one)) for one in (cast.assistant.id, other.id)]
    comparison = create_comparison(project=cast.project, user=cast.bob, columns=columns)
    typed = {"variable:city": "Oslo", "variable:days": "5", "set_name": " North "}
    saved = post(cast, bob, "save_comparison_values", comparison, **typed)
    assert saved.status_code == 200
    assert '<option value="North" selected>' in squeezed(saved.content.decode())
    assert {one.assistant_id: one.values for one in ValueSet.objects.all()} == {
        cast.assistant.id: {"city": "Oslo", "days": 5},
        other.id: {"city": "Oslo"},
    }
    loaded = post(
        cast, bob, "load_comparison_values", comparison, value_set="North", **{"variable:city": "x"}
    )
    assert ">Oslo</textarea>" in loaded.content.decode()
    for body in ({**typed, "set_name": ""}, {"set_name": "Empty"}, {**typed, "variable:days": "x"}):
        refused = post(cast, bob, "save_comparison_values", comparison, **body)
        assert refused.status_code == 422
        assert 'id="set-error" role="alert"></p>' not in squeezed(refused.content.decode())
    assert ValueSet.objects.count() == 2


def test_saved_values_are_deleted_for_all_assistants_of_the_columns(
    cast: Cast, bob: Client
) -> None:
    other = Assistant.objects.create(project=cast.project, model="m", variables=[CITY])
    apart = Assistant.objects.create(project=cast.project, model="m", variables=[CITY])
    columns = [ColumnChoice(Source(one)) for one in (cast.assistant.id, other.id)]
    comparison = create_comparison(project=cast.project, user=cast.bob, columns=columns)
    for assistant in (cast.assistant, other, apart):
        for name in ("North", "South"):
            ValueSet.objects.create(
                project=cast.project, assistant=assistant, name=name, values={"city": name}
            )
    typed = {"variable:city": "Oslo", "value_set": "North"}
    loaded = post(cast, bob, "load_comparison_values", comparison, **typed).content.decode()
    assert project_url(cast, "delete_comparison_values", comparison.id) in loaded
    # Twice, as a second click does.
    for _ in range(2):
        answer = post(cast, bob, "delete_comparison_values", comparison, **typed)
        assert answer.status_code == 200
        assert 'value="North"' not in answer.content.decode()
        assert ">Oslo</textarea>" in answer.content.decode()
    left = {(one.assistant_id, one.name) for one in ValueSet.objects.all()}
    assert left == {
        (cast.assistant.id, "South"),
        (other.id, "South"),
        (apart.id, "North"),
        (apart.id, "South"),
    }


def test_sets_of_a_blind_comparison_name_no_assistant(cast: Cast, bob: Client) -> None:
    comparison = compare(cast, blind=True)
    typed = {"variable:city": "Oslo", "set_name": "North"}
    shown = post(cast, bob, "save_comparison_values", comparison, **typed).content.decode()
    assert "North" in shown
    assert cast.assistant.id not in shown


def test_a_deleted_assistant_leaves_the_values(cast: Cast, bob: Client) -> None:
    comparison = compare(cast)
    cast.assistant.delete()
    page = bob.get(project_url(cast, "comparison", comparison.id)).content.decode()
    assert 'name="variable:city"' in page
    assert 'id="set-name"' not in page
    assert send(cast, bob, comparison, city="Oslo").status_code == 200
