"""Experiments are carried out by rounds that each begin with the rows."""

import threading
from collections import Counter
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.db import connection
from django.utils import timezone

from assistants_app.domain.rights import EDITOR, OWNER, VIEWER
from assistants_app.engine.experiments import driver
from assistants_app.engine.experiments.driver import drive
from assistants_app.engine.experiments.worker import ExperimentWorker
from assistants_app.gateway import endpoints
from assistants_app.models import (
    Experiment,
    ExperimentCell,
    ExperimentRow,
    Membership,
    Run,
    Thread,
)
from assistants_app.providers.endpoint import Endpoint
from assistants_app.services.acting import Actor, acting
from assistants_app.services.assistants.requests import delete_assistant
from assistants_app.services.experiments import cells as steps
from assistants_app.services.experiments.files import prepare_files
from assistants_app.services.experiments.lifecycle import (
    cancel_experiment,
    pause_experiment,
    resume_experiment,
)
from assistants_app.services.runs.requests import submit_tool_outputs
from assistants_app.services.runs.tapes import delete_tape, record_tape
from assistants_app.services.test_sets.rows import add_test_row
from assistants_app.services.test_sets.sets import delete_test_set
from assistants_app.services.threads.requests import delete_thread
from assistants_app.wire.runs.runs import ToolOutputsParams
from assistants_app.wire.validation import parse
from tests.cast import Cast
from tests.engine.carrying_out import execute
from tests.engine.experiments.carried_out import DRIVER, carry_out, make_round, queued
from tests.fakes.provider import ScriptedProvider
from tests.fakes.replies import Reply, ToolCall
from tests.live import wait_until
from tests.services.experiments.made import HELLO, cells_of, experiment_of, set_of
from tests.services.test_sets.sets import add_row, new_set

pytestmark = pytest.mark.django_db(transaction=True)


def test_each_cell_is_a_real_run_on_a_thread_of_its_own(
    cast: Cast, scripted: ScriptedProvider
) -> None:
    experiment = carry_out(experiment_of(cast, set_of(cast, 3), repeats=2))
    cells = cells_of(experiment)
    assert experiment.state == "done"
    assert experiment.finished_at is not None
    assert len(cells) == 12
    assert {(cell.state, cell.passed, cell.figure) for cell in cells} == {("done", True, 1.0)}
    threads = Thread.objects.filter(pk__in=[cell.thread_id for cell in cells])
    assert {thread.origin for thread in threads} == {"experiment"}
    assert len(threads) == len(scripted.completions) == 12
    runs = Run.objects.filter(origin="experiment")
    assert sorted(run.pk for run in runs) == sorted(run for cell in cells for run in cell.run_ids)
    assert {cell.reply for cell in cells} == {"Hello there, how can I help?"}
    assert {(cell.prompt_tokens, cell.completion_tokens) for cell in cells} == {(10, 5)}
    assert not ExperimentCell.objects.exclude(attempts=1).exists()


def test_variants_of_a_row_begin_together(cast: Cast, scripted: ScriptedProvider) -> None:
    experiment = experiment_of(cast, set_of(cast, 5), at_once=5)
    drive(DRIVER)
    begun = cells_of(experiment, state="running")
    # A third row would need a sixth place.
    assert [cell.place for cell in begun] == [0, 1, 2, 3]
    assert len({cell.row.key for cell in begun}) == 2
    carry_out(experiment)
    assert {cell.state for cell in cells_of(experiment)} == {"done"}


def test_more_variants_than_places_begin_as_places_get_free(
    cast: Cast, scripted: ScriptedProvider
) -> None:
    experiment = experiment_of(cast, set_of(cast, 2), at_once=1)
    drive(DRIVER)
    assert len(cells_of(experiment, state="running")) == 1
    assert carry_out(experiment).state == "done"


