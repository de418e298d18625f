"""A worker carries out many runs at once: in turns, within its limits, and to an orderly end."""

import asyncio
import threading
import time
from datetime import timedelta

import pytest
from django.utils import timezone

from assistants_app import conf
from assistants_app.engine import runner
from assistants_app.engine.worker import runs as worker_module
from assistants_app.engine.worker.runs import WorkerRuns
from assistants_app.models import Message, Run
from tests.cast import Cast
from tests.engine.conftest import NewRun
from tests.fakes.provider import ScriptedProvider
from tests.fakes.replies import Reply
from tests.live import wait_until

pytestmark = pytest.mark.django_db(transaction=True)

HELD = Reply(text="one two three", gate_after=1)


def statuses(*runs: Run) -> list[str]:
    """Return the runs' statuses in the database."""
    found = dict(Run.objects.values_list("pk", "status"))
    return [found[run.id] for run in runs]


def asked(provider: ScriptedProvider, number: int) -> None:
    """Wait until the provider has had this number of requests."""
    wait_until(lambda: len(provider.completions) == number)


def test_many_runs_are_carried_out_at_once(
    worker: WorkerRuns, scripted: ScriptedProvider, new_run: NewRun
) -> None:
    scripted.enqueue(*[HELD] * 40)
    made = [new_run() for _ in range(40)]
    threads = threading.active_count()
    for run in made:
        assert worker.accept(run.id)
    for _ in made:
        scripted.wait_held()
    # They share the threads of the hops, and have none of their own.
    assert threading.active_count() < threads + 30
    scripted.release()
    wait_until(lambda: set(statuses(*made)) == {"completed"})
    assert Message.objects.filter(run_id=made[-1].id).get().content[0]["text"]["value"] == (
        "one two three"
    )


