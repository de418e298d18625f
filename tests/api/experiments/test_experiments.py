"""`/v1/playground/experiments`: experiments that programs start, follow and read."""

import csv
import json
from decimal import Decimal
from io import StringIO
from typing import Any
from xml.etree import ElementTree

import pytest
from django.contrib.auth.models import User

from assistants_app.domain.experiments.grades import GRADE, PREFERENCE
from assistants_app.gateway.prices import forget_prices
from assistants_app.models import (
    Experiment,
    ExperimentCell,
    ExperimentGrade,
    ExperimentRow,
    ModelEndpoint,
    ModelPrice,
    TestSet,
)
from tests.cast import Cast, api_client
from tests.services.test_sets.sets import add_row, new_set
from tests.web.experiments.made import CONTAINS, end, fail, grade, grade_all

Json = dict[str, Any]
PATH = "/v1/playground/experiments"
TWO = [{"assistant": "Secret"}, {"assistant": "Secret", "temperature": 0.2, "name": "Cooler"}]


@pytest.fixture
def test_set(cast: Cast) -> TestSet:
    found = new_set(cast)
    for number in range(3):
        add_row(cast, found, f"Question {number}?", checks=[CONTAINS], description=f"Row {number}")
    return found


def send(cast: Cast, body: Json, *, key: str = "", path: str = PATH, **headers: str) -> Any:
    client = api_client(key or cast.key)
    return client.post(path, json.dumps(body), "application/json", headers=headers)


def create(cast: Cast, **fields: Any) -> Json:
    answer = send(cast, {"test_set": "Questions", "variants": TWO, **fields})
    assert answer.status_code == 200, answer.json()
    made: Json = answer.json()
    return made


def get(cast: Cast, experiment_id: str, *, rest: str = "") -> Any:
    return api_client(cast.key).get(f"{PATH}/{experiment_id}{rest}")


def refusal(cast: Cast, body: Json, status: int = 400) -> tuple[str, str | None]:
    answer = send(cast, body)
    assert answer.status_code == status, answer.json()
    assert not Experiment.objects.exists()
    error = answer.json()["error"]
    return error["message"], error["param"]


def finished(cast: Cast, made: Json, letters: list[str]) -> Json:
    """Let all cells end ("p" for passed), and return the object of the experiment."""
    experiment = Experiment.objects.get(pk=made["id"])
    grade_all(experiment, letters)
    end(experiment)
    found: Json = get(cast, made["id"]).json()
    return found


def test_an_experiment_starts_with_what_the_request_says(cast: Cast, test_set: TestSet) -> None:
    made = create(
        cast,
        name="Nightly",
        repeats=2,
        at_once=3,
        margin=0.05,
        main_metric="score",
        seed=11,
        gate={"margin": 0.2, "required_rows": [row.row.key for row in _rows(test_set)[:1]]},
    )
    stored = Experiment.objects.get(pk=made["id"])
    assert (stored.state, stored.test_set_id, stored.cells.count()) == ("running", test_set.pk, 12)
    assert (made["name"], made["status"], made["result"]) == ("Nightly", "running", None)
    assert (made["repeats"], made["at_once"], made["margin"], made["seed"]) == (2, 3, 0.05, 11)
    assert made["test_set"] == {"id": test_set.pk, "name": "Questions", "version": 1}
    assert made["gate"] == {
        "margin": 0.2,
        "required_rows": [_rows(test_set)[0].row.key],
        "no_worse_row": False,
    }
    assert made["progress"]["cells"] == made["progress"]["states"]["waiting"] == 12
    first, second = made["variants"]
    assert (first["baseline"], first["assistant_id"]) == (True, cast.assistant.pk)
    assert (second["name"], second["baseline"], second["cells"]) == ("Cooler", False, 6)
    assert first["digest"] != second["digest"]
    assert second["verdict"] is second["gate"] is None


def _rows(test_set: TestSet) -> Any:
    return test_set.working_rows.select_related("row").order_by("position")