def test_messages_of_a_row_follow_each_other_on_one_thread(
    cast: Cast, scripted: ScriptedProvider
) -> None:
    test_set = new_set(cast)
    turns = [{"role": "user", "content": text} for text in ("Hi {{who}}", "And then?")]
    row = {"turns": turns, "variables": {"who": "Ann"}, "turn_checks": {"1": [HELLO]}}
    add_test_row(project=cast.project, set_id=test_set.pk, content=row, author=cast.alice)
    experiment = carry_out(experiment_of(cast, test_set, {}))
    [cell] = cells_of(experiment)
    assert (cell.state, cell.passed, len(cell.run_ids)) == ("done", True, 2)
    assert [outcome["turn"] for outcome in cell.outcomes] == [1]
    said = [message["content"] for message in scripted.completions[-1]["messages"]]
    assert said == ["Hi Ann", scripted.default.text, "And then?"]


def test_repeats_have_seeds_that_variants_share(cast: Cast, scripted: ScriptedProvider) -> None:
    carry_out(experiment_of(cast, set_of(cast, 2), repeats=2))
    seeds: dict[tuple[str, int], set[str]] = {}
    for body in scripted.completions:
        asked = body["messages"][-1]["content"]
        seeds.setdefault((asked, body["seed"]), set()).add(body["model"])
    assert len(seeds) == 4
    assert all(models == {"scripted-1", "scripted-2"} for models in seeds.values())


def test_a_cancelled_experiment_stops_its_runs(cast: Cast, scripted: ScriptedProvider) -> None:
    experiment = experiment_of(cast, set_of(cast, 3), at_once=2)
    drive(DRIVER)
    cancel_experiment(project=cast.project, experiment_id=experiment.pk)
    carry_out(experiment)
    assert experiment.state == "cancelled"
    assert {cell.state for cell in cells_of(experiment)} == {"skipped"}
    assert {run.status for run in Run.objects.filter(origin="experiment")} == {"cancelled"}
    assert scripted.completions == []


def test_a_cell_waits_for_a_person_without_a_place(cast: Cast, scripted: ScriptedProvider) -> None:
    tools = [{"type": "function", "function": {"name": "get_weather"}}]
    scripted.enqueue(Reply(tool_calls=[ToolCall("get_weather")]))
    experiment = experiment_of(cast, set_of(cast, 2), {"tools": tools}, at_once=1)
    make_round(experiment)
    make_round(experiment)
    [waiting] = cells_of(experiment, state="waiting_for_person")
    run = Run.objects.get(pk=waiting.run_id)
    assert run.expires_at > timezone.now() + timedelta(days=1000)
    # The place is free for the other row, and the experiment isn't done.
    carry_out(experiment)
    assert (experiment.state, len(cells_of(experiment, state="done"))) == ("running", 1)
    params = parse(
        ToolOutputsParams,
        {"tool_outputs": [{"tool_call_id": call_of(run), "output": "Sunny"}]},
    )
    submit_tool_outputs(project=cast.project, thread_id=run.thread_id, run_id=run.pk, params=params)
    assert carry_out(experiment).state == "done"
    run.refresh_from_db()
    assert run.expires_at < timezone.now() + timedelta(days=1)


def call_of(run: Run) -> str:
    assert run.required_action is not None
    calls = run.required_action["submit_tool_outputs"]["tool_calls"]
    return str(calls[0]["id"])


def test_mocks_of_a_row_answer_for_a_person(cast: Cast, scripted: ScriptedProvider) -> None:
    tools = [{"type": "function", "function": {"name": "get_weather"}}]
    scripted.enqueue(Reply(tool_calls=[ToolCall("get_weather")]))
    test_set = set_of(cast, 1, mocks={"get_weather": {"output": "Rain"}})
    [cell] = cells_of(carry_out(experiment_of(cast, test_set, {"tools": tools})))
    assert cell.state == "done"
    assert scripted.completions[-1]["messages"][-1]["content"] == "Rain"


