"""What becomes of cells, as the workers that look after an experiment write it.

Each step is a transaction that begins with an UPDATE of the cell in the state that it leaves. If
another worker was faster, nothing is updated and nothing happens. So a worker may be lost at any
moment, and any other goes on from the rows.
"""

import logging
from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from django.db import Error as DatabaseFailure
from django.db import transaction
from django.db.models import Exists, OuterRef, Q
from django.db.models.functions import Now

from assistants_app import conf
from assistants_app.domain.configurations.origins import EXPERIMENT
from assistants_app.domain.configurations.variables import declared
from assistants_app.domain.errors import ApiError, NotFound
from assistants_app.domain.experiments import states
from assistants_app.domain.experiments.asking import policy_of_run, text_of_turn, values_of_run
from assistants_app.domain.tools import CODE_INTERPRETER, FILE_SEARCH
from assistants_app.events import publish
from assistants_app.events.projects import EXPERIMENTS, project_changed
from assistants_app.models import (
    Experiment,
    ExperimentCell,
    ExperimentRow,
    RowFiles,
    Run,
    Tape,
    Thread,
)
from assistants_app.services.experiments.lifecycle import finish, halt
from assistants_app.services.publishing import publish_on_commit
from assistants_app.services.runs.configuration import Requester
from assistants_app.services.runs.frozen import insert_frozen_run
from assistants_app.wire.threads.messages import MessageCreateParams
from assistants_app.wire.validation import parse

logger = logging.getLogger(__name__)

INTERNAL = "Internal error. See the server's log."
# Seconds for which a worker looks after an experiment, and for which it grades a cell.
DRIVEN = timedelta(seconds=6)
GRADED = timedelta(seconds=10)
# A run that waits for a person. It never expires, and PostgreSQL needs some time.
NEVER = timedelta(days=36_500)
IMAGE = "image"


def claim_experiments(driver: str) -> list[str]:
    """Return the experiments that this worker looks after from now on, or still does."""
    at_work = ExperimentCell.objects.filter(
        experiment=OuterRef("pk"), state__in=(*states.AT_WORK, states.FOR_PERSON)
    )
    left = ExperimentCell.objects.filter(experiment=OuterRef("pk"), state__in=states.OPEN)
    # Its last cells have ended since somebody paused it.
    paused_at_its_end = Q(state=states.PAUSED) & ~Exists(left)
    free = Q(driver=driver) | Q(driven_until=None) | Q(driven_until__lt=Now())
    needing = Experiment.objects.filter(
        Q(state=states.RUNNING) | paused_at_its_end | Exists(at_work), free
    )
    ids = list(needing.order_by("pk").values_list("pk", flat=True))
    return [
        experiment_id
        for experiment_id in ids
        if Experiment.objects.filter(free, pk=experiment_id).update(
            driver=driver, driven_until=Now() + DRIVEN
        )
    ]


@transaction.atomic(durable=True)
def begin_cells(experiment_id: str, driver: str, cell_ids: Sequence[str]) -> int:
    """Let these waiting cells begin together. Return how many have.

    None do if the experiment doesn't run any more, or if another worker looks after it.
    """
    # With the row locked, so that nobody pauses or cancels it meanwhile.
    locked = Experiment.objects.select_for_update(no_key=True, of=("self",))
    rows = locked.select_related("project")
    experiment = rows.filter(pk=experiment_id, state=states.RUNNING, driver=driver).first()
    if experiment is None:
        return 0
    waiting = ExperimentCell.objects.select_for_update(no_key=True, of=("self",)).filter(
        pk__in=cell_ids, state=states.WAITING
    )
    cells = list(waiting.select_related("row", "variant").order_by("place"))
    for cell in cells:
        _begin(experiment, cell)
    return len(cells)


def _begin(experiment: Experiment, cell: ExperimentCell) -> None:
    cell.earlier = [*cell.earlier, *_given_up(cell)]
    cell.attempts += 1
    cell.error, cell.fault, cell.retry_after, cell.not_before = None, False, None, None
    cell.thread_id, cell.run_id, cell.run_ids = "", "", []
    cell.outcomes, cell.result = [], None
    run, error = _try_to_ask(experiment, cell, None)
    if run is not None:
        cell.thread_id, cell.run_id, cell.run_ids = run.thread_id, run.pk, [run.pk]
        cell.state, cell.started_at = states.ANSWERING, cell.started_at or run.created_at
    else:
        cell.state, cell.error, cell.ended_at = states.ERROR, error, Now()
    cell.changed_at = Now()
    cell.save()


