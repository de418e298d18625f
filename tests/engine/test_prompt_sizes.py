"""Sizes of messages are counted once and kept, and prompts are those of a fresh count."""

import random
from typing import Any

import psycopg
import pytest
from django.db import connection

from assistants_app.domain.tokens import count_tokens
from assistants_app.engine import context
from assistants_app.engine.context import Prompt, prompt_of
from assistants_app.models import Message, Run, RunStep
from assistants_app.services.threads.forks import fork_thread
from assistants_app.wire.runs.steps import function_call, tool_calls_details
from assistants_app.wire.threads.messages import text_part
from tests.cast import Cast, make_run
from tests.engine.messages import say

WORDS = [
    "harbour",
    "Grüße",
    "日本語",
    "👩‍👩‍👧‍👦",
    "naïve",
    "\n\n",
    "{}",
    "x" * 300,
    "<|endoftext|>",
]
LONG = "word " * 700


@pytest.fixture
def run(cast: Cast) -> Run:
    """A run on an empty thread."""
    cast.message.delete()
    return make_run(cast.project, cast.thread, cast.assistant, instructions="Rules.")


@pytest.fixture
def counted(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The texts whose tokens prompts have counted."""
    texts: list[str] = []

    def count_and_note(text: str) -> int:
        texts.append(text)
        return count_tokens(text)

    monkeypatch.setattr(context, "count_tokens", count_and_note)
    return texts


def prompt_with(run: Run, budget: int) -> Prompt:
    return prompt_of(run, lambda: budget)


def text_of(dice: random.Random) -> str:
    return " ".join(dice.choices(WORDS, k=dice.randrange(150)))


def part_of(dice: random.Random) -> dict[str, Any]:
    kind = dice.randrange(8)
    if kind == 0:
        return {"type": "image_url", "image_url": {"url": "https://example.com/a.png"}}
    if kind == 1:
        return {"type": "image_file", "image_file": {"file_id": "file-gone", "detail": "auto"}}
    if kind == 2:
        return {"type": "refusal", "refusal": text_of(dice)}
    return text_part(text_of(dice))


def add_turns(run: Run, earlier: Run, dice: random.Random) -> None:
    for _ in range(40):
        columns: dict[str, Any] = {"role": dice.choice(["user", "assistant"])}
        if columns["role"] == "assistant" and dice.random() < 0.6:
            columns["run_id"] = earlier.id
        if dice.random() < 0.1:
            columns |= {"status": "incomplete", "incomplete_reason": "run_failed"}
        content = [part_of(dice) for _ in range(dice.choice([0, 1, 1, 1, 2, 3]))]
        Message.objects.create(thread_id=run.thread_id, content=content, **columns)
        if dice.random() < 0.2:
            call = function_call(f"call_{dice.random()}", "look", "{}", text_of(dice))
            RunStep.objects.create(
                run=earlier,
                thread_id=run.thread_id,
                assistant_id="a",
                type="tool_calls",
                status="completed",
                step_details=tool_calls_details([call]),
            )


@pytest.mark.parametrize("seed", range(8))
def test_prompts_are_those_of_a_fresh_count(
    cast: Cast, run: Run, seed: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    dice = random.Random(seed)
    add_turns(run, cast.run, dice)
    if seed % 4 == 3:
        run.truncation_strategy = {"type": "last_messages", "last_messages": 12}
    budgets = [dice.randrange(6000) for _ in range(10)]
    monkeypatch.setattr(context, "WORTH_KEEPING", 10**9)
    fresh = [prompt_with(run, budget) for budget in budgets]
    assert not Message.objects.filter(prompt_tokens__isnull=False).exists()
    monkeypatch.setattr(context, "WORTH_KEEPING", 1)
    # Some sizes are kept, then more of them.
    assert [prompt_with(run, budget) for budget in budgets] == fresh
    assert Message.objects.filter(prompt_tokens__gt=0).exists()
    assert [prompt_with(run, budget) for budget in budgets] == fresh


def test_a_message_is_counted_once(run: Run, counted: list[str]) -> None:
    for _ in range(8):
        say(run, LONG)
    first = prompt_with(run, 3000)
    assert counted.count(LONG) == 5  # one more than fits
    counted.clear()
    say(run, "short")
    assert prompt_with(run, 3000).messages[1:-1] == first.messages[1:]
    assert LONG not in counted
    assert "short" in counted


def test_few_new_tokens_are_not_worth_a_write(run: Run) -> None:
    for _ in range(40):
        say(run, "word " * 40)
    prompt_with(run, 900)
    assert not Message.objects.filter(prompt_tokens__isnull=False).exists()


def test_a_size_of_other_content_is_not_used(run: Run) -> None:
    for _ in range(8):
        say(run, LONG)
    before = prompt_with(run, 3000)
    assert len(before.messages) == 5
    newest = Message.objects.order_by("-pk")[1]
    assert newest.prompt_tokens == 705
    newest.content = [text_part("word " * 2500)]
    newest.save(update_fields=["content"])
    assert len(prompt_with(run, 3000).messages) == 2


def test_a_size_by_other_rules_is_not_used(run: Run) -> None:
    for _ in range(8):
        say(run, LONG)
    before = prompt_with(run, 3000)
    # As if they had been counted by another version, with another result.
    Message.objects.update(prompt_tokens=1, prompt_tokens_of=1)
    assert prompt_with(run, 3000) == before
    assert Message.objects.filter(prompt_tokens=705).count() == 5


def test_copies_in_a_fork_keep_their_sizes(cast: Cast, run: Run, counted: list[str]) -> None:
    for _ in range(8):
        say(run, LONG)
    prompt_with(run, 3000)
    run.status = "completed"
    run.save()
    fork = fork_thread(project=cast.project, thread_id=run.thread_id)
    counted.clear()
    prompt_with(make_run(cast.project, fork, cast.assistant, instructions="Rules."), 3000)
    assert LONG not in counted


@pytest.mark.django_db(transaction=True)
def test_keeping_waits_for_nobody(run: Run) -> None:
    messages = [say(run, LONG) for _ in range(8)]
    with connection.cursor() as cursor:
        server = cursor.connection.info.dsn
    with psycopg.connect(server) as other:
        other.execute("SELECT FROM message WHERE id = %s FOR UPDATE", [messages[-1].pk])
        prompt_with(run, 3000)
    kept = Message.objects.filter(prompt_tokens__isnull=False)
    assert set(kept.values_list("pk", flat=True)) == {message.pk for message in messages[3:7]}
