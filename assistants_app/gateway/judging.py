"""Ask a chat model for one judgement."""

import threading
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from assistants_app import conf
from assistants_app.domain.checks.judging import MOST_TOKENS
from assistants_app.domain.errors import RunFailure, RunStopped
from assistants_app.domain.money.prices import Place
from assistants_app.gateway import endpoints
from assistants_app.gateway.prices import place_of, place_of_endpoint
from assistants_app.providers.call_record import CallRecord, ModelCall
from assistants_app.providers.chat import ChatRequest, StopSignal
from assistants_app.providers.chat_model import Answer, whole_answer


@dataclass(frozen=True, slots=True)
class Judgement:
    """What a judge answered. `problem` says why there is no whole answer, or is "". It is
    `passing` if it was a fault of the endpoint after which another try may succeed.

    `call` is None if nothing was sent. `usage` has the names of a run's and is empty if the model
    didn't get as far.
    """

    text: str
    problem: str
    call: ModelCall | None
    usage: dict[str, int]
    place: Place
    passing: bool = False


def place_of_judge(*, project_id: str, model: str) -> Place:
    """Return where the model is asked, for its price. Raises :class:`RunFailure`."""
    return place_of_endpoint(endpoints.endpoint_serving(project_id, model))


def ask_judge(
    *,
    project_id: str,
    model: str,
    messages: Sequence[dict[str, Any]],
    response_format: dict[str, Any],
    stop: StopSignal | None = None,
) -> Judgement:
    """Ask the model and wait for its answer, for `JUDGE_SECONDS` at most or until `stop` is set."""
    request = ChatRequest(
        model=model,
        messages=list(messages),
        tools=[],
        response_format=response_format,
        # The same reply should get the same grade.
        temperature=0.0,
        max_completion_tokens=MOST_TOKENS,
    )
    record = CallRecord()
    answer, problem, passing = _answer(project_id, model, request, record, stop)
    call = record.call()
    return Judgement(
        text=answer.text if answer and not problem else "",
        problem=problem,
        call=call,
        usage=_usage_of(answer),
        place=place_of(call.base_url, is_bundled=call.is_bundled) if call else Place(),
        passing=passing,
    )


def _answer(
    project_id: str,
    model: str,
    request: ChatRequest,
    record: CallRecord,
    stop: StopSignal | None,
) -> tuple[Answer | None, str, bool]:
    over = StopSignal()
    timer = threading.Timer(conf.JUDGE_SECONDS, over.set)
    timer.daemon = True
    timer.start()
    unsubscribe = stop.on_set(over.set) if stop else lambda: None
    try:
        chat = endpoints.chat_model(project_id=project_id, model=model)
        answer = whole_answer(chat, request, stop=over, record=record)
    except RunStopped:
        if stop and stop.is_set():
            return None, "The judge was stopped.", False
        problem = f"{model} took longer than {conf.JUDGE_SECONDS:.0f} seconds to judge."
        return None, problem, False
    except RunFailure as failure:
        passing = failure.fault is not None and failure.fault.passing
        return None, failure.message, passing
    finally:
        timer.cancel()
        unsubscribe()
    return answer, _problem_of(answer, model), False


def _problem_of(answer: Answer, model: str) -> str:
    if answer.refusal and not answer.text:
        return f"{model} refused to judge: {answer.refusal}"
    if answer.finish_reason == "length":
        return f"{model} wrote more than {MOST_TOKENS:,} tokens, so its judgement was cut off."
    if answer.finish_reason == "content_filter":
        return f"The endpoint's content filter has stopped {model}."
    return "" if answer.text.strip() else f"{model} gave no answer."


def _usage_of(answer: Answer | None) -> dict[str, int]:
    return answer.usage.counts() if answer and answer.usage.total_tokens else {}
