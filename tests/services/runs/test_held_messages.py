"""Messages that wait for a run which somebody stops."""

from collections.abc import Callable

import pytest

from assistants_app.domain.errors import InvalidRequest, NotFound
from assistants_app.models import Message, Run
from assistants_app.queries.runs.runs import free_threads_with_waiting_runs
from assistants_app.services.runs import requests, sweeping
from assistants_app.wire.runs.runs import RunCreateParams
from tests.cast import Cast


@pytest.fixture
def start(cast: Cast) -> Callable[..., Run]:
    def create(text: str, on_active_run: str | None = None) -> Run:
        params = RunCreateParams.model_validate(
            {
                "assistant_id": cast.assistant.id,
                "additional_messages": [{"role": "user", "content": text}],
                "on_active_run": on_active_run,
            }
        )
        return requests.create_run(project=cast.project, thread_id=cast.thread.id, params=params)

    return create


def stop(cast: Cast, run: Run, *, holds_waiting: bool) -> None:
    requests.cancel_run(
        project=cast.project,
        thread_id=cast.thread.id,
        run_id=run.id,
        holds_waiting=holds_waiting,
    )


def send(cast: Cast, run: Run) -> Run:
    return requests.send_held_run(project=cast.project, thread_id=cast.thread.id, run_id=run.id)


def has_turn(run: Run) -> bool:
    run.refresh_from_db()
    return run.waits is None


def texts(cast: Cast) -> list[str]:
    rows = Message.objects.filter(thread=cast.thread).order_by("pk")
    return [row.content[0]["text"]["value"] for row in rows]


def test_stop_holds_what_waits_until_it_is_sent(cast: Cast, start: Callable[..., Run]) -> None:
    active, second, third = start("One"), start("Two", "queue"), start("Three", "queue")
    stop(cast, active, holds_waiting=True)
    assert not has_turn(second)
    assert free_threads_with_waiting_runs() == []
    sweeping.start_waiting_run(thread_id=cast.thread.id)
    assert not has_turn(second)
    assert texts(cast)[-1] == "One"
    # The thread is free for other messages meanwhile.
    other = start("Four")
    send(cast, third)
    assert not has_turn(third)
    stop(cast, other, holds_waiting=False)
    assert has_turn(third)
    assert not has_turn(second)
    assert texts(cast)[-2:] == ["Four", "Three"]
    stop(cast, third, holds_waiting=True)
    send(cast, second)
    assert has_turn(second)
    with pytest.raises(InvalidRequest):
        send(cast, second)


def test_a_held_message_can_be_discarded(cast: Cast, start: Callable[..., Run]) -> None:
    active, second = start("One"), start("Two", "queue")
    stop(cast, active, holds_waiting=True)
    stop(cast, second, holds_waiting=True)
    with pytest.raises(InvalidRequest):
        send(cast, second)
    assert texts(cast)[-1] == "One"


def test_discarding_one_that_waits_holds_no_other(cast: Cast, start: Callable[..., Run]) -> None:
    active, second, third = start("One"), start("Two", "queue"), start("Three", "queue")
    stop(cast, second, holds_waiting=True)
    stop(cast, active, holds_waiting=False)
    assert has_turn(third)


def test_a_client_of_the_api_that_cancels_lets_the_next_run_start(
    cast: Cast, start: Callable[..., Run]
) -> None:
    active, second = start("One"), start("Two", "queue")
    stop(cast, active, holds_waiting=False)
    assert has_turn(second)


def test_strangers_send_nothing(cast: Cast, start: Callable[..., Run]) -> None:
    active, second = start("One"), start("Two", "queue")
    stop(cast, active, holds_waiting=True)
    with pytest.raises(NotFound):
        requests.send_held_run(
            project=cast.other_project, thread_id=cast.thread.id, run_id=second.id
        )
