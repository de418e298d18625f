"""The one place where a run of an experiment differs from others: each model call has an allowance.

It is reserved from the experiment's budget before the call, and settled once the call's use is
stored. The call also gets the seed of its repeat, and a limit if the budget needs one.
"""

import json
import logging
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import replace
from decimal import Decimal
from functools import partial
from typing import Any

from django.db import Error as DatabaseFailure

from assistants_app.domain import limits
from assistants_app.domain.configurations.origins import EXPERIMENT
from assistants_app.domain.errors import ProviderFault, RunFailure, RunStopped
from assistants_app.domain.experiments.order import seed_of_repeat
from assistants_app.domain.tokens import count_tokens
from assistants_app.engine.context import IMAGE_TOKENS, MESSAGE_OVERHEAD
from assistants_app.engine.turn import Turn
from assistants_app.gateway.judging import place_of_judge
from assistants_app.gateway.prices import tariff_for
from assistants_app.models import Run
from assistants_app.providers.chat import ChatRequest
from assistants_app.queries.experiments.driving import CellOfRun, cell_of_thread
from assistants_app.services.experiments import budget, faults
from assistants_app.services.runs.persistence import persistently
from assistants_app.tools.hops import prompts, services

logger = logging.getLogger(__name__)

# Other tokenizers than ours may count a tenth more, and chat templates add some by themselves.
PROMPT_MARGIN = 1.1
FRAME_TOKENS = 200


def has_allowances(run: Run) -> bool:
    """Return whether the run's model calls come from the budget of an experiment."""
    return run.origin == EXPERIMENT


def request_of_cell(run: Run, request: ChatRequest) -> ChatRequest:
    """Return the request with what its cell adds to it."""
    cell = cell_of_thread(run.thread_id)
    if cell is None:
        return request
    most = request.max_completion_tokens
    if most is None and cell.has_cap:
        # Nothing can be reserved for a reply without an end.
        most = limits.EXPERIMENT_REPLY_TOKENS
    seed = seed_of_repeat(cell.seed, cell.key, cell.repeat)
    return replace(request, seed=seed, max_completion_tokens=most)


@asynccontextmanager
async def allowance(run: Run, request: ChatRequest, turn: Turn) -> AsyncIterator[None]:
    """Reserve what the call may cost, and settle it after the block, which stores its use.

    Waits while other calls may leave some of theirs. Raises :class:`RunFailure` for a call that
    doesn't fit, and :class:`RunStopped`.
    """
    hold = await _reserve(run, request, turn)
    # Whether the model began to answer, for a call whose use is never stored.
    began = True
    try:
        yield
    except RunFailure:
        call = turn.record.call()
        began = call is not None and call.first_token_at is not None
        raise
    finally:
        if hold is not None:
            await _settle(hold, began=began)


async def _reserve(run: Run, request: ChatRequest, turn: Turn) -> budget.Hold | None:
    cell = await services(persistently, cell_of_thread, run.thread_id)
    if cell is None:
        return None
    most = await prompts(_most_dollars, run, request)
    while True:
        try:
            hold = await services(_reserve_once, run, cell, most)
        except budget.OverBudget as error:
            await services(persistently, faults.note_over_budget, run.pk)
            raise RunFailure("rate_limit_exceeded", str(error)) from error
        if hold is not None:
            return hold
        if await turn.stop.sleep(budget.LOOK_AGAIN):
            raise RunStopped


def _reserve_once(run: Run, cell: CellOfRun, most: Decimal) -> budget.Hold | None:
    return persistently(budget.reserve_for_run, run, cell.cell_id, cell.experiment_id, most)


async def _settle(hold: budget.Hold, *, began: bool) -> None:
    try:
        await services(persistently, partial(budget.settle, hold, began=began))
    except DatabaseFailure as error:
        # The worker that looks at the run next settles it.
        logger.warning("Couldn't settle %s: %s", hold.id, error)


def _most_dollars(run: Run, request: ChatRequest) -> Decimal:
    prompt = sum(_size(message) for message in request.messages)
    prompt += count_tokens(json.dumps([request.tools, request.response_format]))
    usage = {
        "prompt_tokens": int(prompt * PROMPT_MARGIN) + FRAME_TOKENS,
        "completion_tokens": request.max_completion_tokens or limits.EXPERIMENT_REPLY_TOKENS,
    }
    place = place_of_judge(project_id=run.project_id, model=run.model)
    return tariff_for(run.project_id, place, run.model).cost(usage) or Decimal(0)


def _size(message: Mapping[str, Any]) -> int:
    content = message.get("content")
    parts = content if isinstance(content, list) else []
    images: int = sum(part.get("type") == "image_url" for part in parts)
    # The bytes of images are part of the message, and aren't counted as text.
    shown = [part for part in parts if part.get("type") != "image_url"]
    text = {**message, "content": shown} if parts else dict(message)
    return count_tokens(json.dumps(text)) + MESSAGE_OVERHEAD + images * IMAGE_TOKENS


def note_fault(run: Run, fault: ProviderFault) -> None:
    """Note on the run's cell that the provider is to blame, before the run ends."""
    faults.note_fault(run.pk, fault)
