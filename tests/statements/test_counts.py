"""How many statements the requests of a run take, besides the claim of their receipts."""

from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from assistants_app.models import Receipt
from assistants_app.services.receipts import Attempt, attempting
from assistants_app.services.runs.requests import create_run, create_thread_and_run
from assistants_app.services.runs.room import require_room_for_run
from assistants_app.services.threads.messages import create_message
from assistants_app.services.threads.requests import create_thread
from assistants_app.wire.runs.runs import RunCreateParams, ThreadAndRunCreateParams
from assistants_app.wire.threads.messages import MessageCreateParams
from assistants_app.wire.threads.threads import ThreadCreateParams
from assistants_app.wire.validation import parse
from tests.cast import Cast

MESSAGES = [{"role": "user", "content": "One"}, {"role": "assistant", "content": "Two"}]


def new_thread(cast: Cast) -> Any:
    params = parse(ThreadCreateParams, {"messages": MESSAGES})
    return create_thread(project=cast.project, params=params)


def new_message(cast: Cast) -> Any:
    params = parse(MessageCreateParams, MESSAGES[0])
    return create_message(project=cast.project, thread_id=cast.thread.id, params=params)


def new_run(cast: Cast) -> Any:
    body = {"assistant_id": cast.assistant.id, "additional_messages": MESSAGES}
    params = parse(RunCreateParams, body)
    return create_run(project=cast.project, thread_id=cast.thread.id, params=params)


def new_thread_and_run(cast: Cast) -> Any:
    body = {"assistant_id": cast.assistant.id, "thread": {"messages": MESSAGES}}
    return create_thread_and_run(project=cast.project, params=parse(ThreadAndRunCreateParams, body))


@pytest.mark.parametrize(
    ("act", "most"),
    [(new_thread, 1), (new_message, 2), (new_run, 2), (new_thread_and_run, 2)],
)
def test_an_act_and_its_receipt_take_few_statements(
    cast: Cast, act: Callable[[Cast], Any], most: int
) -> None:
    require_room_for_run(cast.project)  # counts the project's runs, once a second
    receipt = Receipt.objects.create(project=cast.project, digest="d")
    attempt = Attempt(cast.project.id, None, "d", receipt=receipt.pk, after="1-0")
    with attempting(attempt), CaptureQueriesContext(connection) as queries:
        made = act(cast)
    sent = [query["sql"] for query in queries if "SAVEPOINT" not in query["sql"]]
    assert len(sent) == most, sent
    receipt.refresh_from_db()
    assert attempt.recorded
    assert (receipt.kind, receipt.made) == (type(made).__name__.lower(), made.id)
    assert receipt.after == "1-0"
