"""The steps of a run in its worker."""

from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from assistants_app.models import Message, ModelEndpoint, ProviderCall, Run, RunStep
from assistants_app.providers.call_record import ModelCall
from assistants_app.services.runs import held
from assistants_app.services.runs.persistence import LeaseLost
from assistants_app.services.runs.progress import Progress
from assistants_app.services.runs.provider_calls import AttributedCall
from assistants_app.statements.prompts import newest_messages
from assistants_app.statements.reads import list_endpoints
from tests.cast import Cast, make_run

Open = tuple[Run, Message, RunStep]
TEXT = [{"type": "text", "text": {"value": "A reply", "annotations": []}}]


@pytest.fixture
def opened(cast: Cast) -> Open:
    queued = make_run(cast.project, cast.thread, cast.assistant)
    claimed = held.claim_run(run_id=queued.id, owner="me")
    assert claimed is not None
    return claimed.run, *held.open_message(run=claimed.run)


def progress_of(message: Message, step: RunStep) -> Progress:
    now = timezone.now()
    call = ModelCall(
        model="m",
        started_at=now,
        headers_at=now,
        first_token_at=now,
        ended_at=now,
        request={},
        response={},
        retries=[],
    )
    return Progress(
        texts={message.id: TEXT},
        usage={"total_tokens": 3},
        model_call=AttributedCall(call, [step.id]),
    )


def complete(opened: Open) -> None:
    run, message, step = opened
    held.complete_run(run=run, message=message, step=step, progress=progress_of(message, step))


def columns_of(row: Any) -> dict[str, Any]:
    # All but the number of a message, which only the statement that inserts it knows.
    names = {field.attname for field in row._meta.concrete_fields} - {"ordinal"}
    return {name: getattr(row, name) for name in names}


def test_a_claimed_run_is_the_row_that_the_orm_reads(cast: Cast) -> None:
    queued = make_run(cast.project, cast.thread, cast.assistant, metadata={"b": "1", "a": "2"})
    claimed = held.claim_run(run_id=queued.id, owner="me")
    assert claimed is not None
    assert columns_of(claimed.run) == columns_of(Run.objects.get(pk=queued.pk))


def test_what_its_first_question_needs_is_read_with_a_claim(cast: Cast) -> None:
    ModelEndpoint.objects.create(project=cast.project, name="Mine", base_url="http://m/v1")
    for _ in range(3):
        Message.objects.create(thread=cast.thread, role="user", content=TEXT)
    queued = make_run(cast.project, cast.thread, cast.assistant)
    claimed = held.claim_run(run_id=queued.id, owner="me")
    assert claimed is not None
    assert claimed.endpoints == list_endpoints(cast.project.id)
    assert claimed.messages == newest_messages(cast.thread.id, limit=10)
    assert len(claimed.endpoints) == 1
    assert len(claimed.messages) >= 3


def test_rows_are_in_the_database_as_the_caller_has_them(opened: Open) -> None:
    for new in opened[1:]:
        assert columns_of(new) == columns_of(type(new).objects.get(pk=new.pk))
    complete(opened)
    for row in opened:
        assert columns_of(row) == columns_of(type(row).objects.get(pk=row.pk))
    assert Message.objects.filter(pk=opened[1].pk, words__isnull=False).exists()


def test_a_completed_run_has_ended_with_all_its_rows(opened: Open) -> None:
    complete(opened)
    run, message, step = opened
    assert (run.status, run.lease_owner, run.usage) == ("completed", "", {"total_tokens": 3})
    assert (message.status, message.content) == ("completed", TEXT)
    assert (step.status, step.usage) == ("completed", {"total_tokens": 3})
    call = ProviderCall.objects.get(run=run)
    assert (call.step_ids, call.attempt) == ([step.id], 1)


def test_a_worker_that_lost_its_lease_writes_nothing(opened: Open) -> None:
    run, message, step = opened
    Run.objects.filter(pk=run.pk).update(lease_owner="other")
    before = Message.objects.get(pk=message.pk)
    with pytest.raises(LeaseLost):
        complete(opened)
    with pytest.raises(LeaseLost):
        held.open_message(run=run)
    assert (run.status, run.lease_owner) == ("in_progress", "me")
    assert columns_of(Message.objects.get(pk=message.pk)) == columns_of(before)
    assert RunStep.objects.filter(run=run).count() == 1
    assert not ProviderCall.objects.exists()


def test_a_run_that_is_cancelled_at_its_end_completes_and_starts_the_next(
    opened: Open, cast: Cast
) -> None:
    Run.objects.filter(pk=opened[0].pk).update(status="cancelling")
    waiting = make_run(
        cast.project, cast.thread, cast.assistant, waits={"messages": [], "first": True}
    )
    complete(opened)
    assert Run.objects.get(pk=opened[0].pk).status == "completed"
    assert Run.objects.get(pk=waiting.pk).waits is None


def test_rows_that_a_crash_of_the_database_lost_are_inserted(opened: Open) -> None:
    run, message, step = opened
    Message.objects.filter(pk=message.pk).delete()
    RunStep.objects.filter(pk=step.pk).delete()
    complete(opened)
    for row in opened:
        assert columns_of(row) == columns_of(type(row).objects.get(pk=row.pk))
    assert (run.status, message.status, step.status) == ("completed",) * 3


@pytest.mark.parametrize("ends", ["close", "cut"])
def test_a_message_that_a_crash_lost_is_inserted_however_it_ends(opened: Open, ends: str) -> None:
    run, message, step = opened
    Message.objects.filter(pk=message.pk).delete()
    RunStep.objects.filter(pk=step.pk).delete()
    if ends == "close":
        held.close_message(run=run, message=message, step=step, content=TEXT)
        assert columns_of(step) == columns_of(RunStep.objects.get(pk=step.pk))
    else:
        progress = progress_of(message, step)
        held.cut_run(run=run, message=message, progress=progress, reason="max_prompt_tokens")
    assert columns_of(message) == columns_of(Message.objects.get(pk=message.pk))
    assert message.content == TEXT


def test_each_step_is_one_statement_and_only_the_end_waits_for_the_disk(cast: Cast) -> None:
    queued = make_run(cast.project, cast.thread, cast.assistant)
    with CaptureQueriesContext(connection) as queries:
        claimed = held.claim_run(run_id=queued.id, owner="me")
        assert claimed is not None
        complete((claimed.run, *held.open_message(run=claimed.run)))
    # Nor is there a transaction around it, which in this test would be a savepoint.
    written = [query["sql"] for query in queries if not query["sql"].startswith("SELECT")]
    assert ["'synchronous_commit', 'off'" in sql for sql in written] == [True, True, False]
