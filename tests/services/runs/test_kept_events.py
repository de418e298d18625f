"""The names, times and sizes of a run's events outlive the event log."""

import json

import pytest

from assistants_app.events import log
from assistants_app.events.ended import EndedRuns, ended_runs
from assistants_app.events.log import NewEvent, position
from assistants_app.events.writer import writer
from assistants_app.models import KeptEvents, Run, Thread
from assistants_app.models.kept_events import KeptEvent, packed, unpacked
from assistants_app.queries.runs.runs import kept_events_of
from assistants_app.redis_client import client
from assistants_app.services.runs.kept_events import keep_events
from tests.cast import Cast

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def ended() -> EndedRuns:
    ended = EndedRuns()
    while ended.take(1000):  # runs of other tests
        pass
    return ended


def append_end(run: Run) -> list[NewEvent]:
    events = [
        NewEvent("thread.run.created", run.id, json.dumps({"id": run.id})),
        *(NewEvent("thread.message.delta", run.id, json.dumps({"t": "é" * n})) for n in range(3)),
        NewEvent("thread.message.delta", "run_other", "{}"),
        NewEvent("thread.run.completed", run.id, "{}"),
    ]
    writer.append(run.thread_id, events, ended_runs(events))
    return events


def test_the_events_of_a_run_that_ended_are_kept(cast: Cast, ended: EndedRuns) -> None:
    events = [event for event in append_end(cast.run) if event.run_id == cast.run.id]
    logged = [event for event in log.read(cast.thread.id) if event.run_id == cast.run.id]
    assert keep_events(ended, limit=10) == 1
    client().delete(log.key(cast.thread.id))
    assert kept_events_of(cast.run) == [
        KeptEvent(new.name, len(new.data), position(old.seq)[0])
        for new, old in zip(events, logged[-len(events) :], strict=True)
    ]
    assert keep_events(ended, limit=10) == 0


def test_a_run_that_was_deleted_keeps_nothing(cast: Cast, ended: EndedRuns) -> None:
    append_end(cast.run)
    Thread.objects.filter(pk=cast.thread.id).delete()
    assert keep_events(ended, limit=10) == 1
    assert not KeptEvents.objects.exists()


def test_a_run_that_is_noted_twice_is_kept_once(cast: Cast, ended: EndedRuns) -> None:
    append_end(cast.run)
    keep_events(ended, limit=10)
    append_end(cast.run)
    assert keep_events(ended, limit=10) == 1
    assert KeptEvents.objects.count() == 1


def test_kept_events_are_small() -> None:
    events = [
        KeptEvent("thread.message.delta", 230, 1_790_000_000_000 + 20 * n) for n in range(200)
    ]
    assert list(unpacked(packed(events))) == events
    assert len(json.dumps(packed(events))) < 3000