def _try_to_ask(
    experiment: Experiment, cell: ExperimentCell, thread: Thread | None
) -> tuple[Run | None, dict[str, str] | None]:
    """Ask the cell's next message, or the first one on a new thread. Return the run, or why not."""
    try:
        # Within a savepoint, so that a row that can't be asked leaves nothing behind.
        with transaction.atomic():
            asked = thread or _new_thread(experiment, cell)
            return _ask(experiment, cell, asked, len(cell.run_ids)), None
    except ApiError as error:
        return None, {"code": "invalid_row", "message": error.message}
    except DatabaseFailure:
        raise
    except Exception:  # noqa: BLE001 - the cell's boundary: other cells begin
        logger.exception("Couldn't ask the row of %s", cell.pk)
        return None, {"code": "server_error", "message": INTERNAL}


def _given_up(cell: ExperimentCell) -> list[dict[str, Any]]:
    if not cell.thread_id:
        return []
    return [{"thread_id": cell.thread_id, "run_ids": cell.run_ids, "error": cell.error}]


def _new_thread(experiment: Experiment, cell: ExperimentCell) -> Thread:
    resources: dict[str, Any] = {}
    if files := RowFiles.objects.filter(row_id=cell.row.row_id).first():
        if files.store_id:
            resources[FILE_SEARCH] = {"vector_store_ids": [files.store_id]}
        of_code = [one["file_id"] for one in files.files if one["tool"] == CODE_INTERPRETER]
        if of_code:
            resources[CODE_INTERPRETER] = {"file_ids": of_code}
    thread = Thread.objects.create(
        project=experiment.project, origin=EXPERIMENT, tool_resources=resources
    )
    publish_on_commit(thread.pk, [publish.thread_created(thread)])
    return thread


def _ask(experiment: Experiment, cell: ExperimentCell, thread: Thread, turn: int) -> Run:
    """Add the row's message to the thread, and queue a run that answers it."""
    content, variant = cell.row.content, cell.variant
    frozen = variant.frozen
    known = declared(frozen.declarations)
    tape = _tape_of(cell.row)
    return insert_frozen_run(
        experiment.project,
        thread,
        frozen,
        Requester(
            api_key_id=experiment.api_key_id, person_id=experiment.person_id, origin=EXPERIMENT
        ),
        [_message(cell, text_of_turn(content, turn, known), turn)],
        values_of_run(content, variant.variables, known),
        tape,
        policy_of_run(content, variant.tape_policy, tape.policy if tape else None),
    )


def _message(cell: ExperimentCell, text: str, turn: int) -> MessageCreateParams:
    files = RowFiles.objects.filter(row_id=cell.row.row_id).first() if turn == 0 else None
    images = [one["file_id"] for one in files.files if one["tool"] == IMAGE] if files else []
    content: Any = text
    if images:
        content = [{"type": "text", "text": text}]
        content += [{"type": "image_file", "image_file": {"file_id": each}} for each in images]
    return parse(MessageCreateParams, {"role": "user", "content": content})


def _tape_of(row: ExperimentRow) -> Tape | None:
    if row.content.get("tape") and row.tape is None:
        raise NotFound("tape", row.content["tape"])
    return row.tape


@transaction.atomic(durable=True)
def ask_next(cell: ExperimentCell, experiment: Experiment) -> bool:
    """Ask the row's next message on the cell's thread. Return whether this worker has."""
    taken = _of(cell, states.ANSWERING).update(changed_at=Now())
    thread = Thread.objects.select_for_update(no_key=True).filter(pk=cell.thread_id).first()
    if not taken or thread is None:
        return False
    run, error = _try_to_ask(experiment, cell, thread)
    if run is None:
        assert error is not None, "there is a run or an error"
        _of(cell, states.ANSWERING).update(**_ended(states.ERROR, **error))
        return True
    _of(cell, states.ANSWERING).update(run_id=run.pk, run_ids=[*cell.run_ids, run.pk])
    return True


@transaction.atomic(durable=True)
def wait_for_person(cell: ExperimentCell) -> bool:
    """Let the cell wait until somebody submits the outputs that its run waits for."""
    if not _of(cell, states.ANSWERING).update(state=states.FOR_PERSON, changed_at=Now()):
        return False
    Run.objects.filter(pk=cell.run_id).update(expires_at=Now() + NEVER)
    return True


