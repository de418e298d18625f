"""The form of a new experiment: what it will take, errors under their fields, and its start."""

import re
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from django.test import Client
from django.utils.html import escape

from assistants_app.gateway.endpoints import ModelsOfEndpoint
from assistants_app.models import Assistant, AssistantDraft, Experiment, ModelPrice, TestSet
from assistants_app.providers.endpoint import Endpoint, ModelInfo
from assistants_app.services.test_sets.rows import delete_test_rows
from assistants_app.services.test_sets.sets import add_sample_set
from assistants_app.web.experiments.first_values import BRIEF
from tests.cast import Cast
from tests.services.test_sets.sets import add_row, new_set, rows_of
from tests.web.experiments.made import end, grade_all, make_experiment
from tests.web.pages import HTMX, project_url, shown, signed_in, squeezed

pytestmark = pytest.mark.django_db(transaction=True)
FORM_ID = re.compile(r'name="form_id" value="([^"]+)"')
LIST_MODELS = "assistants_app.web.experiments.first_values.list_models"


@pytest.fixture
def bob(cast: Cast) -> Client:
    return signed_in(cast.bob)


@pytest.fixture
def sample(cast: Cast) -> TestSet:
    for model in ("m", "n"):
        ModelPrice.objects.create(
            project=cast.project, model=model, prompt=1, cached=1, completion=1000
        )
    return add_sample_set(project=cast.project, author=cast.bob)


def typed(sample: TestSet, **changed: str) -> dict[str, str]:
    return {
        "test_set": sample.id,
        "name": "",
        "variants": "2",
        "model-0": "m",
        "model-1": "n",
        "repeats": "2",
        "at_once": "4",
        "main_metric": "pass",
        "margin": "10",
        "cap": "",
        "judge_model": "",
        **changed,
    }


def post(cast: Cast, client: Client, name: str, body: dict[str, str]) -> Any:
    return client.post(project_url(cast, name), body)


def test_it_creates_starts_and_opens_the_experiment(
    cast: Cast, bob: Client, sample: TestSet
) -> None:
    body = typed(
        sample,
        **{"name-1": " New ", "temperature-1": "0.5", "cap": "1,002.50", "margin": "7.5"},
        **{"max_completion_tokens-1": " 80 "},
    )
    made = post(cast, bob, "new_experiment", body)
    experiment = Experiment.objects.get()
    assert made["Location"] == project_url(cast, "experiment", experiment.id)
    assert (experiment.state, experiment.repeats, experiment.margin) == ("running", 2, 0.075)
    assert str(experiment.cap.normalize()) == "1002.5"
    variants = list(experiment.variants.order_by("position"))
    assert [one.name for one in variants] == ["m", "New"]
    values = [one.configuration["values"] for one in variants]
    assert [one["temperature"] for one in values] == [None, 0.5]
    assert [one["max_completion_tokens"] for one in values] == [None, 80]
    assert experiment.cells.count() == 12 * 2 * 2


def test_a_form_that_is_sent_twice_creates_one_experiment(
    cast: Cast, bob: Client, sample: TestSet
) -> None:
    [form_id] = FORM_ID.findall(shown(cast, "new_experiment"))
    body = typed(sample, form_id=form_id)
    with ThreadPoolExecutor(2) as pool:
        answers = [
            pool.submit(post, cast, signed_in(cast.bob), "new_experiment", body) for _ in "ab"
        ]
    experiment = Experiment.objects.get()
    page = project_url(cast, "experiment", experiment.id)
    assert [answer.result()["Location"] for answer in answers] == [page, page]
    assert post(cast, bob, "new_experiment", body)["Location"] == page
    # Somebody who stops the request and changes the form wants another experiment.
    assert post(cast, bob, "new_experiment", {**body, "repeats": "1"})["Location"] != page