def test_an_experiment_may_wait_for_its_start(cast: Cast, test_set: TestSet) -> None:
    made = create(cast, start=False, test_set=test_set.pk, variants=[{"model": "m"}])
    assert (made["status"], made["started_at"]) == ("ready", None)
    # A variant alone has to pass all rows.
    assert made["gate"]["required_rows"] == "all"
    assert made["variants"][0]["assistant_id"] is made["variants"][0]["version"] is None


def test_a_key_is_charged_for_what_it_starts(cast: Cast, test_set: TestSet) -> None:
    stored = Experiment.objects.get(pk=create(cast)["id"])
    assert stored.api_key_id.startswith("key_")


def test_only_some_rows_run(cast: Cast, test_set: TestSet) -> None:
    keys = [row.row.key for row in _rows(test_set)]
    made = create(cast, rows=keys[:2])
    assert made["progress"]["cells"] == 4
    gate = {"required_rows": keys[2:]}
    answer = send(cast, {"test_set": "Questions", "variants": TWO, "rows": keys[:2], "gate": gate})
    assert answer.status_code == 404
    assert answer.json()["error"]["param"] == "gate.required_rows"


@pytest.mark.parametrize(
    ("change", "status", "message", "param"),
    [
        ({"test_set": "None"}, 404, "No test set found with id or name 'None'.", "test_set"),
        ({"variants": [{}]}, 400, "A variant needs an 'assistant' or a 'model'.", "assistant"),
        ({"variants": []}, 400, "array too short", "variants"),
        ({"variants": [{"model": "m"}] * 9}, 400, "array too long", "variants"),
        ({"variants": [{"assistant": "No"}]}, 404, "No assistant found", "variants[0].assistant"),
        (
            {"variants": [{"model": "m"}, {"assistant": "Secret", "version": 9}]},
            404,
            "version",
            "variants[1].assistant",
        ),
        ({"variants": [{"model": "m", "version": 1}]}, 400, "Only an assistant has", "version"),
        ({"variants": [{"assistant_id": "asst_1"}]}, 400, "Use 'assistant'", "assistant_id"),
        ({"variants": [{"model": "m", "temperature": 3}]}, 400, "above max", "temperature"),
        ({"variants": [{"model": "m", "stream": True}]}, 400, "Unknown", "variants[0].stream"),
        ({"main_metric": "cost"}, 400, "The main metric is", "main_metric"),
        ({"margin": 0}, 400, "The margin is above 0", "margin"),
        ({"repeats": 0}, 400, "below minimum", "repeats"),
        ({"at_once": 33}, 400, "above maximum", "at_once"),
        ({"budget": -1}, 400, "below minimum", "budget"),
        ({"gate": {"margin": 2}}, 400, "above maximum", "gate.margin"),
        ({"gate": {"required_rows": ["x"]}}, 404, "No row found", "gate.required_rows"),
        ({"rows": []}, 400, "Choose at least one row", "rows"),
        ({"rows": ["x"]}, 404, "No row found", "rows"),
        ({"surprise": 1}, 400, "Unknown parameter: 'surprise'.", "surprise"),
    ],
)
def test_what_cannot_run_is_refused(
    cast: Cast, test_set: TestSet, change: Json, status: int, message: str, param: str
) -> None:
    body = {"test_set": "Questions", "variants": TWO, **change}
    said, named = refusal(cast, body, status)
    assert message in said
    assert (named or "").endswith(param)


def test_a_name_that_several_have_is_refused(cast: Cast, test_set: TestSet) -> None:
    again = new_set(cast, "Another?")
    said, param = refusal(cast, {"test_set": "Questions", "variants": TWO})
    assert (param, again.pk in said) == ("test_set", True)
    assert create(cast, test_set=again.pk)["progress"]["cells"] == 2


def test_an_empty_set_is_refused(cast: Cast) -> None:
    new_set(cast)
    said, _ = refusal(cast, {"test_set": "Questions", "variants": TWO})
    assert said == "The test set has no rows. Add some first."


