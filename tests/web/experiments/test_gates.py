"""The page of a publish gate, and how pages show that it refuses."""

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from assistants_app.domain.verdicts.words import isolated
from assistants_app.models import Assistant, AssistantVersion, PublishGate, TestSet
from assistants_app.queries.assistants.versions import list_versions
from assistants_app.services.experiments.lifecycle import delete_experiment
from tests.cast import Cast, api_client
from tests.services.assistants.gated import assistant, compared, gate, test_set
from tests.services.test_sets.sets import rows_of
from tests.web.pages import HTMX, signed_in, squeezed

__all__ = ["assistant", "test_set"]

pytestmark = pytest.mark.django_db(transaction=True)


def url(assistant: Assistant, name: str, *more: int) -> str:
    return reverse(name, args=[assistant.project_id, assistant.id, *more])


def page_of(answer: Any, status: int = 200) -> str:
    assert answer.status_code == status
    return squeezed(answer.content.decode().replace("&#x27;", "'"))


@pytest.fixture
def alice(cast: Cast) -> Client:
    return signed_in(cast.alice)


def test_an_owner_sets_it_and_removes_it(
    cast: Cast, alice: Client, assistant: Assistant, test_set: TestSet
) -> None:
    key = rows_of(test_set)[0].key
    form = {
        "test_set": test_set.id,
        "main_metric": "score",
        "margin": "7.5",
        "oldest_days": " 3 ",
        "required": f"\n{key}\r\n\r\n",
        "no_worse_row": "1",
    }
    page = page_of(alice.post(url(assistant, "publish_gate"), form, follow=True))
    assert "The publish gate is set." in page
    assert 'value="7.5"' in page
    found = PublishGate.objects.get()
    assert (found.margin, found.oldest_days, found.no_worse_row) == (0.075, 3, True)
    assert (found.required, found.main_metric) == ([key], "score")
    page = page_of(alice.post(url(assistant, "remove_gate"), follow=True))
    assert "There is no gate" in page
    assert not PublishGate.objects.exists()


def test_what_was_typed_stays_with_the_error_under_its_field(
    alice: Client, assistant: Assistant, test_set: TestSet
) -> None:
    form = {"test_set": test_set.id, "margin": "much", "oldest_days": "3", "required": "a\nb"}
    page = page_of(alice.post(url(assistant, "publish_gate"), form), 422)
    assert 'id="e-margin">Enter a number. Write a point' in page
    assert 'value="much"' in page
    for wrong, field in (
        ({"test_set": ""}, "test_set"),
        ({"test_set": "testset_none"}, "test_set"),
        ({"main_metric": "speed"}, "main_metric"),
        ({"margin": "7,5"}, "margin"),
        ({"margin": "101"}, "margin"),
        ({"oldest_days": "9" * 30}, "oldest_days"),
        ({}, "required"),
    ):
        body = {**form, "margin": "5", **wrong}
        page = page_of(alice.post(url(assistant, "publish_gate"), body), 422)
        assert f'id="e-{field}"></p>' not in page