def test_a_row_that_cannot_be_asked_leaves_the_others(
    cast: Cast, scripted: ScriptedProvider
) -> None:
    test_set = set_of(cast, 1)
    tape = record_tape(project=cast.project, run_ids=[cast.run.id], name="Weather")
    add_row(cast, test_set, "With a tape", tape=tape.id, checks=[HELLO])
    experiment = experiment_of(cast, test_set)
    delete_test_set(project=cast.project, set_id=test_set.pk)
    delete_tape(project=cast.project, tape_id=tape.id)
    carry_out(experiment)
    ends = sorted((cell.row.position, cell.state) for cell in cells_of(experiment))
    assert ends == [(0, "done"), (0, "done"), (1, "error"), (1, "error")]
    [bad, _] = cells_of(experiment, state="error")
    assert bad.error == {
        "code": "invalid_row",
        "message": f"No tape found with id '{tape.id}'.",
    }
    # Nothing of it is left behind.
    assert Thread.objects.filter(origin="experiment").count() == 2


@pytest.mark.parametrize("what", ["assistant", "set"])
def test_an_experiment_outlives_what_it_was_made_of(
    cast: Cast, scripted: ScriptedProvider, what: str
) -> None:
    test_set = set_of(cast, 3)
    experiment = experiment_of(cast, test_set, at_once=2)
    make_round(experiment)
    if what == "assistant":
        delete_assistant(project=cast.project, assistant_id=cast.assistant.pk)
    else:
        delete_test_set(project=cast.project, set_id=test_set.pk)
    assert carry_out(experiment).state == "done"
    assert {cell.state for cell in cells_of(experiment)} == {"done"}


def test_a_thread_that_was_deleted_ends_its_cell(cast: Cast, scripted: ScriptedProvider) -> None:
    experiment = experiment_of(cast, set_of(cast, 1), {})
    drive(DRIVER)
    [cell] = cells_of(experiment)
    delete_thread(project=cast.project, thread_id=cell.thread_id)
    assert carry_out(experiment).state == "done"
    [cell] = cells_of(experiment)
    assert cell.error == {"code": "deleted", "message": "Its thread was deleted while it ran."}


def test_only_the_worker_that_looks_after_it_begins_cells(
    cast: Cast, scripted: ScriptedProvider
) -> None:
    experiment = experiment_of(cast, set_of(cast, 1))
    assert steps.claim_experiments("a") == [experiment.pk]
    assert steps.claim_experiments("b") == []
    ids = [cell.pk for cell in cells_of(experiment)]
    assert steps.begin_cells(experiment.pk, "b", ids) == 0
    assert steps.begin_cells(experiment.pk, "a", ids) == 2
    assert steps.begin_cells(experiment.pk, "a", ids) == 0
    Experiment.objects.update(driven_until=timezone.now() - timedelta(seconds=1))
    assert steps.claim_experiments("b") == [experiment.pk]
    assert Run.objects.filter(origin="experiment").count() == 2


def test_open_pages_hear_of_each_round_that_changed_something(
    cast: Cast, scripted: ScriptedProvider, monkeypatch: pytest.MonkeyPatch
) -> None:
    experiment = experiment_of(cast, set_of(cast, 1))
    heard: list[tuple[str, ...]] = []
    monkeypatch.setattr(steps, "project_changed", lambda *what: heard.append(what))
    drive(DRIVER)
    assert heard == [(cast.project.pk, "experiments")]
    # Nothing has happened since: the runs wait for a worker.
    assert drive(DRIVER)
    assert len(heard) == 1
    carry_out(experiment)
    heard.clear()
    assert not drive(DRIVER)
    assert heard == []


def test_a_worker_makes_rounds_until_nothing_is_at_work(
    cast: Cast, scripted: ScriptedProvider
) -> None:
    experiment = experiment_of(cast, set_of(cast, 1))
    worker = ExperimentWorker()
    looking = threading.Thread(target=in_thread, args=(worker.work,))
    looking.start()
    wait_until(lambda: len(queued(experiment)) == 2)
    for run_id in queued(experiment):
        execute(run_id)
    looking.join(30)
    assert not looking.is_alive()
    experiment.refresh_from_db()
    assert experiment.state == "done"
    assert {cell.state for cell in cells_of(experiment)} == {"done"}
    worker.close()


