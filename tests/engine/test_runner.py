"""Runs end, whatever happens."""

import pytest

from assistants_app.domain.errors import RunFailure
from assistants_app.engine import runner
from assistants_app.engine.turn import Turn
from assistants_app.models import Message, Run
from assistants_app.services.runs import held
from assistants_app.services.runs.progress import Progress
from assistants_app.tools.hops import services
from tests.cast import Cast, make_run
from tests.engine.carrying_out import execute


def test_a_run_fails_at_once_if_its_reply_cannot_be_stored(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = make_run(cast.project, cast.thread, cast.assistant)

    async def reply(run: Run, turn: Turn, started: object) -> None:
        message, _ = await services(held.open_message, run=run)
        text = [{"type": "text", "text": {"value": "\0", "annotations": []}}]
        monkeypatch.setattr(turn, "progress", lambda: Progress(texts={message.id: text}))
        raise RunFailure("server_error", "The provider broke.")

    monkeypatch.setattr(runner, "_take_turn", reply)
    execute(made.id)
    made.refresh_from_db()
    assert (made.status, made.attempts) == ("failed", 1)
    assert made.last_error["message"] == "The provider broke."
    assert Message.objects.get(run_id=made.id).status == "incomplete"