def test_a_flood_of_one_project_delays_another_by_a_few_runs(
    worker: WorkerRuns,
    scripted: ScriptedProvider,
    new_run: NewRun,
    cast: Cast,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(worker_module, "STARTING_AT_ONCE", 1)
    cast.assistant.model = "flood"
    flood = [new_run() for _ in range(30)]
    cast.assistant.model = "other"
    other = new_run(cast.other_project)
    for run in [*flood, other]:
        worker.accept(run.id)
    asked(scripted, 31)
    place = [body["model"] for body in scripted.completions].index("other")
    # Behind those that began before it arrived, and one of the others' next turn.
    assert place < 15
    wait_until(lambda: set(statuses(*flood, other)) == {"completed"})


def test_runs_of_experiments_start_after_those_that_people_wait_for(
    worker: WorkerRuns,
    scripted: ScriptedProvider,
    new_run: NewRun,
    cast: Cast,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(worker_module, "STARTING_AT_ONCE", 1)
    cast.assistant.model = "cell"
    cells = [new_run() for _ in range(30)]
    Run.objects.update(origin="experiment")
    cast.assistant.model = "person"
    people = [new_run() for _ in range(3)]
    for run in [*cells, *people]:
        worker.accept(run.id)
    asked(scripted, 33)
    asked_in_order = [body["model"] for body in scripted.completions]
    places = [place for place, model in enumerate(asked_in_order) if model == "person"]
    # All of the same project, and behind those that had begun before they arrived.
    assert places[-1] < 15
    wait_until(lambda: set(statuses(*cells, *people)) == {"completed"})


def test_the_rest_waits_once_the_limit_is_reached_and_then_blocks(
    worker: WorkerRuns,
    scripted: ScriptedProvider,
    new_run: NewRun,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(conf, "RUNS_PER_WORKER", 2)
    scripted.enqueue(*[HELD] * 2)
    made = [new_run() for _ in range(5)]
    for run in made[:4]:
        worker.accept(run.id)
    for _ in range(2):
        scripted.wait_held()
    last = threading.Thread(target=worker.accept, args=[made[4].id])
    last.start()
    last.join(0.3)
    assert last.is_alive()
    assert len(scripted.completions) == 2
    assert statuses(*made[2:]) == ["queued"] * 3
    scripted.release()
    last.join(10)
    wait_until(lambda: set(statuses(*made)) == {"completed"})


def test_no_project_gets_the_places_that_are_kept_for_others(
    worker: WorkerRuns,
    scripted: ScriptedProvider,
    new_run: NewRun,
    cast: Cast,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(conf, "RUNS_PER_WORKER", 10)
    scripted.enqueue(*[HELD] * 11)
    flood = [new_run() for _ in range(13)]
    for run in flood:
        worker.accept(run.id)
    for _ in range(10):
        scripted.wait_held()
    other = new_run(cast.other_project)
    worker.accept(other.id)
    # The eleventh place is kept for it, though three runs of the flood came before.
    scripted.wait_held()
    assert statuses(other) == ["in_progress"]
    assert statuses(*flood).count("queued") == 3
    scripted.release()
    wait_until(lambda: set(statuses(*flood, other)) == {"completed"})


def test_a_run_that_is_sent_twice_is_carried_out_once(
    worker: WorkerRuns, scripted: ScriptedProvider, new_run: NewRun
) -> None:
    scripted.enqueue(HELD)
    run = new_run()
    worker.accept(run.id)
    scripted.wait_held()
    worker.accept(run.id)
    scripted.release()
    wait_until(lambda: statuses(run) == ["completed"])
    assert worker.drain(5.0) == []
    assert len(scripted.completions) == 1


def test_a_run_that_comes_back_while_it_is_let_go_is_not_lost(
    worker: WorkerRuns,
    scripted: ScriptedProvider,
    new_run: NewRun,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    run = new_run()
    begun: list[str] = []

    async def execute(run_id: str, **_: object) -> None:
        begun.append(run_id)
        if len(begun) == 1:
            # Its next task arrives before this one is over.
            again = threading.Thread(target=worker.accept, args=[run_id])
            again.start()
            await asyncio.sleep(0.2)
            again.join()

    monkeypatch.setattr(runner, "execute", execute)
    worker.accept(run.id)
    wait_until(lambda: len(begun) == 2)


def test_a_worker_that_is_asked_to_end_finishes_its_runs(
    worker: WorkerRuns, scripted: ScriptedProvider, new_run: NewRun
) -> None:
    scripted.enqueue(HELD)
    run = new_run()
    worker.accept(run.id)
    scripted.wait_held()
    threading.Timer(0.3, scripted.release).start()
    assert worker.drain(10.0) == []
    assert statuses(run) == ["completed"]
    assert not worker.accept(new_run().id)


def test_runs_that_take_too_long_are_left_to_another_worker(
    worker: WorkerRuns, scripted: ScriptedProvider, new_run: NewRun
) -> None:
    scripted.enqueue(HELD, Reply(text="All of it."))
    run = new_run()
    worker.accept(run.id)
    scripted.wait_held()
    begun = time.monotonic()
    worker.drain(0.2)
    assert time.monotonic() - begun < 2
    scripted.wait_closed_early()
    run.refresh_from_db()
    assert (run.status, bool(run.lease_owner)) == ("in_progress", True)
    Run.objects.update(lease_expires_at=timezone.now() - timedelta(seconds=1))
    another = WorkerRuns()
    another.accept(run.id)
    wait_until(lambda: statuses(run) == ["completed"])
    run.refresh_from_db()
    assert run.attempts == 2
    another.drain(5.0)


def test_runs_that_never_began_are_given_back(
    worker: WorkerRuns,
    scripted: ScriptedProvider,
    new_run: NewRun,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(conf, "RUNS_PER_WORKER", 1)
    scripted.enqueue(HELD)
    first, second = new_run(), new_run()
    worker.accept(first.id)
    scripted.wait_held()
    worker.accept(second.id)
    assert worker.drain(0.1) == [second.id]
    assert statuses(second) == ["queued"]


def test_a_task_that_waits_for_room_is_refused_when_the_worker_is_asked_to_end(
    worker: WorkerRuns,
    scripted: ScriptedProvider,
    new_run: NewRun,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(conf, "RUNS_PER_WORKER", 1)
    scripted.enqueue(HELD)
    for run in (new_run(), new_run()):
        worker.accept(run.id)
    third = new_run()
    answers: list[bool] = []
    waiting = threading.Thread(target=lambda: answers.append(worker.accept(third.id)))
    waiting.start()
    scripted.wait_held()
    assert answers == []
    worker.close()
    waiting.join(5)
    assert answers == [False]