def test_a_repeated_request_starts_nothing_twice(cast: Cast, test_set: TestSet) -> None:
    body = {"test_set": "Questions", "variants": TWO}
    first = send(cast, body, **{"idempotency-key": "night-1"})
    # By now nobody could make it again.
    TestSet.objects.filter(pk=test_set.pk).update(name="Renamed")
    again = send(cast, body, **{"idempotency-key": "night-1"})
    assert again.json()["id"] == first.json()["id"]
    assert again["idempotent-replayed"] == "true"
    assert Experiment.objects.count() == 1


def test_a_finished_experiment_says_what_it_has_shown(cast: Cast, test_set: TestSet) -> None:
    made = create(cast, gate={"margin": 1})
    found = finished(cast, made, ["pp", "pf", "pf"])
    assert (found["status"], found["result"]) == ("done", "passed")
    baseline, variant = found["variants"]
    assert (baseline["passed"], baseline["failed"], baseline["mean"]) == (3, 0, 1)
    assert (variant["passed"], variant["failed"], variant["mean"]) == (1, 2, 0.333333)
    assert (variant["cost"], variant["duration_seconds"]) == (0.006, 1.5)
    assert baseline["verdict"] is baseline["gate"] is None
    verdict = variant["verdict"]
    assert (verdict["n"], verdict["better"], verdict["worse"]) == (3, 0, 2)
    assert verdict["difference"] == -0.666667
    low, high = verdict["interval"]
    assert -1 <= low < verdict["difference"] < high <= 1
    assert verdict["points"][0] <= 100 * low
    assert "Cooler" in verdict["headline"] or verdict["kind"] == "too_few"
    assert verdict["basis"] == ["Based on 3 rows."]
    assert variant["gate"] == {"result": "passed", "refusals": []}


def test_it_says_what_people_have_said(cast: Cast, test_set: TestSet) -> None:
    made = create(cast)
    assert finished(cast, made, ["pp"] * 3)["variants"][1]["verdict"]["preference"] is None
    for position, row in enumerate(ExperimentRow.objects.order_by("position")[:2]):
        for place, cell in enumerate(row.cells.order_by("variant__position")):
            say(cell, cast.bob, PREFERENCE, place)
            say(cell, cast.vera, PREFERENCE, place if position else 0.5)
            if not position:
                say(cell, cast.bob, GRADE, 0.25 + place / 2)
                say(cell, cast.vera, GRADE, 0.5)
    # The account of one of them is gone.
    ExperimentGrade.objects.filter(person=cast.vera).update(person=None)
    baseline, variant = get(cast, made["id"]).json()["variants"]
    assert baseline["people"] == {
        "people": 2,
        "graded": 1,
        "grade": 0.375,
        "compared": 2,
        "preference": 0.125,
    }
    assert (variant["people"]["grade"], variant["people"]["preference"]) == (0.625, 0.875)
    preference = variant["verdict"]["preference"]
    assert (preference["share"], preference["votes"], preference["rows"]) == (0.875, 4, 2)
    low, high = preference["interval"]
    assert 0 <= low < 0.875 < high <= 1
    assert preference["headline"].startswith("Too few votes")


def say(cell: ExperimentCell, user: User, metric: str, value: float) -> None:
    ExperimentGrade.objects.create(
        cell=cell, person=user, name=user.username, metric=metric, value=value, given="given_1"
    )


def test_a_gate_says_why_a_variant_fails(cast: Cast, test_set: TestSet) -> None:
    keys = [row.row.key for row in _rows(test_set)]
    made = create(cast, gate={"margin": 1, "required_rows": "all", "no_worse_row": True})
    found = finished(cast, made, ["pp", "pf", "fp"])
    assert found["result"] == found["variants"][1]["gate"]["result"] == "failed"
    refusals = {one["code"]: one for one in found["variants"][1]["gate"]["refusals"]}
    assert set(refusals) == {"required_rows", "worse_rows"}
    assert refusals["required_rows"]["rows"] == refusals["worse_rows"]["rows"] == [keys[1]]
    assert keys[1] in refusals["worse_rows"]["message"]


