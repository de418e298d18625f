"""Rows for tests of usage."""

from datetime import UTC, datetime, timedelta

from assistants_app.models import DirectCall, Run, RunStep
from tests.cast import Cast, make_run

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)


def run_at(cast: Cast, at: datetime, seconds: float = 2.0, **columns: object) -> Run:
    run = make_run(
        cast.project,
        cast.thread,
        cast.assistant,
        **{
            "status": "completed",
            "created_at": at,
            "started_at": at + timedelta(seconds=0.5),
            "completed_at": at + timedelta(seconds=seconds),
            "usage": {"prompt_tokens": 100, "cached_tokens": 40, "completion_tokens": 10},
            **columns,
        },
    )
    RunStep.objects.create(
        run=run,
        thread_id=run.thread_id,
        assistant_id=run.assistant_id,
        type="message_creation",
        created_at=at,
        first_token_at=at + timedelta(seconds=1),
    )
    return run


def call_at(cast: Cast, at: datetime, **columns: object) -> DirectCall:
    return DirectCall.objects.create(
        **{
            "project": cast.project,
            "api_key_id": "key_1",
            "kind": "chat/completions",
            "model": cast.assistant.model,
            "created_at": at,
            "ended_at": at + timedelta(seconds=1),
            "status": 200,
            "usage": {"prompt_tokens": 1000, "cached_tokens": 0, "completion_tokens": 100},
            **columns,
        }
    )
