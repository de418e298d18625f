"""Carry out a run: claim it, let the model take turns, and end it. Every run ends.

Coroutines wait for the model, and everything else is decided in threads: a service and the queries
before it take one hop together.
"""

import enum
import logging
import secrets
import socket
from collections.abc import Callable
from dataclasses import dataclass

from django.db import DataError
from django.db import Error as DatabaseFailure

from assistants_app import conf
from assistants_app.domain import run_status
from assistants_app.domain.errors import ApiError, RunFailure, RunStopped
from assistants_app.domain.money.limits import Caller
from assistants_app.engine import budget, recovery
from assistants_app.engine.context import prompt_of
from assistants_app.engine.experiments.allowances import (
    allowance,
    has_allowances,
    note_fault,
    request_of_cell,
)
from assistants_app.engine.figures import figures_to_show
from assistants_app.engine.leases import LOST, Lease, lease_keeper
from assistants_app.engine.request import chat_request
from assistants_app.engine.turn import Turn
from assistants_app.faults import fault_of
from assistants_app.gateway import endpoints
from assistants_app.hop import TakesLong, only_if_short
from assistants_app.models import Run, RunStep
from assistants_app.providers.chat import ChatRequest, Finished
from assistants_app.providers.chat_model import ChatModel
from assistants_app.queries.runs.code_sessions import sessions_of_run
from assistants_app.services.money.checks import require_money
from assistants_app.services.runs import held
from assistants_app.services.runs.persistence import LeaseLost, persistently
from assistants_app.services.runs.progress import Progress
from assistants_app.tools.hops import prompts, services

logger = logging.getLogger(__name__)

Started = Callable[[], None]


def _ignore_start() -> None:
    """Nobody waits for the start of the run."""


async def execute(run_id: str, *, started: Started = _ignore_start) -> None:
    """Carry out a run until it ends or waits for tool outputs.

    Calls `started` each time before the model is asked. Does nothing if the run has ended or
    another worker holds it, so a task that is delivered twice does no harm.
    """
    # A new owner each time: a run can come back to this process after its lease was lost.
    owner = f"{socket.gethostname()}:{secrets.token_hex(8)}"
    begun = await services(_begin, run_id, owner)
    if begun is None:
        return
    try:
        async with lease_keeper.keep(begun.run) as lease:
            await _carry_out(begun, lease, started)
    except LeaseLost:
        logger.warning("Another worker took over %s", run_id)


class AfterTurn(enum.Enum):
    """What happens after a turn of the model."""

    NEXT_TURN = "the model continues with the outputs of its calls"
    WAIT = "the run waits for tool outputs"
    END = "the run has ended"


@dataclass(frozen=True, slots=True)
class _Question:
    # What a turn asks which model. The reply starts with the figures.
    model: ChatModel
    request: ChatRequest
    figures: list[str]


@dataclass(slots=True)
class _Begun:
    # A run that this worker has claimed, and its first question if that was made already.
    run: Run
    first: _Question | AfterTurn | None = None

    def take_first(self) -> _Question | AfterTurn | None:
        first, self.first = self.first, None
        return first


def _begin(run_id: str, owner: str) -> _Begun | None:
    claimed = held.claim_run(run_id=run_id, owner=owner)
    if claimed is None:
        return None
    run = claimed.run
    begun = _Begun(run)
    # In the same hop, unless there is something to clean up before. What takes long is left for
    # another one, because nobody renews the lease yet.
    if run.attempts == 1:
        try:
            with only_if_short():
                begun.first = _next_question(run, claimed)
        except TakesLong:
            pass
        except Exception:  # noqa: BLE001 - it is asked again, where the run's end can be written
            logger.debug("No first question for %s", run_id, exc_info=True)
    return begun


async def _carry_out(begun: _Begun, lease: Lease, started: Started) -> None:
    run = begun.run
    turn = Turn(run, lease.stop)  # an empty one, in case the run fails before its first
    try:
        if run.attempts > 1:
            await services(recovery.close_lost_attempt, run)
        for _ in range(conf.RUN_TURNS):
            turn = Turn(run, lease.stop)
            if await _take_turn(begun, turn, started) is not AfterTurn.NEXT_TURN:
                return
        raise RunFailure(
            "server_error", f"The run reached the limit of {conf.RUN_TURNS} model calls."
        )
    except RunStopped:
        # Another worker writes to the run now, so this one must not.
        if lease.stop_reason == LOST:
            raise LeaseLost from None
        await services(_stop, run, turn, lease.stop_reason)
    except RunFailure as failure:
        await services(_fail, run, turn, failure)
    except LeaseLost:
        raise
    except Exception as error:  # noqa: BLE001 - the run boundary: whatever happens, the run ends
        if isinstance(error, DatabaseFailure) and fault_of(error):
            # Not the run's error. When its lease expires, a worker goes on with it.
            logger.warning("Left %s to the next worker: %s", run.id, str(error).strip())
            raise LeaseLost from error
        logger.exception("Internal error in %s", run.id)
        internal = RunFailure("server_error", "Internal error. See the server's log.")
        await services(_fail, run, turn, internal)


def _stop(run: Run, turn: Turn, status: str) -> None:
    held.stop_run(run=run, status=status, progress=turn.progress())


