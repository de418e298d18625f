"""Variables of columns: one field for all of them, and values that each column declares."""

from typing import Any

import pytest
from django.test import Client

from assistants_app.models import Assistant, AssistantDraft, Comparison, Run
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
