"""The page of assistants and the column of the main screen, with many rows."""

import json
from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from asgiref.sync import async_to_sync
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from assistants_app.models import Assistant, ModelPrice, Project, Run
from tests import asgi
from tests.cast import Cast, make_run
from tests.queries.project.usage_rows import settle_all
from tests.web.pages import HTMX, project_url, signed_in


@pytest.fixture
def alice(cast: Cast) -> Client:
    return signed_in(cast.alice)


def make(project: Project, *names: str, **columns: Any) -> list[Assistant]:
    return [Assistant.objects.create(project=project, name=name, **columns) for name in names]


def names_of(answer: Any) -> list[str]:
    return [row.assistant.name for row in answer.context["rows"]]


def table(client: Client, cast: Cast, **query: str) -> Any:
    answer = client.get(project_url(cast, "assistants"), query)
    assert answer.status_code == 200
    return answer


def count_queries(read: Callable[[], object]) -> int:
    with CaptureQueriesContext(connection) as asked:
        read()
    return len(asked)


def test_the_address_of_the_assistants_is_a_whole_page(cast: Cast, alice: Client) -> None:
    page = table(alice, cast).content.decode()
    assert page.lstrip().startswith("<!DOCTYPE html>")
    assert ">Secret<" in page


@pytest.mark.parametrize(
    ("sort", "names"),
    [
        ("", ["b", "A", "c", "Secret"]),
        ("created", ["Secret", "c", "A", "b"]),
        ("name", ["A", "b", "c", "Secret"]),
        ("-name", ["Secret", "c", "b", "A"]),
        ("-runs", ["A", "Secret", "b", "c"]),
        ("-active", ["A", "Secret", "b", "c"]),
        ("-cost", ["A", "Secret", "b", "c"]),
        ("drop table", ["b", "A", "c", "Secret"]),
    ],
)
def test_each_column_sorts(cast: Cast, alice: Client, sort: str, names: list[str]) -> None:
    _, busy, _ = make(cast.project, "c", "A", "b", model="m")
    ModelPrice.objects.create(project=cast.project, model="m", prompt=2, cached=1, completion=4)
    Run.objects.update(created_at=timezone.now() - timedelta(days=2), model="m")
    for _ in range(2):
        usage = {"prompt_tokens": 1_000_000, "completion_tokens": 1}
        make_run(cast.project, cast.thread, busy, status="completed", usage=usage, model="m")
    settle_all()
    answer = table(alice, cast, sort=sort)
    assert names_of(answer) == names
    [row] = [row for row in answer.context["rows"] if row.assistant == busy]
    assert (row.runs, row.cost.cost) == (2, Decimal("4.000008"))


def test_filters_find_names_ids_models_and_archived_ones(cast: Cast, alice: Client) -> None:
    one, two = make(cast.project, "Tutor", "50% off", model="other")
    make(cast.project, "Old", model="other", archived_at=timezone.now())
    assert names_of(table(alice, cast, q="TUT")) == ["Tutor"]
    assert names_of(table(alice, cast, q="%")) == ["50% off"]
    assert names_of(table(alice, cast, q=one.id)) == ["Tutor"]
    assert names_of(table(alice, cast, q="\0")) == ["50% off", "Tutor", "Secret"]
    assert names_of(table(alice, cast, model="other")) == [two.name, one.name]
    assert names_of(table(alice, cast, archived="1")) == ["Old"]
    assert "No matching assistants" in table(alice, cast, q="nothing").content.decode()


def test_pages_keep_the_filter_and_the_order(cast: Cast, alice: Client) -> None:
    make(cast.project, *(f"Helper {number:03}" for number in range(120)), model="m")
    first = table(alice, cast, q="helper", sort="name")
    second = alice.get(first.context["next"])
    last = alice.get(second.context["next"])
    assert names_of(second)[0] == "Helper 050"
    assert names_of(last)[-1] == "Helper 119"
    assert last.context["next"] == ""
    assert names_of(alice.get(last.context["previous"])) == names_of(second)
    assert alice.get(second.context["previous"]).context["previous"] == ""
    assert names_of(table(alice, cast, page="99999")) == []


@pytest.mark.django_db(transaction=True)
def test_an_archived_assistant_leaves_lists_but_not_the_api(cast: Cast, alice: Client) -> None:
    [other] = make(cast.project, "Other", model="m")
    page = project_url(cast, "assistants") + "?sort=name"
    answer = alice.post(
        project_url(cast, "archive_assistants"),
        {"id": [cast.assistant.id, "asst_unknown"]},
        follow=True,
        headers={"referer": f"http://testserver{page}"},
    )
    assert answer.redirect_chain == [(page, 302)]
    assert names_of(answer) == ["Other"]
    said = answer.content.decode()
    assert "1 assistant archived. The API still runs archived assistants." in said
    undo = f"{project_url(cast, 'unarchive_assistants')}?id={cast.assistant.id}"
    assert undo in said
    column = alice.get(project_url(cast, "assistant_column")).content.decode()
    assert cast.assistant.id not in column
    assert other.id in column
    chosen = alice.get(project_url(cast, "assistant_column"), {"a": cast.assistant.id})
    assert "archived" in chosen.content.decode()
    found = asgi.Client().get(
        f"/v1/assistants/{cast.assistant.id}",
        headers={"authorization": f"Bearer {cast.key}", "openai-beta": "assistants=v2"},
    )
    assert found.status_code == 200
    assert set(found.json()) & {"archived_at", "pinned_at"} == set()
    alice.post(undo)
    assert Assistant.objects.filter(archived_at=None).count() == 2