def test_a_form_with_an_error_can_be_sent_again(cast: Cast, bob: Client, sample: TestSet) -> None:
    body = typed(sample, form_id="form_1", test_set="")
    assert [post(cast, bob, "new_experiment", body).status_code for _ in "ab"] == [422, 422]
    assert post(cast, bob, "new_experiment", typed(sample, form_id="form_1")).status_code == 302


@pytest.mark.parametrize(
    ("body", "where", "says"),
    [
        ({"test_set": ""}, "test_set", "Choose"),
        ({"repeats": "many"}, "repeats", "1 to"),
        ({"repeats": "0"}, "repeats", "1 to"),
        ({"at_once": "33"}, "at_once", "32"),
        ({"margin": "wide"}, "margin", "number"),
        ({"margin": "0"}, "margin", "above 0, and at most 100"),
        ({"margin": "101"}, "margin", "above 0, and at most 100"),
        ({"margin": "7,5"}, "margin", "commas only between thousands"),
        ({"cap": "a lot"}, "cap", "number"),
        ({"cap": "nan"}, "cap", "number"),
        ({"cap": "1e2"}, "cap", "number"),
        ({"cap": "7,50"}, "cap", "commas only between thousands"),
        ({"cap": "1000001"}, "cap", "$1,000,000"),
        ({"cap": f"0.{'0' * 12}1"}, "cap", "at most 12 decimal places"),
        ({"temperature-1": "9"}, "temperature-1", "2"),
        ({"temperature-0": "warm"}, "temperature-0", "number"),
        ({"max_completion_tokens-1": "few"}, "max_completion_tokens-1", "whole number"),
        ({"max_completion_tokens-1": "0"}, "max_completion_tokens-1", "1 or more"),
        ({"model-0": ""}, "model-0", "Choose a model"),
        ({"assistant-1": "asst_none"}, "assistant-1", "asst_none"),
        ({"main_metric": "metric:"}, "main_metric", ""),
        ({"main_metric": "metric:".ljust(301, "x")}, "main_metric", "300 characters"),
        ({"name": "x" * 300}, "name", ""),
    ],
)
def test_what_is_refused_is_said_under_its_field_and_nothing_is_lost(
    cast: Cast, bob: Client, sample: TestSet, body: dict[str, str], where: str, says: str
) -> None:
    answer = post(cast, bob, "new_experiment", typed(sample, **{"name-1": "Kept", **body}))
    assert answer.status_code == 422
    page = answer.content.decode()
    error = page.split(f'id="e-{where}">')[1].split("<")[0]
    assert error.strip()
    assert says in error
    assert 'value="Kept"' in page
    assert not Experiment.objects.exists()


def test_a_set_that_is_gone_is_said_under_its_field(
    cast: Cast, bob: Client, sample: TestSet
) -> None:
    answer = post(cast, bob, "new_experiment", typed(sample, test_set="testset_gone"))
    assert answer.status_code in (404, 422)
    assert not Experiment.objects.exists()


def test_it_begins_with_the_published_version_and_the_draft(cast: Cast, bob: Client) -> None:
    AssistantDraft.objects.create(
        assistant=cast.assistant, user=cast.bob, base_number=0, changes={"model": "x"}
    )
    form = squeezed(shown(cast, "new_experiment", a=cast.assistant.id))
    assert form.count('value="published" selected') == 1
    assert form.count('value="draft" selected') == 1


def only(model: str, *, demo: bool = False) -> list[ModelsOfEndpoint]:
    endpoint = Endpoint(name="Only", base_url="http://only", api_key="", demo=demo)
    return [ModelsOfEndpoint(endpoint, [ModelInfo(model, 0, "")])]