@transaction.atomic(durable=True)
def go_on(cell: ExperimentCell) -> bool:
    """Note that the cell's run doesn't wait for a person any more."""
    if not _of(cell, states.FOR_PERSON).update(state=states.ANSWERING, changed_at=Now()):
        return False
    expires_at = Now() + timedelta(seconds=conf.RUN_EXPIRES_AFTER)
    Run.objects.filter(pk=cell.run_id).update(expires_at=expires_at)
    return True


def let_grade(cell: ExperimentCell) -> bool:
    """Hand the cell over to a worker that grades it: all of its messages have replies."""
    return bool(
        _of(cell, states.ANSWERING).update(
            state=states.GRADING, changed_at=Now(), grader="", graded_until=None
        )
    )


def end_without_result(cell: ExperimentCell, state: str, code: str, message: str) -> bool:
    """End the cell with an error, over its budget, or skipped."""
    return bool(_of(cell, cell.state).update(**_ended(state, code, message)))


def try_again(cell: ExperimentCell, seconds: float, error: dict[str, Any]) -> bool:
    """Let the cell begin once more, these seconds from now at the earliest."""
    return bool(
        _of(cell, states.ANSWERING).update(
            state=states.WAITING,
            changed_at=Now(),
            not_before=Now() + timedelta(seconds=seconds),
            error=error,
        )
    )


def claim_grading(grader: str, *, limit: int) -> list[ExperimentCell]:
    """Claim up to this many cells that nobody grades, with all that grading needs of them."""
    free = Q(graded_until=None) | Q(graded_until__lt=Now())
    waiting = ExperimentCell.objects.filter(free, state=states.GRADING)
    claimed = [
        pk
        for pk in waiting.order_by("changed_at").values_list("pk", flat=True)[:limit]
        # Another worker may have claimed it since. Then the next look finds others.
        if waiting.filter(pk=pk).update(grader=grader, graded_until=Now() + GRADED)
    ]
    rows = ExperimentCell.objects.filter(pk__in=claimed)
    return list(rows.select_related("experiment__project", "row", "variant"))


def renew_grading(grader: str, cell_ids: Sequence[str]) -> None:
    """Say that these cells are still being graded."""
    mine = ExperimentCell.objects.filter(grader=grader, pk__in=cell_ids, state=states.GRADING)
    mine.update(graded_until=Now() + GRADED)


def give_grading_back(cell: ExperimentCell) -> None:
    """Let another worker grade the cell, or this one later."""
    graded = ExperimentCell.objects.filter(pk=cell.pk, grader=cell.grader, state=states.GRADING)
    graded.update(grader="", graded_until=Now() + timedelta(seconds=0.5))


def end_with_result(cell: ExperimentCell, state: str, **columns: Any) -> bool:
    """Store the grade of the cell. Return False if another worker grades it by now."""
    graded = ExperimentCell.objects.filter(pk=cell.pk, grader=cell.grader, state=states.GRADING)
    return bool(graded.update(state=state, changed_at=Now(), ended_at=Now(), **columns))


def _of(cell: ExperimentCell, state: str) -> Any:
    # In this state and with this run: whatever has happened since, it was another worker.
    return ExperimentCell.objects.filter(pk=cell.pk, state=state, run_id=cell.run_id)


def _ended(state: str, code: str, message: str) -> dict[str, Any]:
    return {
        "state": state,
        "changed_at": Now(),
        "ended_at": Now(),
        "error": {"code": code, "message": message},
    }


@transaction.atomic(durable=True)
def finish_if_done(experiment_id: str) -> bool:
    """End the experiment if all of its cells have ended. Return whether it has now."""
    rows = Experiment.objects.select_for_update(no_key=True)
    experiment = rows.filter(pk=experiment_id, state__in=(states.RUNNING, states.PAUSED)).first()
    if experiment is None or experiment.cells.filter(state__in=states.OPEN).exists():
        return False
    finish(experiment)
    return True


@transaction.atomic(durable=True)
def pause_for(experiment_id: str, reason: str) -> None:
    """Pause an experiment that can't go on, such as one whose author has reached a limit."""
    rows = Experiment.objects.select_for_update(no_key=True)
    if experiment := rows.filter(pk=experiment_id, state=states.RUNNING).first():
        halt(experiment, reason)


def tell_pages(project_id: str) -> None:
    """Let open pages load what shows the progress of experiments."""
    project_changed(project_id, EXPERIMENTS)