def in_thread(work: Callable[[], object]) -> None:
    try:
        work()
    finally:
        connection.close()


def test_an_experiment_waits_for_somebody_else_if_who_started_it_may_not_run_any_more(
    cast: Cast, scripted: ScriptedProvider
) -> None:
    experiment = experiment_of(cast, set_of(cast, 3), at_once=2)
    names: dict[str, Any] = {"project": cast.project, "experiment_id": experiment.pk}

    def resume_as(user: User, role: str) -> None:
        with acting(Actor(cast.project.pk, role, user_id=user.pk)):
            resume_experiment(**names)

    pause_experiment(**names)
    resume_as(cast.bob, EDITOR)
    drive(DRIVER)
    Membership.objects.filter(user=cast.bob).update(role=VIEWER)
    carry_out(experiment)
    # What had begun goes on.
    assert Counter(cell.state for cell in cells_of(experiment)) == {"done": 2, "waiting": 4}
    assert (experiment.state, experiment.pause_reason) == ("paused", driver.NO_PERSON)
    resume_as(cast.alice, OWNER)
    Experiment.objects.update(api_key_id="key_of_nobody")
    drive(DRIVER)
    experiment.refresh_from_db()
    assert (experiment.person_id, experiment.pause_reason) == (cast.alice.pk, driver.NO_KEY)
    resume_as(cast.alice, OWNER)
    assert carry_out(experiment).state == "done"
    assert set(Run.objects.filter(origin="experiment").values_list("person_id", flat=True)) == {
        cast.alice.pk,
        cast.bob.pk,
    }


def test_the_bundled_model_answers_one_cell_at_a_time(
    cast: Cast, scripted: ScriptedProvider, monkeypatch: pytest.MonkeyPatch
) -> None:
    bundled = Endpoint(name="Bundled", base_url=scripted.base_url, api_key="", demo=True)
    monkeypatch.setattr(endpoints, "endpoints_of", lambda *_: [bundled])
    experiment = experiment_of(cast, set_of(cast, 2), at_once=8)
    drive(DRIVER)
    assert len(cells_of(experiment, state="running")) == 1


def test_the_session_of_checks_ends_with_the_experiment(
    cast: Cast, scripted: ScriptedProvider, monkeypatch: pytest.MonkeyPatch
) -> None:
    closed: list[str] = []
    monkeypatch.setattr(driver, "dispatch_close_session", closed.append)
    carry_out(experiment_of(cast, set_of(cast, 1), {}))
    assert closed == []
    code = {"kind": "python", "code": "True", "weight": 0}
    experiment = carry_out(experiment_of(cast, set_of(cast, 1, checks=[HELLO, code]), {}))
    assert experiment.state == "done"
    assert closed == [f"checks-{experiment.pk}"]


def test_a_mistake_of_ours_ends_a_cell_and_holds_up_no_other_experiment(
    cast: Cast, scripted: ScriptedProvider, monkeypatch: pytest.MonkeyPatch
) -> None:
    broken, other = (experiment_of(cast, set_of(cast, 1), {}) for _ in range(2))
    ExperimentRow.objects.filter(experiment=broken).update(content={"turns": []})
    assert carry_out(other).state == "done"
    broken.refresh_from_db()
    [cell] = cells_of(broken)
    assert (broken.state, cell.state) == ("done", "error")
    assert cell.error == {"code": "server_error", "message": steps.INTERNAL}
    stuck, third = (experiment_of(cast, set_of(cast, 1), {}) for _ in range(2))

    def fail_for_one(experiment: Experiment, row: ExperimentRow) -> bool:
        if experiment.pk == stuck.pk:
            raise KeyError("a mistake")
        return prepare_files(experiment, row)

    monkeypatch.setattr(driver, "prepare_files", fail_for_one)
    assert carry_out(third).state == "done"
    stuck.refresh_from_db()
    assert stuck.state == "running"
