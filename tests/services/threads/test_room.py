"""A thread has a limited number of messages, and a run's reply is never lost to it."""

import json
from collections.abc import Callable

import pytest

from assistants_app.domain.errors import InvalidRequest
from assistants_app.models import Message, Receipt, Run, Thread
from assistants_app.services.receipts import Attempt, attempting
from assistants_app.services.runs import held, requests, transitions
from assistants_app.services.threads.forks import copy_message_to
from assistants_app.services.threads.messages import create_message, delete_message
from assistants_app.wire.runs.runs import RunCreateParams
from assistants_app.wire.threads.messages import MessageCreateParams
from assistants_app.wire.validation import parse
from tests.cast import Cast, api_client
from tests.services.compare.made import ask, compare, finish, lanes_of
from tests.statements.test_ordinals import ten
from tests.web.conftest import plain_static_files
from tests.web.pages import HTMX, signed_in, thread_url

__all__ = ["plain_static_files", "ten"]
TEXT = {"role": "user", "content": "More"}


@pytest.fixture(autouse=True)
def no_workers(monkeypatch: pytest.MonkeyPatch) -> None:
    """Keeps runs queued."""
    monkeypatch.setattr("assistants_app.services.publishing.run_task", lambda _: None)


@pytest.fixture
def full(cast: Cast, ten: int) -> Thread:
    """The cast's thread with as many messages as it can have."""
    Message.objects.bulk_create(
        Message(thread=cast.thread, role="user") for _ in range(ten - cast.thread.messages.count())
    )
    return cast.thread


def params(cast: Cast, *, messages: int = 0, **more: object) -> RunCreateParams:
    body = {"assistant_id": cast.assistant.id, "additional_messages": [TEXT] * messages, **more}
    return parse(RunCreateParams, body)


def add(cast: Cast) -> Message:
    given = parse(MessageCreateParams, TEXT)
    return create_message(project=cast.project, thread_id=cast.thread.id, params=given)


def run(cast: Cast, **more: object) -> Run:
    given = params(cast, **more)  # type: ignore[arg-type]
    return requests.create_run(project=cast.project, thread_id=cast.thread.id, params=given)


def attach(cast: Cast) -> Message:
    tools = [{"type": "code_interpreter"}]
    body = {**TEXT, "attachments": [{"file_id": cast.file.id, "tools": tools}]}
    given = parse(MessageCreateParams, body)
    return create_message(project=cast.project, thread_id=cast.thread.id, params=given)


def rerun(cast: Cast) -> Run:
    last = cast.thread.messages.latest("pk")
    return requests.rerun(
        project=cast.project, thread_id=cast.thread.id, message_id=last.id, params=params(cast)
    )


def repeat(cast: Cast) -> Run:
    return requests.repeat(project=cast.project, thread_id=cast.thread.id, params=params(cast))


def copy(cast: Cast) -> Message:
    thread = Thread.objects.create(project=cast.project)
    message = Message.objects.create(thread=thread, role="user", content=cast.message.content)
    return copy_message_to(
        project=cast.project, thread_id=thread.id, message_id=message.id, target_id=cast.thread.id
    )


@pytest.mark.parametrize("act", [add, run, attach, rerun, repeat, copy])
def test_nothing_is_added_to_a_full_thread(
    cast: Cast, full: Thread, ten: int, act: Callable[[Cast], object]
) -> None:
    with pytest.raises(InvalidRequest, match=r"up to 10 messages, replies included\. Continue in"):
        act(cast)
    assert full.messages.count() == ten
    assert not full.runs.exclude(pk=cast.run.pk).exists()
    last = full.messages.latest("pk")
    delete_message(project=cast.project, thread_id=full.id, message_id=last.id)
    act(cast)


def test_a_refused_request_leaves_its_receipt_free(cast: Cast, full: Thread) -> None:
    receipt = Receipt.objects.create(project=cast.project, digest="d")
    attempt = Attempt(cast.project.id, None, "d", receipt=receipt.pk)
    with attempting(attempt), pytest.raises(InvalidRequest):
        add(cast)
    assert not attempt.recorded
    receipt.refresh_from_db()
    assert receipt.kind == ""


def test_all_columns_of_a_comparison_get_a_message_or_none(cast: Cast, ten: int) -> None:
    comparison = compare(cast)
    first, second = lanes_of(comparison)
    Message.objects.bulk_create(
        Message(thread_id=second.thread_id, role="user") for _ in range(ten - 1)
    )
    with pytest.raises(InvalidRequest, match="up to 10 messages"):
        ask(cast, comparison)
    assert not Message.objects.filter(thread_id=first.thread_id).exists()
    Message.objects.filter(thread_id=second.thread_id).order_by("pk")[0].delete()
    ask(cast, comparison)
    finish(first, "Because.")


def test_runs_that_wait_keep_the_places_of_their_messages_and_replies(cast: Cast, ten: int) -> None:
    active = run(cast, messages=1)  # two messages, and the reply makes three
    waits = run(cast, messages=4, on_active_run="queue")  # seven, with the reply
    with pytest.raises(InvalidRequest, match="up to 10 messages"):
        run(cast, messages=ten - 7, on_active_run="queue")
    run(cast, messages=ten - 8, on_active_run="queue")
    # Whatever the thread has by now, what was accepted is added.
    Message.objects.bulk_create(Message(thread=cast.thread, role="user") for _ in range(ten))
    transitions.publish_and_start_next(cast.thread.id, transitions.cancel(active))
    waits.refresh_from_db()
    assert waits.waits is None
    assert cast.thread.messages.count() == 2 + ten + 4


def test_a_run_that_has_begun_stores_its_replies(cast: Cast, full: Thread, ten: int) -> None:
    full.messages.latest("pk").delete()
    begun = held.claim_run(run_id=run(cast).id, owner="me")
    assert begun is not None
    opened = [held.open_message(run=begun.run)[0] for _ in range(2)]
    assert full.messages.filter(pk__in=[message.pk for message in opened]).count() == 2
    assert full.messages.count() == ten + 1


@pytest.mark.usefixtures("plain_static_files")
def test_the_api_and_the_page_say_so(cast: Cast, full: Thread) -> None:
    api = api_client(cast.key)
    for path, body in (("messages", TEXT), ("runs", {"assistant_id": cast.assistant.id})):
        answer = api.post(f"/v1/threads/{full.id}/{path}", json.dumps(body), "application/json")
        assert answer.status_code == 400
        error = answer.json()["error"]
        assert error["type"] == "invalid_request_error"
        assert error["message"].startswith(f"Thread {full.id} has no room for this: ")
    form = {"assistant": cast.assistant.id, "content": "More"}
    for action in ("add", "run", "queue"):
        page = signed_in(cast.alice).post(
            thread_url(cast, "send_message"), {**form, "action": action}, headers=HTMX
        )
        assert page.status_code == 422
        assert "replies included." in page.content.decode()
        assert ">More</textarea>" in page.content.decode()