def test_without_an_assistant_it_begins_with_models(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    Assistant.objects.all().delete()
    assert 'name="model-1"' in squeezed(shown(cast, "new_experiment"))
    monkeypatch.setattr(LIST_MODELS, lambda project_id: only("only-model"))
    form = squeezed(shown(cast, "new_experiment"))
    assert form.count('maxlength="256" value="only-model"') == 2
    assert 'value="Temperature 0"' in form
    assert 'value="Temperature 1"' in form
    assert "are configured alike" not in form


@pytest.mark.parametrize("demo", [True, False])
def test_replies_of_the_bundled_model_are_kept_short(
    cast: Cast, monkeypatch: pytest.MonkeyPatch, demo: bool
) -> None:
    monkeypatch.setattr(LIST_MODELS, lambda project_id: only("m", demo=demo))
    form = squeezed(shown(cast, "new_experiment"))
    assert form.count(f'value="{BRIEF}"') == (2 if demo else 0)
    # The assistant's own temperature is compared with another one.
    assert form.count('value="Temperature 1"') == 1
    # A gate accepts the assistant only as it is.
    assert f'value="{BRIEF}"' not in shown(cast, "new_experiment", a=cast.assistant.id)


def test_it_can_begin_like_an_earlier_experiment(cast: Cast) -> None:
    earlier = make_experiment(cast, repeats=3, margin=0.05, at_once=7)
    form = squeezed(shown(cast, "new_experiment", like=earlier.id))
    for value in ("m-one", "m-two", "3", "5", "7"):
        assert f'value="{value}"' in form
    assert f'value="{earlier.test_set_id}" selected' in form


def test_variants_are_added_and_removed_with_what_was_typed(
    cast: Cast, bob: Client, sample: TestSet
) -> None:
    three = post(cast, bob, "experiment_variants", {**typed(sample), "more": "1"}).content.decode()
    assert three.count('value="n"') == 2
    body = {**typed(sample, variants="3", **{"model-2": "o"}), "less": "1"}
    two = post(cast, bob, "experiment_variants", body).content.decode()
    assert [two.count(f'value="{model}"') for model in ("m", "n", "o")] == [1, 0, 1]


def test_versions_follow_the_assistant_and_leave_what_was_typed(
    cast: Cast, bob: Client, sample: TestSet
) -> None:
    body = {**typed(sample, **{"assistant-1": cast.assistant.id}), "of": "1"}
    field = post(cast, bob, "experiment_variants", body).content.decode()
    assert 'id="version-1"' in field
    assert "model-1" not in field
    without = post(cast, bob, "experiment_variants", {**typed(sample), "of": "0"}).content.decode()
    assert "<select" not in without


def planned(cast: Cast, client: Client, body: dict[str, str]) -> str:
    answer: Any = client.post(project_url(cast, "experiment_plan"), body, headers=HTMX)
    assert answer.status_code == 200
    return squeezed(answer.content.decode())


def test_the_plan_says_what_it_takes_and_can_show(cast: Cast, bob: Client, sample: TestSet) -> None:
    plan = planned(cast, bob, typed(sample))
    assert "<dt>Cells</dt><dd>48</dd>" in plan
    assert "12 rows show a difference of" in plan
    cheap = planned(cast, bob, typed(sample, cap="0.01"))
    assert "more than the budget of $0.01" in cheap
    assert "Choose a test set" in planned(cast, bob, typed(sample, test_set=""))
    assert "Correct the numbers" in planned(cast, bob, typed(sample, margin="x"))
    assert "Correct the numbers" in planned(cast, bob, typed(sample, repeats="1,0"))
    assert "Choose the variants" in planned(cast, bob, typed(sample, **{"model-1": " "}))
    assert "are configured alike" not in plan
    assert "A and B are configured alike" in planned(cast, bob, typed(sample, **{"model-1": "m"}))
    refused = planned(cast, bob, typed(sample, **{"temperature-1": "9"}))
    assert "<dt>" not in refused
    empty = new_set(cast)
    assert "no rows yet" in planned(cast, bob, typed(sample, test_set=empty.id))


def test_the_metrics_of_the_set_can_be_the_main_one(
    cast: Cast, bob: Client, sample: TestSet
) -> None:
    test_set = new_set(cast)
    of_thread = {"kind": "refusal", "metric": "polite"}
    of_turn = {"kind": "refusal", "metric": "a <brief> one"}
    add_row(cast, test_set, "Hello", checks=[of_thread], turn_checks={"0": [of_turn]})
    plan = planned(cast, bob, typed(sample, test_set=test_set.id))
    assert '<option value="metric:polite">polite</option>' in plan
    assert "a &lt;brief&gt; one" in plan
    assert "metric:polite" not in planned(cast, bob, typed(sample))


def keys_of(test_set: TestSet) -> list[str]:
    return [row.key for row in rows_of(test_set)]


def keys_in(experiment: Experiment) -> list[str]:
    return list(experiment.rows.order_by("position").values_list("key", flat=True))


def test_only_the_rows_that_were_chosen_run(cast: Cast, bob: Client, sample: TestSet) -> None:
    first, second, *_ = keys_of(sample)
    chosen = {"rows": "chosen", "row_ids": f"\n {second}\r\n{first}\n"}
    planned = squeezed(post(cast, bob, "experiment_plan", typed(sample, **chosen)).content.decode())
    # Two rows, two variants, two repeats.
    assert "<dt>Cells</dt><dd>8</dd>" in planned
    post(cast, bob, "new_experiment", typed(sample, **chosen))
    experiment = Experiment.objects.get()
    assert (keys_in(experiment), experiment.left_out) == ([first, second], 10)
    assert "without 10 rows" in squeezed(shown(cast, "experiment", experiment.id))
    # Those that were chosen are chosen again, whatever was chosen in the form before.
    again = shown(cast, "new_experiment", like=experiment.id)
    assert f">{first}\n{second}</textarea>" in again
    assert 'value="chosen" checked' in squeezed(again)


def test_the_rows_that_failed_last_time_run_again(cast: Cast, bob: Client) -> None:
    experiment = make_experiment(cast, "One?", "Two?", "Three?")
    test_set = TestSet.objects.get(pk=experiment.test_set_id)
    body = typed(test_set, rows="failed")
    nothing = "No row of this test set failed in its last experiment."
    assert nothing in post(cast, bob, "experiment_plan", body).content.decode()
    refused = post(cast, bob, "new_experiment", body)
    assert refused.status_code == 422
    assert f'id="e-rows">{nothing}' in refused.content.decode()
    grade_all(experiment, ["pp", "pf", "ff"])
    end(experiment)
    gone, *_ = (
        row.key for row in rows_of(test_set) if row.row.content["turns"][0]["content"] == "Two?"
    )
    delete_test_rows(project=cast.project, set_id=test_set.id, keys=[gone])
    post(cast, bob, "new_experiment", body)
    newest = Experiment.objects.order_by("-pk")[0]
    assert newest.pk != experiment.pk
    assert [row.content["turns"][0]["content"] for row in newest.rows.all()] == ["Three?"]


@pytest.mark.parametrize("ids", ["", " \n ", "row_none", "a" * 300, "<b>"])
def test_rows_that_are_not_there_are_said_under_their_field(
    cast: Cast, bob: Client, sample: TestSet, ids: str
) -> None:
    body = typed(sample, rows="chosen", row_ids=ids)
    page = post(cast, bob, "new_experiment", body)
    assert page.status_code == 422
    html = page.content.decode()
    assert '<p class="error" id="e-rows"></p>' not in html
    assert f"{escape(ids)}</textarea>" in html
    assert not Experiment.objects.exists()
    assert post(cast, bob, "experiment_plan", body).status_code == 200


def test_the_table_of_tests_sends_the_rows_that_are_selected(
    cast: Cast, bob: Client, sample: TestSet
) -> None:
    url = f"{project_url(cast, 'experiment_of_rows')}?set={sample.id}"
    assert f'formaction="{url}"' in shown(cast, "test_set", sample.id)
    first, second, *_ = keys_of(sample)
    page: Any = bob.post(url, {"id": [first, second]})
    assert page.status_code == 200
    html = squeezed(page.content.decode())
    assert 'value="chosen" checked' in html
    assert f"{first} {second}</textarea>" in html
    assert f'value="{sample.id}" selected' in html