def test_faults_of_the_provider_are_no_failure(cast: Cast, test_set: TestSet) -> None:
    found = finished(cast, create(cast), ["pp", "pe", "pe"])
    assert (found["result"], found["progress"]["faults"]) == ("error", 2)
    variant = found["variants"][1]
    assert (variant["faults"], variant["without_result"]) == (2, 2)
    assert (variant["verdict"]["kind"], variant["verdict"]["reason"]) == ("none", "faults")
    assert variant["verdict"]["interval"] is variant["verdict"]["difference"] is None
    assert [one["code"] for one in variant["gate"]["refusals"]] == ["no_verdict"]


def test_an_experiment_is_cancelled_once(cast: Cast, test_set: TestSet) -> None:
    made = create(cast)
    path = f"{PATH}/{made['id']}/cancel"
    cancelled = send(cast, {}, path=path)
    assert (cancelled.status_code, cancelled.json()["status"]) == (200, "cancelled")
    assert cancelled.json()["progress"]["states"]["skipped"] == 6
    assert cancelled.json()["result"] is None
    again = send(cast, {}, path=path)
    assert (again.status_code, "has ended" in again.json()["error"]["message"]) == (400, True)


def test_a_budget_is_raised(cast: Cast, test_set: TestSet) -> None:
    ModelPrice.objects.create(project=cast.project, model="m", prompt=1, cached=1, completion=1)
    forget_prices(cast.project.id)
    made = create(cast, variants=[{"model": "m"}], budget=0.5)
    over = Experiment.objects.get().cells.order_by("place")[0]
    fail(over, "over_budget")
    path = f"{PATH}/{made['id']}/budget"
    answer = send(cast, {"budget": 0.7}, path=path)
    assert answer.status_code == 200
    assert (answer.json()["budget"], answer.json()["progress"]["states"]["waiting"]) == (0.7, 3)
    assert Experiment.objects.get().cap == Decimal("0.7")
    for body, param in (
        ({"budget": 0.7}, "budget"),
        ({"budget": 2_000_000}, "budget"),
        ({"budget": "much"}, "budget"),
        ({}, "budget"),
    ):
        refused = send(cast, body, path=path)
        assert refused.status_code == 400
        assert refused.json()["error"]["param"] == param


def test_experiments_are_listed_in_pages(cast: Cast, test_set: TestSet) -> None:
    made = [create(cast, name=str(number), start=number > 0)["id"] for number in range(3)][::-1]
    client = api_client(cast.key)
    page = client.get(f"{PATH}?limit=2").json()
    assert [one["id"] for one in page["data"]] == made[:2]
    assert (page["has_more"], page["data"][0]["progress"]) == (True, {"cells": 6, "ended": 0})
    assert client.get(f"{PATH}?after={made[1]}").json()["data"][0]["id"] == made[2]
    assert [one["id"] for one in client.get(f"{PATH}?status=ready").json()["data"]] == made[2:]
    assert len(client.get(f"{PATH}?test_set_id={test_set.pk}").json()["data"]) == 3
    assert client.get(f"{PATH}?test_set_id=testset_none").json()["data"] == []
    answer = client.get(f"{PATH}?status=late")
    assert (answer.status_code, answer.json()["error"]["param"]) == (400, "status")


def test_an_experiment_of_another_project_is_unknown(cast: Cast, test_set: TestSet) -> None:
    made = create(cast)
    for rest in ("", "/results"):
        answer = api_client(cast.strangers_key).get(f"{PATH}/{made['id']}{rest}")
        assert answer.status_code == 404
    Experiment.objects.update(deleted_at=test_set.created_at)
    assert get(cast, made["id"]).status_code == 404


