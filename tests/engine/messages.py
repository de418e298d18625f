"""Helpers for tests of the engine."""

from assistants_app.models import Message, Run
from assistants_app.wire.threads.messages import text_part


def say(run: Run, text: str, role: str = "user", **columns: object) -> Message:
    return Message.objects.create(
        thread_id=run.thread_id, role=role, content=[text_part(text)], **columns
    )