def test_the_dialog_says_what_is_missing_and_where_to_get_it(
    cast: Cast, assistant: Assistant, test_set: TestSet
) -> None:
    bob = signed_in(cast.bob)
    dialog = page_of(bob.get(url(assistant, "publish_draft")))
    assert "No experiment has tested this configuration." in dialog
    assert f"set={test_set.id}&amp;a={assistant.id}&amp;metric=pass" in dialog
    refused = bob.post(url(assistant, "publish_draft"), {"note": "n"}, headers=HTMX)
    assert "No experiment has tested this configuration." in page_of(refused, 409)
    # Without scripts, the page of the changes says it.
    page = page_of(bob.post(url(assistant, "publish_draft"), {"note": "n"}, follow=True))
    assert "No experiment has tested this configuration." in page
    assert bob.post(url(assistant, "publish_draft"), {"override": "x"}).status_code == 403
    experiment = compared(cast, assistant, test_set)
    dialog = page_of(bob.get(url(assistant, "publish_draft")))
    assert "It passes the publish gate" in dialog
    assert reverse("experiment", args=[cast.project.id, experiment.id]) in dialog
    bob.post(url(assistant, "publish_draft"), {"note": "n"})
    assert AssistantVersion.objects.get(assistant_id=assistant.id, number=3).note == "n"
    history = page_of(bob.get(url(assistant, "versions")))
    assert "Passed the gate" in history
    assert f"/experiments/{experiment.id}/" in history
    delete_experiment(project=cast.project, experiment_id=experiment.id, name=experiment.name)
    history = page_of(bob.get(url(assistant, "versions")))
    assert "Passed the gate" in history
    assert f"<bdi>{experiment.name}</bdi>(deleted)" in history
    assert f"/experiments/{experiment.id}/" not in history


def test_an_older_version_is_refused_on_the_gates_page_where_an_owner_may_publish_it(
    alice: Client, assistant: Assistant, test_set: TestSet
) -> None:
    page = page_of(alice.post(url(assistant, "restore_version", 1), follow=True))
    assert "Version 1" in page
    assert "No experiment has tested this configuration." in page
    assert f"v=1&amp;set={test_set.id}&amp;a={assistant.id}&amp;metric=pass" in page
    alice.post(url(assistant, "restore_version", 1), {"override": "The newest one lies."})
    assert list_versions(assistant.project, assistant.id)[0].number == 3
    history = page_of(alice.get(url(assistant, "versions")))
    assert "Published over the gate" in history
    assert "The newest one lies." in history


def test_a_refusal_names_rows_as_other_pages_do(
    cast: Cast, assistant: Assistant, test_set: TestSet
) -> None:
    key = rows_of(test_set)[6].key
    gate(cast, assistant, test_set, required=[key])
    experiment = compared(cast, assistant, test_set)
    failed = experiment.cells.filter(row__key=key, variant__position=1)
    failed.update(passed=False, figure=0.0)
    dialog = page_of(signed_in(cast.bob).get(url(assistant, "publish_draft")))
    said = isolated("Question 6?")
    assert f"1 required row doesn't pass in all of its repeats: 7 ({said})" in dialog
    assert key not in dialog


@pytest.mark.parametrize("number", ["0", "2", "99", "x", "-1", "9" * 30])
def test_numbers_that_say_nothing_are_no_fault(
    alice: Client, assistant: Assistant, number: str
) -> None:
    page_of(alice.get(url(assistant, "publish_gate"), {"v": number}))


def test_it_shows_the_margin_that_an_unchanged_assistant_keeps(
    cast: Cast, alice: Client, assistant: Assistant, test_set: TestSet
) -> None:
    assert "39 of 40 cases" not in page_of(alice.get(url(assistant, "publish_gate")))
    compared(cast, assistant, test_set)
    assert "39 of 40 cases" in page_of(alice.get(url(assistant, "publish_gate")))


def test_a_test_set_of_a_gate_is_not_deleted(
    alice: Client, assistant: Assistant, test_set: TestSet
) -> None:
    address = reverse("delete_test_set", args=[assistant.project_id, test_set.id])
    page = page_of(alice.post(address, {"confirm": test_set.name}, follow=True))
    assert "asks for this test set" in page
    assert TestSet.objects.filter(pk=test_set.pk).exists()


def test_the_api_answers_409_and_tells_clients_not_to_try_again(
    cast: Cast, assistant: Assistant
) -> None:
    api, address = api_client(cast.key), f"/v1/assistants/{assistant.id}"
    answer = api.post(address, {"temperature": 0.5}, "application/json")
    assert answer.status_code == 409
    assert answer.json()["error"]["code"] == "publish_gate"
    assert answer["x-should-retry"] == "false"
    assert api.post(address, {"name": "N"}, "application/json").status_code == 200
