"""A fault of the database, Redis or a disk is a 503 or 507 that clients retry, and never a 500."""

import errno
from collections.abc import Callable

import django.db
import psycopg
import pytest
import redis.exceptions

from assistants_app.api import repeats, sse
from assistants_app.api.departures import Reached
from assistants_app.api.keeper import Keeper
from assistants_app.models import Assistant, Run, Thread
from assistants_app.services import receipts
from tests.asgi import Client, run
from tests.cast import Cast, api_client, make_run

LOST = django.db.OperationalError("server closed the connection unexpectedly")
FULL = django.db.OperationalError("could not extend file")
FULL.__cause__ = psycopg.errors.DiskFull()
STAGES = (
    "assistants_app.api.application.authenticate",
    "assistants_app.api.application.rate_limit.count_request",
    "assistants_app.api.repeats.receipts.claim_with_act",
    "assistants_app.services.assistants.requests.create_assistant",
    "assistants_app.services.act.record",
)


@pytest.fixture
def api(cast: Cast) -> Client:
    return api_client(cast.key)


def create(api: Client, **headers: str) -> tuple[int, str, str]:
    """Return the status of the response, and what it tells clients about retries."""
    body = {"model": "m"}
    response = api.post("/v1/assistants", body, content_type="application/json", headers=headers)
    assert response.status_code == 200 or response.json()["error"]["type"] == "server_error"
    return (
        response.status_code,
        response.get("Retry-After", ""),
        response.get("x-should-retry", ""),
    )


def failing(error: Exception, times: int = 99) -> Callable[..., None]:
    left = [times]

    def fail(*_: object, **__: object) -> None:
        if left[0]:
            left[0] -= 1
            raise error

    return fail


@pytest.mark.parametrize("stage", STAGES)
@pytest.mark.parametrize(
    ("error", "answer"),
    [
        (LOST, (503, "2", "true")),
        (django.db.InterfaceError("the connection is closed"), (503, "2", "true")),
        (redis.exceptions.ConnectionError("gone"), (503, "2", "true")),
        (FULL, (507, "10", "true")),
        (OSError(errno.ENOSPC, "No space left on device"), (507, "10", "true")),
    ],
)
def test_a_fault_in_any_stage_can_be_retried(
    api: Client,
    monkeypatch: pytest.MonkeyPatch,
    stage: str,
    error: Exception,
    answer: tuple[int, str, str],
) -> None:
    before = Assistant.objects.count()
    monkeypatch.setattr(stage, failing(error))
    assert create(api) == answer
    assert Assistant.objects.count() == before


def test_a_read_that_was_interrupted_is_repeated_by_the_server(
    cast: Cast, api: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    find = failing(LOST, times=1)

    def get_thread(*arguments: object) -> Thread:
        find()
        return cast.thread

    monkeypatch.setattr("assistants_app.queries.threads.threads.get_thread", get_thread)
    assert api.get(f"/v1/threads/{cast.thread.id}").status_code == 200


@pytest.mark.parametrize(
    ("headers", "answer"),
    [
        ({}, (503, "", "false")),
        ({"x-stainless-retry-count": "0"}, (503, "2", "true")),
        ({"Idempotency-Key": "k"}, (503, "2", "true")),
    ],
)
def test_an_unknown_outcome_is_retried_only_by_clients_that_are_recognized(
    api: Client,
    monkeypatch: pytest.MonkeyPatch,
    headers: dict[str, str],
    answer: tuple[int, str, str],
) -> None:
    # The transaction is interrupted at its end, and then nobody can look.
    def find(*_: object) -> None:
        raise LOST

    def interrupt(*_: object) -> None:
        raise LOST

    monkeypatch.setattr(repeats, "LOOKED_UP_EVERY", 0.001)
    monkeypatch.setattr("assistants_app.api.repeats.receipts.find_receipt", find)
    monkeypatch.setattr("assistants_app.api.assistants.assistants.assistant_object", interrupt)
    assert create(api, **headers) == answer


def test_a_stream_goes_on_when_the_run_cannot_be_looked_up(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    found: Run = make_run(cast.project, cast.thread, cast.assistant, status="completed")
    fail = failing(LOST, times=1)

    def find_run(run_id: str) -> Run:
        fail()
        return found

    monkeypatch.setattr(sse, "find_run", find_run)
    frames: list[bytes] = []

    async def look_twice() -> None:
        frames.append(await sse._last_frame(found.id))
        frames.append(await sse._last_frame(found.id))

    run(look_twice)
    assert frames[0] == b""
    assert b"thread.run.completed" in frames[1]


def test_receipts_are_written_after_a_fault(monkeypatch: pytest.MonkeyPatch) -> None:
    written: list[receipts.Settled] = []

    def settle(settled: receipts.Settled) -> None:
        written.append(settled)
        if len(written) == 1:
            raise django.db.InterfaceError("the connection is closed")

    monkeypatch.setattr(receipts, "settle", settle)
    keeper = Keeper()
    keeper.settle(7, Reached.LEFT)
    keeper.write_down()
    keeper.write_down()
    assert [settled.over for settled in written] == [[7], [7]]
