"""All columns get a message or none does, and one output answers the same call of all."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection

from assistants_app import conf
from assistants_app.domain.errors import ApiError, InvalidRequest, NotFound
from assistants_app.models import Message, Run, Thread
from assistants_app.services.acting import Actor, acting
from assistants_app.services.compare.turns import LATE, answer_columns, stop_columns
from assistants_app.services.runs import room
from tests.cast import Cast
from tests.services.compare.made import (
    MODELS,
    ask,
    compare,
    finish,
    lanes_of,
    run_of,
    wait_for_outputs,
)

pytestmark = pytest.mark.django_db(transaction=True)


def test_a_message_reaches_all_columns_and_names_the_comparison(cast: Cast) -> None:
    comparison = compare(cast, repeats=2)
    ask(cast, comparison, "Why \n is  it?")
    lanes = lanes_of(comparison)
    assert [run_of(lane).model for lane in lanes] == [MODELS[0], MODELS[0], MODELS[1], MODELS[1]]
    assert Message.objects.filter(thread_id__in=[lane.thread_id for lane in lanes]).count() == 4
    comparison.refresh_from_db()
    assert comparison.title == "Why is it?"


def test_no_column_gets_a_message_while_another_still_answers(cast: Cast) -> None:
    comparison = compare(cast)
    ask(cast, comparison)
    first, second = lanes_of(comparison)
    finish(first, "Because.")
    with pytest.raises(InvalidRequest, match="still answering"):
        ask(cast, comparison, "And?")
    assert Message.objects.filter(thread_id=first.thread_id, role="user").count() == 1
    finish(second, "So.")
    ask(cast, comparison, "And?")
    assert Message.objects.filter(thread_id=first.thread_id, role="user").count() == 2


def test_a_deleted_thread_does_not_stop_the_others(cast: Cast) -> None:
    comparison = compare(cast)
    first, second = lanes_of(comparison)
    Thread.objects.filter(pk=first.thread_id).delete()
    ask(cast, comparison)
    assert run_of(second).status == "queued"
    Thread.objects.filter(pk=second.thread_id).delete()
    with pytest.raises(InvalidRequest, match="were deleted"):
        ask(cast, comparison)


@pytest.mark.parametrize(("most", "says"), [(3, "starts 4 at once"), (4, "and has 1")])
def test_all_answers_of_all_columns_need_room(
    cast: Cast, monkeypatch: pytest.MonkeyPatch, most: int, says: str
) -> None:
    comparison = compare(cast, repeats=2)
    Run.objects.filter(pk=cast.run.id).update(status="in_progress")
    monkeypatch.setattr(conf, "RUNS_PER_PROJECT", most)
    monkeypatch.setattr(room, "_counted", {})
    with pytest.raises(ApiError, match=says) as refused:
        ask(cast, comparison)
    assert refused.value.http_status == 429
    assert not Message.objects.filter(thread_id__in=[a.thread_id for a in lanes_of(comparison)])
    Run.objects.filter(pk=cast.run.id).update(status="completed")
    monkeypatch.setattr(conf, "RUNS_PER_PROJECT", 4)
    monkeypatch.setattr(room, "_counted", {})
    ask(cast, comparison)
    assert {run_of(lane).status for lane in lanes_of(comparison)} == {"queued"}


def test_another_projects_comparison_is_not_found(cast: Cast) -> None:
    comparison = compare(cast)
    cast.project = cast.other_project
    with pytest.raises(NotFound):
        ask(cast, comparison)


def test_outputs_go_to_their_lanes(cast: Cast) -> None:
    comparison = compare(cast, {"model": "a"}, {"model": "b"}, {"model": "c"})
    ask(cast, comparison)
    lanes = lanes_of(comparison)
    for number, lane in enumerate(lanes):
        wait_for_outputs(lane, (f"call_{number}", "{}"))
    given = {lane.key: {f"call_{number}": "5°"} for number, lane in enumerate(lanes[:2])}
    refused = answer_columns(project=cast.project, comparison_id=comparison.id, outputs=given)
    assert refused == {}
    assert [run_of(lane).status for lane in lanes] == ["queued", "queued", "requires_action"]
    step = run_of(lanes[0]).steps.get()
    assert step.step_details["tool_calls"][0]["function"]["output"] == "5°"


def test_a_lane_that_refuses_does_not_stop_the_others(cast: Cast) -> None:
    comparison = compare(cast)
    ask(cast, comparison)
    first, second = lanes_of(comparison)
    wait_for_outputs(first, ("call_1", "{}"), ("call_2", "{}"))
    wait_for_outputs(second, ("call_3", "{}"))
    given = {first.key: {"call_1": "x"}, second.key: {"call_3": "x"}, "another": {"call_4": "x"}}
    refused = answer_columns(project=cast.project, comparison_id=comparison.id, outputs=given)
    assert list(refused) == [first.key]
    assert run_of(second).status == "queued"


def test_the_first_of_two_people_answers_all_columns(cast: Cast) -> None:
    comparison = compare(cast)
    ask(cast, comparison)
    lanes = lanes_of(comparison)
    for lane in lanes:
        wait_for_outputs(lane, ("call_1", "{}"))

    def answer(output: str) -> dict[str, str]:
        given = {lane.key: {"call_1": output} for lane in lanes}
        return answer_columns(project=cast.project, comparison_id=comparison.id, outputs=given)

    assert answer("5°") == {}
    # The second click of a double click has the same.
    assert answer("5°") == {}
    Run.objects.filter(pk=run_of(lanes[0]).pk).update(status="completed")
    assert answer("6°") == {lane.key: LATE for lane in lanes}
    for lane in lanes:
        [call] = run_of(lane).steps.get().step_details["tool_calls"]
        assert call["function"]["output"] == "5°"


def test_two_answers_at_once_are_not_mixed(cast: Cast) -> None:
    comparison = compare(cast, repeats=4)
    ask(cast, comparison)
    lanes = lanes_of(comparison)
    for lane in lanes:
        wait_for_outputs(lane, ("call_1", "{}"))

    def answer(output: str) -> dict[str, str]:
        given = {lane.key: {"call_1": output} for lane in lanes}
        try:
            return answer_columns(project=cast.project, comparison_id=comparison.id, outputs=given)
        finally:
            connection.close()

    with ThreadPoolExecutor() as pool:
        refused = list(pool.map(answer, ["rain", "snow"]))
    assert sorted(map(len, refused)) == [0, len(lanes)]
    found = {
        run_of(lane).steps.get().step_details["tool_calls"][0]["function"]["output"]
        for lane in lanes
    }
    assert len(found) == 1


def test_all_or_one_lane_can_be_stopped(cast: Cast) -> None:
    comparison = compare(cast, blind=True)
    ask(cast, comparison)
    first, second = lanes_of(comparison)
    editor = Actor(cast.project.id, "editor", user_id=cast.bob.pk)
    with acting(editor):
        stop_columns(project=cast.project, comparison_id=comparison.id, lane=first.key)
    assert (run_of(first).status, run_of(second).status) == ("cancelled", "queued")
    with acting(editor):
        stop_columns(project=cast.project, comparison_id=comparison.id)
    assert run_of(second).status == "cancelled"


def test_an_unvoted_editor_can_send_and_answer(cast: Cast) -> None:
    comparison = compare(cast, blind=True)
    with acting(Actor(cast.project.id, "editor", user_id=cast.bob.pk)):
        ask(cast, comparison)
        first, second = lanes_of(comparison)
        wait_for_outputs(first, ("call_1", "{}"))
        given = {first.key: {"call_1": "x"}}
        assert not answer_columns(project=cast.project, comparison_id=comparison.id, outputs=given)
    assert Run.objects.filter(thread_id=first.thread_id, status="queued").exists()
    assert run_of(second).status == "queued"
