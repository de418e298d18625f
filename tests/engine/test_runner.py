"""Runs end, whatever happens."""

from collections.abc import Callable
from typing import Any

import pytest

from assistants_app.domain.errors import RunFailure
from assistants_app.engine import runner
from assistants_app.engine.turn import Turn
from assistants_app.gateway import endpoints
from assistants_app.models import Message, Run
from assistants_app.services.runs import held
from assistants_app.services.runs.frozen import Source, create_frozen_run, freeze
from assistants_app.services.runs.progress import Progress
from assistants_app.tools import hops
from assistants_app.tools.hops import services
from tests.cast import Cast, make_file, make_run
from tests.engine.carrying_out import execute
from tests.fakes.provider import ScriptedProvider
from tests.fakes.replies import Reply


def test_a_run_fails_at_once_if_its_reply_cannot_be_stored(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = make_run(cast.project, cast.thread, cast.assistant)

    async def reply(begun: object, turn: Turn, started: object) -> None:
        message, _ = await services(held.open_message, run=turn.run)
        text = [{"type": "text", "text": {"value": "\0", "annotations": []}}]
        monkeypatch.setattr(turn, "progress", lambda: Progress(texts={message.id: text}))
        raise RunFailure("server_error", "The provider broke.")

    monkeypatch.setattr(runner, "_take_turn", reply)
    execute(made.id)
    made.refresh_from_db()
    assert (made.status, made.attempts) == ("failed", 1)
    assert made.last_error["message"] == "The provider broke."
    assert Message.objects.get(run_id=made.id).status == "incomplete"


@pytest.fixture
def asked_apart(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The runs whose question was not made in the hop that claimed them."""
    runs: list[str] = []

    async def prompts(repeat: Callable[..., Any], call: Callable[[Run], Any], run: Run) -> Any:
        runs.append(run.id)
        return await real(repeat, call, run)

    real = hops.prompts
    monkeypatch.setattr(runner, "prompts", prompts)
    return runs


@pytest.mark.parametrize("image", [False, True])
def test_a_run_is_claimed_and_asked_in_one_hop_unless_that_takes_long(
    cast: Cast, scripted: ScriptedProvider, asked_apart: list[str], image: bool
) -> None:
    if image:
        file = make_file(cast.project, b"\x89PNG\r\n\x1a\n picture")
        part = {"type": "image_file", "image_file": {"file_id": file.id, "detail": "auto"}}
        Message.objects.create(thread=cast.thread, role="user", content=[part])
    run = make_run(cast.project, cast.thread, cast.assistant)
    scripted.enqueue(Reply(text="Seen"))
    execute(run.id)
    run.refresh_from_db()
    assert (run.status, run.attempts) == ("completed", 1)
    assert asked_apart == ([run.id] if image else [])
    assert ("image_url" in str(scripted.completions[0])) is image


def test_a_question_that_fails_with_its_claim_ends_the_run(
    cast: Cast, scripted: ScriptedProvider, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(**_: object) -> None:
        raise RunFailure("server_error", "No model endpoint is connected.")

    monkeypatch.setattr(endpoints, "chat_model", fail)
    run = make_run(cast.project, cast.thread, cast.assistant)
    execute(run.id)
    run.refresh_from_db()
    assert (run.status, run.attempts) == ("failed", 1)
    assert run.last_error["message"] == "No model endpoint is connected."


def test_a_run_without_tokens_left_ends_with_its_claim(
    cast: Cast, scripted: ScriptedProvider
) -> None:
    run = make_run(
        cast.project,
        cast.thread,
        cast.assistant,
        max_completion_tokens=5,
        usage={"completion_tokens": 5},
    )
    execute(run.id)
    run.refresh_from_db()
    assert (run.status, run.incomplete_reason) == ("incomplete", "max_completion_tokens")
    assert not scripted.completions


def test_a_model_runs_without_an_assistant(cast: Cast, scripted: ScriptedProvider) -> None:
    frozen = freeze(
        project=cast.project, source=Source(model="m"), overrides={"instructions": "Rate it."}
    )
    made = create_frozen_run(
        project=cast.project, thread_id=cast.thread.id, frozen=frozen, origin="judge"
    )
    scripted.enqueue(Reply(text="Good"))
    execute(made.id)
    run = Run.objects.get(pk=made.id)
    assert (run.status, run.assistant_id, run.origin) == ("completed", "", "judge")
    assert "Rate it." in str(scripted.completions[0]["messages"])
    assert Message.objects.get(run_id=run.id).content[0]["text"]["value"] == "Good"