def _fail(run: Run, turn: Turn, failure: RunFailure) -> None:
    error = {"code": failure.code, "message": failure.message}
    if has_allowances(run) and failure.fault:
        note_fault(run, failure.fault)
    try:
        held.stop_run(run=run, status=run_status.FAILED, progress=turn.progress(), error=error)
    except DataError:
        # Something that the model sent can't be stored. The run ends all the same.
        logger.exception("Can't store the reply of %s", run.id)
        held.stop_run(run=run, status=run_status.FAILED, progress=Progress(), error=error)


async def _take_turn(begun: _Begun, turn: Turn, started: Started) -> AfterTurn:
    run = begun.run
    question = begun.take_first()
    if question is None:
        question = await prompts(persistently, _next_question, run)
    if isinstance(question, AfterTurn):
        return question
    turn.reply.begin_with(question.figures)
    started()
    if not has_allowances(run):
        return await _ask(run, turn, question)
    async with allowance(run, question.request, turn):
        return await _ask(run, turn, question)


async def _ask(run: Run, turn: Turn, question: _Question) -> AfterTurn:
    # The model can take minutes. No thread and no database connection waits for it.
    deltas = question.model.stream(question.request, stop=turn.stop, record=turn.record)
    finished = await turn.take(deltas)
    if turn.calls.step is None or finished.reason in {"length", "content_filter"}:
        await services(_end_run, run, turn, finished)
        return AfterTurn.END
    return await _answer_calls(run, turn, turn.calls.step, finished)


def _next_question(run: Run, claimed: held.Claimed | None = None) -> _Question | AfterTurn:
    # What was read when the run was `claimed` needn't be read again.
    if _end_if_spent(run):
        return AfterTurn.END
    if run.usage:
        _require_money(run)
    own, first = (claimed.endpoints, claimed.messages) if claimed else (None, None)
    model = endpoints.chat_model(project_id=run.project_id, model=run.model, own=own)
    prompt = prompt_of(run, lambda: _prompt_budget(run), first=first)
    # Without this limit, the provider decides whether the prompt is too long.
    if run.max_prompt_tokens is not None and not prompt.fits:
        _end_at_limit(run, "max_prompt_tokens")
        return AfterTurn.END
    request = chat_request(run, prompt.messages, budget.completion_left(run))
    if has_allowances(run):
        request = request_of_cell(run, request)
    return _Question(model, request, figures_to_show(run))


def _require_money(run: Run) -> None:
    # Before each call but the first: the run's request was checked for that one. The vendor's runs
    # end in the same way when their account is empty.
    try:
        require_money(run.project_id, Caller(run.api_key_id, run.person_id))
    except ApiError as error:
        raise RunFailure("rate_limit_exceeded", error.message) from error


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


def _end_at_limit(run: Run, reason: str) -> None:
    held.cut_run(run=run, message=None, progress=Progress(), reason=reason)


def _end_run(run: Run, turn: Turn, finished: Finished) -> None:
    usage = finished.usage.counts()
    if finished.reason == "length":
        held.cut_run(
            run=run,
            message=turn.reply.message,
            progress=turn.progress(usage),
            reason="max_completion_tokens",
        )
    elif finished.reason == "content_filter":
        error = {"code": "server_error", "message": "The provider's content filter cut the reply."}
        held.stop_run(
            run=run,
            status=run_status.FAILED,
            progress=turn.progress(),
            error=error,
            message_reason="content_filter",
        )
    else:
        # Creates an empty message if the model wrote nothing.
        message, step = turn.open_message()
        held.complete_run(run=run, message=message, step=step, progress=turn.progress(usage))


async def _answer_calls(run: Run, turn: Turn, step: RunStep, finished: Finished) -> AfterTurn:
    after = await services(_close_or_save_calls, run, turn, step, finished.usage.counts())
    if after is not None:
        return after
    step.shown_to_model = await turn.calls.carry_out()
    return await services(_close_carried_out, run, turn, step)


def _close_or_save_calls(
    run: Run, turn: Turn, step: RunStep, usage: dict[str, int]
) -> AfterTurn | None:
    turn.calls.complete()
    if not turn.calls.are_saved_first:
        return _close_calls(run, turn, step, usage)
    # Before they are carried out: code can take minutes, and its worker may be lost meanwhile.
    held.save_calls(run=run, step=step, progress=turn.progress(usage))
    return None


def _close_carried_out(run: Run, turn: Turn, step: RunStep) -> AfterTurn:
    # The tokens are stored by now. What is left to add are the sessions that the calls started.
    sessions = persistently(sessions_of_run, run.id)
    usage = {"code_sessions": sessions - run.usage.get("code_sessions", 0)}
    return _close_calls(run, turn, step, usage)


def _close_calls(run: Run, turn: Turn, step: RunStep, usage: dict[str, int]) -> AfterTurn:
    calls = turn.calls
    calls.answer_functions()
    if calls.any_without_output:
        held.require_action(run=run, step=step, progress=turn.progress(usage))
        return AfterTurn.WAIT
    # Calls of unknown functions have outputs by now, which let the model correct its mistake.
    held.close_tool_calls(run=run, step=step, progress=turn.progress(usage))
    return AfterTurn.NEXT_TURN
