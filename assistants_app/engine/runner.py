"""Carries out a run: claim it, let the model take turns, end it. Every run ends."""

import logging
import secrets
import socket
from dataclasses import asdict

from assistants_app import conf
from assistants_app.domain import run_status
from assistants_app.domain.errors import RunFailure, RunStopped
from assistants_app.domain.tools import FUNCTION
from assistants_app.engine import budget, recovery
from assistants_app.engine.context import prompt_of
from assistants_app.engine.figures import figures_to_show
from assistants_app.engine.leases import LOST, Hold, keeper
from assistants_app.engine.request import chat_request
from assistants_app.engine.turn import Turn
from assistants_app.gateway import endpoints
from assistants_app.models import Run
from assistants_app.providers.chat import Finished
from assistants_app.queries.connections import release_connection
from assistants_app.queries.runs.code_sessions import sessions_of_run
from assistants_app.services.runs import held
from assistants_app.services.runs.held import LeaseLost

logger = logging.getLogger(__name__)


def execute(run_id: str) -> None:
    """Carry the run as far as it goes: to its end, or to where it waits for tool outputs.

    A run that is not there to be taken (ended, taken by another worker) is left alone, so that a
    task that is delivered twice does no harm.
    """
    owner = f"{socket.gethostname()}:{secrets.token_hex(8)}"
    run = held.claim_run(run_id=run_id, owner=owner)
    if run is None:
        return
    with keeper.hold(run) as hold:
        try:
            _carry_out(run, hold)
        except LeaseLost:
            logger.warning("%s was taken from this worker.", run_id)
        finally:
            release_connection()


def _carry_out(run: Run, hold: Hold) -> None:
    turn = Turn(run, hold.stop)
    try:
        if run.attempts > 1:
            recovery.close_lost_attempt(run)
        for _ in range(conf.RUN_TURNS):
            turn = Turn(run, hold.stop, figures_to_show(run))
            if not _take_turn(run, turn, hold):
                return
        raise RunFailure("server_error", f"The run made {conf.RUN_TURNS} model calls, the limit.")
    except RunStopped:
        if hold.verdict == LOST:
            raise LeaseLost from None
        held.stop_run(
            run=run,
            status=hold.verdict,
            texts=turn.texts(),
            calls=turn.open_calls(),
            asked=turn.asked(),
        )
    except RunFailure as failure:
        _fail(run, turn, failure)
    except LeaseLost:
        raise
    except Exception:  # noqa: BLE001 - the run boundary: whatever happens, the run ends
        logger.exception("%s failed by a fault of this program.", run.id)
        _fail(run, turn, RunFailure("server_error", "The server had an error. Its log says more."))


def _fail(run: Run, turn: Turn, failure: RunFailure) -> None:
    error = {"code": failure.code, "message": failure.message}
    held.stop_run(
        run=run,
        status=run_status.FAILED,
        texts=turn.texts(),
        calls=turn.open_calls(),
        error=error,
        asked=turn.asked(),
    )


def _take_turn(run: Run, turn: Turn, hold: Hold) -> bool:
    """One answer of the model; whether the run goes on with another."""
    if _is_spent(run):
        return False
    model = endpoints.chat_model(project_id=run.project_id, model=run.model)
    prompt = prompt_of(run, lambda: _prompt_budget(run))
    if run.max_prompt_tokens is not None and not prompt.fits:
        _cut(run, "max_prompt_tokens")
        return False
    request = chat_request(run, prompt.messages, budget.completion_left(run))
    release_connection()
    finished = turn.take(model.stream(request, stop=hold.stop, record=turn.record))
    return _conclude(run, turn, finished)


def _prompt_budget(run: Run) -> int:
    window = endpoints.context_window(project_id=run.project_id, model=run.model)
    return budget.prompt_budget(run, window)


def _is_spent(run: Run) -> bool:
    """End a run whose token limits leave nothing for another turn."""
    for left, reason in (
        (budget.completion_left(run), "max_completion_tokens"),
        (budget.prompt_left(run), "max_prompt_tokens"),
    ):
        if left is not None and left <= 0:
            _cut(run, reason)
            return True
    return False


def _cut(run: Run, reason: str) -> None:
    held.cut_run(run=run, message=None, content=[], usage={}, reason=reason)


def _conclude(run: Run, turn: Turn, finished: Finished) -> bool:
    usage = {name: int(value) for name, value in asdict(finished.usage).items()}
    if finished.reason == "length":
        message = turn.message
        held.cut_run(
            run=run,
            message=message,
            content=turn.whole_content() if message else [],
            usage=usage,
            reason="max_completion_tokens",
            asked=turn.asked(),
        )
        return False
    if finished.reason == "content_filter":
        _filtered(run, turn)
        return False
    if turn.calls_step is not None:
        return _answer_calls(run, turn, usage)
    message, step = turn.open_message()
    held.complete_run(
        run=run,
        message=message,
        step=step,
        content=turn.whole_content(),
        usage=usage,
        asked=turn.asked(),
    )
    return False


def _filtered(run: Run, turn: Turn) -> None:
    held.stop_run(
        run=run,
        status=run_status.FAILED,
        texts=turn.texts(),
        error={"code": "server_error", "message": "The provider's content filter cut the reply."},
        message_reason="content_filter",
        asked=turn.asked(),
    )


def _answer_calls(run: Run, turn: Turn, usage: dict[str, int]) -> bool:
    """Carry out the calls of built-in tools, and wait for the outputs of functions if there are
    any that no mock answers. Calls of unknown functions are answered, so that the model learns of
    its mistake.
    """
    step = turn.calls_step
    assert step is not None
    if turn.has_own_calls:
        held.keep_calls(run=run, step=step, calls=turn.calls(), usage=usage, asked=turn.asked())
        release_connection()
        step.shown_to_model = turn.carry_out_calls()
        usage = {"code_sessions": sessions_of_run(run.id) - run.usage.get("code_sessions", 0)}
    turn.answer_by_mocks()
    calls = turn.calls()
    if any(call["type"] == FUNCTION and call["function"]["output"] is None for call in calls):
        held.require_action(run=run, step=step, calls=calls, usage=usage, asked=turn.asked())
        return False
    held.close_tool_calls(run=run, step=step, calls=calls, usage=usage, asked=turn.asked())
    return True
