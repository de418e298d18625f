"""Claims, leases and the sweeper."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.utils import timezone

from assistants_app.models import Message, Run
from assistants_app.queries.runs.runs import abandoned_runs
from assistants_app.services.runs import held, sweeping
from assistants_app.services.runs.persistence import LeaseLost
from tests.cast import Cast, make_run

PAST = timedelta(seconds=-1)


@pytest.fixture
def queued(cast: Cast) -> Callable[..., Run]:
    def make(**columns: object) -> Run:
        return make_run(cast.project, cast.thread, cast.assistant, **columns)

    return make


def claim(run: Run, owner: str = "me") -> Run:
    claimed = held.claim_run(run_id=run.id, owner=owner)
    assert claimed is not None
    return claimed.run


def test_a_run_is_claimed_once(queued: Callable[..., Run]) -> None:
    run = claim(queued())
    assert (run.status, run.attempts) == ("in_progress", 1)
    assert held.claim_run(run_id=run.id, owner="other") is None


def test_an_expired_lease_is_taken_over_and_the_old_owner_writes_nothing(
    queued: Callable[..., Run],
) -> None:
    old = claim(queued(), "old")
    Run.objects.filter(pk=old.id).update(lease_expires_at=timezone.now() + PAST)
    new = claim(old, "new")
    assert new.attempts == 2
    with pytest.raises(LeaseLost):
        held.open_message(run=old)
    assert held.renew_leases({old.id: "old"}) == {}
    assert held.renew_leases({old.id: "new"}) == {old.id: "in_progress"}


def test_the_half_written_message_of_a_lost_worker_stays_incomplete(
    queued: Callable[..., Run],
) -> None:
    run = claim(queued())
    message, step = held.open_message(run=run)
    text = [{"type": "text", "text": {"value": "half", "annotations": []}}]
    held.close_lost_attempt(run=run, texts={message.id: text})
    message.refresh_from_db()
    step.refresh_from_db()
    assert (message.status, message.incomplete_reason) == ("incomplete", "run_failed")
    assert message.content == text
    assert step.status == "failed"


def test_a_heartbeat_reports_cancelled_and_expired_runs(queued: Callable[..., Run]) -> None:
    run = claim(queued())
    Run.objects.filter(pk=run.id).update(status="cancelling")
    assert held.renew_leases({run.id: "me"}) == {run.id: "cancelling"}
    Run.objects.filter(pk=run.id).update(expires_at=timezone.now() + PAST)
    assert held.renew_leases({run.id: "me"}) == {run.id: "expired"}


@pytest.mark.parametrize(
    ("columns", "ends"),
    [
        ({"status": "queued", "expires_at": PAST}, "expired"),
        ({"status": "requires_action", "expires_at": PAST}, "expired"),
        ({"status": "in_progress", "expires_at": PAST, "lease_expires_at": PAST}, "expired"),
        ({"status": "cancelling", "lease_expires_at": PAST}, "cancelled"),
        ({"status": "in_progress", "lease_expires_at": PAST, "attempts": 3}, "failed"),
        ({"status": "in_progress", "lease_expires_at": PAST, "attempts": 1}, None),
        ({"status": "in_progress", "lease_expires_at": -PAST * 60, "attempts": 3}, None),
        ({"status": "queued"}, None),
        ({"status": "completed", "expires_at": PAST}, None),
    ],
)
def test_the_sweeper_ends_runs_that_no_worker_will_end(
    queued: Callable[..., Run], columns: dict[str, object], ends: str | None
) -> None:
    now = timezone.now()
    values = {
        name: now + value if isinstance(value, timedelta) else value
        for name, value in columns.items()
    }
    run = queued(**values)
    assert [found.id for found in abandoned_runs()] == ([run.id] if ends else [])
    assert sweeping.end_abandoned_run(run_id=run.id, texts={}) == bool(ends)
    run.refresh_from_db()
    assert run.status == (ends or columns["status"])


def test_the_sweeper_dispatches_forgotten_and_lost_runs_again(
    queued: Callable[..., Run], cast: Cast
) -> None:
    now = timezone.now()
    run = queued(dispatched_at=now)
    assert sweeping.revive_runs() == 0
    Run.objects.filter(pk=run.id).update(dispatched_at=now - timedelta(seconds=30))
    assert sweeping.revive_runs() == 1
    assert sweeping.revive_runs() == 0
    Run.objects.filter(pk=run.id).update(
        status="in_progress",
        lease_expires_at=now + PAST,
        dispatched_at=now - timedelta(seconds=30),
    )
    assert sweeping.revive_runs() == 1


@pytest.mark.parametrize(("tasks", "revived"), [(True, 0), (False, 1)])
def test_a_run_whose_task_was_taken_by_a_dead_worker_is_sent_again_soon(
    queued: Callable[..., Run], monkeypatch: pytest.MonkeyPatch, tasks: bool, revived: int
) -> None:
    queued(dispatched_at=timezone.now() - timedelta(seconds=4))
    # With tasks in the queue, this one may be among them.
    monkeypatch.setattr(sweeping, "is_waiting", lambda queue: tasks)
    assert sweeping.revive_runs() == revived


def test_a_worker_loses_the_run_of_a_deleted_thread(queued: Callable[..., Run]) -> None:
    run = claim(queued())
    run.thread.delete()
    assert held.renew_leases({run.id: "me"}) == {}
    with pytest.raises(LeaseLost):
        held.open_message(run=run)
    assert not Message.objects.filter(run_id=run.id).exists()
