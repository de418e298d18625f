"""Carry out a run: claim it, let the model take turns, and end it. Every run ends."""

import enum
import logging
import secrets
import socket
from dataclasses import asdict

from django.db import DataError

from assistants_app import conf
from assistants_app.domain import run_status
from assistants_app.domain.errors import RunFailure, RunStopped
from assistants_app.engine import budget, recovery
from assistants_app.engine.context import prompt_of
from assistants_app.engine.figures import figures_to_show
from assistants_app.engine.leases import LOST, Lease, lease_keeper
from assistants_app.engine.request import chat_request
from assistants_app.engine.turn import Turn
from assistants_app.gateway import endpoints
from assistants_app.models import Run, RunStep
from assistants_app.providers.chat import Finished
from assistants_app.queries.connections import release_connection
from assistants_app.queries.runs.code_sessions import sessions_of_run
from assistants_app.services.runs import held
from assistants_app.services.runs.held import LeaseLost
from assistants_app.services.runs.progress import Progress

logger = logging.getLogger(__name__)


def execute(run_id: str) -> None:
    """Carry out a run until it ends or waits for tool outputs.

    Does nothing if the run has ended or another worker holds it, so a task that is delivered twice
    does no harm.
    """
    # A new owner each time: a run can come back to this process after its lease was lost.
    owner = f"{socket.gethostname()}:{secrets.token_hex(8)}"
    run = held.claim_run(run_id=run_id, owner=owner)
    if run is None:
        return
    with lease_keeper.keep(run) as lease:
        try:
            _carry_out(run, lease)
        except LeaseLost:
            logger.warning("Another worker took over %s", run_id)
        finally:
            release_connection()


class AfterTurn(enum.Enum):
    """What happens after a turn of the model."""

    NEXT_TURN = "the model continues with the outputs of its calls"
    WAIT = "the run waits for tool outputs"
    END = "the run has ended"


def _carry_out(run: Run, lease: Lease) -> None:
    turn = Turn(run, lease.stop)  # an empty one, in case the run fails before its first
    try:
        if run.attempts > 1:
            recovery.close_lost_attempt(run)
        for _ in range(conf.RUN_TURNS):
            turn = Turn(run, lease.stop, figures_to_show(run))
            if _take_turn(run, turn, lease) is not AfterTurn.NEXT_TURN:
                return
        raise RunFailure(
            "server_error", f"The run reached the limit of {conf.RUN_TURNS} model calls."
        )
    except RunStopped:
        # Another worker writes to the run now, so this one must not.
        if lease.stop_reason == LOST:
            raise LeaseLost from None
        held.stop_run(run=run, status=lease.stop_reason, progress=turn.progress())
    except RunFailure as failure:
        _fail(run, turn, failure)
    except LeaseLost:
        raise
    except Exception:  # noqa: BLE001 - the run boundary: whatever happens, the run ends
        logger.exception("Internal error in %s", run.id)
        _fail(run, turn, RunFailure("server_error", "Internal error. See the server's log."))


def _fail(run: Run, turn: Turn, failure: RunFailure) -> None:
    error = {"code": failure.code, "message": failure.message}
    try:
        held.stop_run(run=run, status=run_status.FAILED, progress=turn.progress(), error=error)
    except DataError:
        # Something that the model sent can't be stored. The run ends all the same.
        logger.exception("Can't store the reply of %s", run.id)
        held.stop_run(run=run, status=run_status.FAILED, progress=Progress(), error=error)


def _take_turn(run: Run, turn: Turn, lease: Lease) -> AfterTurn:
    if _end_if_spent(run):
        return AfterTurn.END
    model = endpoints.chat_model(project_id=run.project_id, model=run.model)
    prompt = prompt_of(run, lambda: _prompt_budget(run))
    # Without this limit, the provider decides whether the prompt is too long.
    if run.max_prompt_tokens is not None and not prompt.fits:
        return _end_at_limit(run, "max_prompt_tokens")
    request = chat_request(run, prompt.messages, budget.completion_left(run))
    # The model can take minutes, and the pool has fewer connections than a worker has runs: when
    # streams held theirs, new runs waited for seconds (docs/performance.md).
    release_connection()
    finished = turn.take(model.stream(request, stop=lease.stop, record=turn.record))
    return _end_turn(run, turn, finished)


def _prompt_budget(run: Run) -> int:
    window = endpoints.context_window(project_id=run.project_id, model=run.model)
    return budget.prompt_budget(run, window)


def _end_if_spent(run: Run) -> bool:
    for left, reason in (
        (budget.completion_left(run), "max_completion_tokens"),
        (budget.prompt_left(run), "max_prompt_tokens"),
    ):
        if left is not None and left <= 0:
            _end_at_limit(run, reason)
            return True
    return False


def _end_at_limit(run: Run, reason: str) -> AfterTurn:
    held.cut_run(run=run, message=None, progress=Progress(), reason=reason)
    return AfterTurn.END


def _end_turn(run: Run, turn: Turn, finished: Finished) -> AfterTurn:
    usage = {name: int(value) for name, value in asdict(finished.usage).items()}
    if finished.reason == "length":
        held.cut_run(
            run=run,
            message=turn.reply.message,
            progress=turn.progress(usage),
            reason="max_completion_tokens",
        )
        return AfterTurn.END
    if finished.reason == "content_filter":
        return _fail_as_filtered(run, turn)
    if turn.calls.step is not None:
        return _answer_calls(run, turn, turn.calls.step, usage)
    # Creates an empty message if the model wrote nothing.
    message, step = turn.open_message()
    held.complete_run(run=run, message=message, step=step, progress=turn.progress(usage))
    return AfterTurn.END


def _fail_as_filtered(run: Run, turn: Turn) -> AfterTurn:
    held.stop_run(
        run=run,
        status=run_status.FAILED,
        progress=turn.progress(),
        error={"code": "server_error", "message": "The provider's content filter cut the reply."},
        message_reason="content_filter",
    )
    return AfterTurn.END


def _answer_calls(run: Run, turn: Turn, step: RunStep, usage: dict[str, int]) -> AfterTurn:
    calls = turn.calls
    calls.complete()
    if calls.any_built_in:
        # Before they are carried out: code can take minutes, and its worker may be lost meanwhile.
        held.save_calls(run=run, step=step, progress=turn.progress(usage))
        release_connection()
        step.shown_to_model = calls.carry_out()
        # The tokens are stored by now. What is left to add are the sessions that the calls started.
        usage = {"code_sessions": sessions_of_run(run.id) - run.usage.get("code_sessions", 0)}
    calls.answer_by_mocks()
    if calls.any_without_output:
        held.require_action(run=run, step=step, progress=turn.progress(usage))
        return AfterTurn.WAIT
    # Calls of unknown functions have outputs by now, which let the model correct its mistake.
    held.close_tool_calls(run=run, step=step, progress=turn.progress(usage))
    return AfterTurn.NEXT_TURN