@pytest.mark.django_db(transaction=True)
def test_a_pinned_assistant_is_first_in_the_column(cast: Cast, alice: Client) -> None:
    make(cast.project, *(f"Helper {number}" for number in range(60)), model="m")
    pin = project_url(cast, "set_assistant_pin", cast.assistant.id)
    assert alice.post(pin, {"pinned": "1"}).status_code == 302
    listed = alice.get(project_url(cast, "assistant_column")).context["assistants"]
    assert [item.name for item in listed[:2]] == ["Secret", "Helper 59"]
    assert len(listed) == 51
    alice.post(pin, {"pinned": ""})
    listed = alice.get(project_url(cast, "assistant_column")).context["assistants"]
    assert [item.name for item in listed[:1]] == ["Helper 59"]


@pytest.mark.django_db(transaction=True)
def test_the_column_comes_in_pages_that_miss_and_repeat_nothing(cast: Cast, alice: Client) -> None:
    make(cast.project, *(f"Helper {number}" for number in range(120)), model="m")
    pinned, current = Assistant.objects.filter(name__in=["Helper 7", "Helper 8"]).order_by("pk")
    Assistant.objects.filter(pk=pinned.pk).update(pinned_at=timezone.now())
    address, seen, after = project_url(cast, "assistant_column"), [], ""
    while True:
        answer = alice.get(address, {"a": current.id, "after": after})
        seen += [item.id for item in answer.context["assistants"]]
        after = answer.context["after"]
        if not after:
            break
    assert seen[:2] == [current.id, pinned.id]
    assert sorted(seen) == sorted(Assistant.objects.values_list("pk", flat=True))
    # A redraw has as many rows as the page shows.
    again = alice.get(address, {"a": current.id, "pages": ["1", "1", "1"]})
    assert {item.id for item in again.context["assistants"]} == set(seen)


@pytest.mark.django_db(transaction=True)
def test_a_new_name_is_a_version(cast: Cast, alice: Client) -> None:
    address = project_url(cast, "rename_assistant", cast.assistant.id)
    page = f"http://testserver{project_url(cast, 'assistants')}?sort=name&q=e"
    answer = alice.post(address, {"name": " New  name "}, headers={**HTMX, "hx-current-url": page})
    assert answer["Location"] == project_url(cast, "assistants") + "?sort=name&q=e"
    renamed = Assistant.objects.get()
    assert (renamed.name, renamed.version_number) == ("New name", 1)
    refused = alice.post(address, {"name": "x" * 257}, headers={**HTMX, "hx-current-url": page})
    assert refused.status_code == 422
    assert "256" in refused.content.decode()
    assert alice.post(address, {}).status_code == 400
    assert alice.post(address, {"name": ""}).status_code == 302
    assert Assistant.objects.get().name is None


@pytest.mark.django_db(transaction=True)
def test_selected_assistants_are_exported_and_deleted(cast: Cast, alice: Client) -> None:
    one, two = make(cast.project, "One", "Two", model="m")
    chosen = {"id": [one.id, two.id]}
    answer: Any = alice.post(project_url(cast, "export_assistants"), chosen)

    async def read() -> bytes:
        return b"".join([piece async for piece in answer.streaming_content])

    document = json.loads(async_to_sync(read)())
    assert [item["name"] for item in document["data"]] == ["Two", "One"]
    assert document["object"] == "list"
    assert alice.post(project_url(cast, "export_assistants")).status_code == 404
    done = alice.post(project_url(cast, "delete_assistants"), chosen, follow=True)
    assert "2 assistants deleted." in done.content.decode()
    assert names_of(done) == ["Secret"]


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("act", ["archive", "delete", "export"])
def test_strangers_cannot_act_on_assistants(cast: Cast, act: str) -> None:
    charlie = signed_in(cast.charlie)
    chosen = {"id": [cast.assistant.id]}
    name = f"{act}_assistants"
    assert charlie.post(project_url(cast, name), chosen).status_code == 404
    [own] = make(cast.other_project, "Own", model="m")
    address = project_url(cast, name).replace(cast.project.id, cast.other_project.id)
    charlie.post(address, {"id": [cast.assistant.id, own.id]})
    assert Assistant.objects.filter(pk=cast.assistant.id, archived_at=None).exists()


@pytest.mark.parametrize("name", ["assistants", "assistant_column", "threads", "playground"])
def test_the_number_of_queries_is_the_same_for_many_assistants(
    cast: Cast, alice: Client, name: str
) -> None:
    address = project_url(cast, name)
    before = count_queries(lambda: alice.get(address))
    made = make(cast.project, *(f"Helper {number}" for number in range(60)), model="m")
    for assistant in made[:20]:
        make_run(cast.project, cast.thread, assistant, status="completed")
    assert count_queries(lambda: alice.get(address)) == before


def test_an_action_on_all_found_reaches_other_pages(cast: Cast, alice: Client) -> None:
    made = make(cast.project, *(f"Bot {number}" for number in range(120)), model="m")
    assert "Select all 120" in table(alice, cast, q="bot").content.decode()
    later = make(cast.project, "Bot of later", model="m")
    form = {"q": "bot", "all": made[-1].id, "id": made[-1].id}
    answer = alice.post(project_url(cast, "archive_assistants"), form, follow=True)
    assert "120 assistants archived." in answer.content.decode()
    left = Assistant.objects.filter(project=cast.project, archived_at=None)
    assert set(left) == {*later, cast.assistant}
    form = {**form, "archived": "1"}
    alice.post(project_url(cast, "delete_assistants"), form)
    assert not Assistant.objects.filter(pk__in=[item.pk for item in made]).exists()