def test_junit_has_a_case_for_each_cell(cast: Cast, test_set: TestSet) -> None:
    made = create(cast, variants=[{"model": "m", "name": "A"}, {"model": "m", "name": "A"}])
    experiment = Experiment.objects.get(pk=made["id"])
    first, second = ExperimentCell.objects.filter(experiment=experiment, row__position=0)
    grade(first)
    grade(second, passed=False)
    for cell in ExperimentCell.objects.filter(experiment=experiment, row__position=1):
        fail(cell)
    answer = get(cast, made["id"], rest="/results")
    assert answer["content-type"] == "application/xml"
    root = ElementTree.fromstring(answer.content)
    counts = [root.get(name) for name in ("tests", "failures", "errors", "skipped")]
    assert counts == ["6", "1", "2", "2"]
    assert {suite.get("name") for suite in root} == {"A", "A (2)"}
    [failure] = root.iter("failure")
    assert failure.text is not None
    assert "It has none of the texts." in failure.text
    assert failure.text.endswith("Reply: Rome.")
    assert "Row 0" in str([case.get("name") for case in root.iter("testcase")])
    # A row is called by what it asks.
    row = ExperimentRow.objects.get(experiment=experiment, position=0)
    turn = {"role": "user", "content": "Capital of {{country}}?"}
    row.content = {"turns": [turn], "variables": {"country": "France"}}
    row.save()
    root = ElementTree.fromstring(get(cast, made["id"], rest="/results").content)
    assert "Capital of France?" in str([case.get("name") for case in root.iter("testcase")])


def test_the_matrix_comes_as_csv(cast: Cast, test_set: TestSet) -> None:
    made = create(cast)
    finished(cast, made, ["pp", "pf", "fp"])
    answer = get(cast, made["id"], rest="/results?format=csv")
    head, *lines = csv.reader(StringIO(answer.content.decode()))
    assert answer["content-type"].startswith("text/csv")
    assert [head[0], head[6]] == ["row", "Cooler: passed"]
    assert [(line[1], line[2], line[6]) for line in lines] == [
        ("Row 0", "1/1", "1/1"),
        ("Row 1", "1/1", "0/1"),
        ("Row 2", "0/1", "1/1"),
    ]
    assert {line[5] for line in lines} == {"0.002"}
    # Nobody knows what a model without a price costs.
    Experiment.objects.update(prices={"m": {"price": None, "origin": ""}})
    answer = get(cast, made["id"], rest="/results?format=csv")
    _, *lines = csv.reader(StringIO(answer.content.decode()))
    assert {line[5] for line in lines} == {""}
    answer = get(cast, made["id"], rest="/results?format=pdf")
    assert (answer.status_code, answer.json()["error"]["param"]) == (400, "format")


def test_a_report_takes_the_same_queries_for_any_number_of_rows(
    cast: Cast, test_set: TestSet, django_assert_max_num_queries: Any
) -> None:
    made = create(cast, repeats=3)
    finished(cast, made, ["pp"] * 3)
    with django_assert_max_num_queries(25):
        get(cast, made["id"])
    with django_assert_max_num_queries(25):
        get(cast, made["id"], rest="/results")


def test_a_budget_is_exact_and_needs_prices(
    cast: Cast, test_set: TestSet, endpoint: ModelEndpoint
) -> None:
    ModelEndpoint.objects.filter(pk=endpoint.pk).update(base_url="https://models.invalid/v1")
    body = {"test_set": "Questions", "variants": [{"model": "m"}], "budget": 0.1}
    message, param = refusal(cast, body)
    assert (message.startswith("A budget needs the price"), param) == (True, "budget")
    ModelPrice.objects.create(project=cast.project, model="m", prompt=1, cached=1, completion=1)
    forget_prices(cast.project.id)
    made = create(cast, **body)
    assert made["budget"] == 0.1
    assert Experiment.objects.get(pk=made["id"]).cap == Decimal("0.1")
