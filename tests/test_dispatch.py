"""Our tasks are what Celery itself would send, and a real worker's consumer takes them."""

import json
import re
import secrets
from base64 import b64decode
from typing import Any

import pytest
from celery import current_app
from kombu.message import Message

from assistants_app import dispatch
from assistants_app.redis_client import client

# What differs in each message or process.
RANDOM = {
    "headers": ("id", "root_id"),
    "properties": ("correlation_id", "delivery_tag", "reply_to"),
}


@pytest.fixture
def queue(monkeypatch: pytest.MonkeyPatch) -> str:
    """Return a queue of its own, as a worker of another test could take what is in `runs`."""
    name = f"runs-{secrets.token_hex(6)}"
    monkeypatch.setattr(dispatch, "RUN_QUEUE", name)
    return name


def newest(queue: str) -> dict[str, Any]:
    found = client().lpop(queue)
    assert isinstance(found, bytes)
    message: dict[str, Any] = json.loads(found)
    return message


def test_a_task_is_what_celery_sends(queue: str) -> None:
    run_id = f"run_{secrets.token_hex(12)}"
    dispatch.dispatch_run(run_id)
    ours = newest(queue)
    current_app.send_task(dispatch.EXECUTE_RUN, args=(run_id,), queue=queue, ignore_result=True)
    theirs = newest(queue)
    for part, names in RANDOM.items():
        for name in names:
            assert re.fullmatch(r"[0-9a-f-]{32,36}", ours[part].pop(name))
            assert re.fullmatch(r"[0-9a-f-]{32,36}", theirs[part].pop(name))
    assert json.loads(b64decode(ours.pop("body"))) == json.loads(b64decode(theirs.pop("body")))
    assert ours == theirs


def test_a_consumer_of_celery_takes_it(queue: str) -> None:
    dispatch.dispatch_run("run_1")
    taken: list[tuple[Any, Message]] = []
    with current_app.connection_for_read() as connection:
        consumer = current_app.amqp.TaskConsumer(
            connection,
            queues=[current_app.amqp.queues.new_missing(queue)],
            callbacks=[lambda *got: taken.append(got)],
        )
        with consumer:
            connection.drain_events(timeout=5)
    [(body, message)] = taken
    arguments, named, _ = body
    assert (arguments, named) == (["run_1"], {})
    assert message.headers["task"] == dispatch.EXECUTE_RUN
    message.ack()  # type: ignore[no-untyped-call]


def test_each_task_has_an_id_of_its_own(queue: str) -> None:
    ids = set()
    for _ in range(3):
        dispatch.dispatch_run("run_1")
        ids.add(newest(queue)["headers"]["id"])
    assert len(ids) == 3


def test_tasks_that_are_held_back_are_not_sent(queue: str) -> None:
    with dispatch.held_back():
        assert dispatch.run_task("run_1") is None
        dispatch.dispatch_run("run_1")
    assert client().llen(queue) == 0
