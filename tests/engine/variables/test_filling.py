"""The model gets values in the place of variables, in instructions and in users' messages."""

from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from assistants_app.domain import limits
from assistants_app.domain.errors import RunFailure
from assistants_app.engine.context import measure_rows, prompt_of
from assistants_app.engine.variables import files
from assistants_app.models import File, Message, Run
from assistants_app.wire.threads.messages import text_part
from tests.cast import Cast, make_file, make_run
from tests.engine.messages import say

PNG = b"\x89PNG\r\n\x1a\n picture"
MakeRun = Callable[..., Run]


@pytest.fixture
def new_run(cast: Cast) -> MakeRun:
    """A function that adds a run of the thread, which has no messages yet."""
    cast.message.delete()

    def add(**columns: Any) -> Run:
        Run.objects.filter(thread=cast.thread).update(status="completed")
        return make_run(cast.project, cast.thread, cast.assistant, **columns)

    return add


def prompt(run: Run, budget: int = 100_000) -> list[Any]:
    return [
        message["content"] if isinstance(message["content"], str) else message
        for message in prompt_of(run, lambda: budget).messages
    ]


def image(file: File) -> dict[str, Any]:
    return {"type": "image_file", "image_file": {"file_id": file.id, "detail": "auto"}}


def test_values_are_in_instructions_and_messages_and_the_rest_stays(new_run: MakeRun) -> None:
    run = new_run(instructions="Be {{tone}}, {{other}}.", variables={"tone": "kind", "city": 3})
    say(run, r"Where is {{ city }}? \{{city}} {{other}}")
    assert prompt(run) == ["Be kind, {{other}}.", "Where is 3? {{city}} {{other}}"]


def test_without_variables_everything_stays_as_it_was_typed(new_run: MakeRun) -> None:
    run = new_run(instructions=r"{{tone}} \{{tone}}", variables=None)
    say(run, r"{{city}} \{{city}}")
    assert prompt(run) == [r"{{tone}} \{{tone}}", r"{{city}} \{{city}}"]


def test_a_message_keeps_the_values_of_the_run_that_answered_it(new_run: MakeRun) -> None:
    first = new_run(instructions="{{city}}", variables={"city": "Oslo"})
    say(first, "Where is {{city}}?")
    say(first, "In the north of {{city}}.", role="assistant", run_id=first.id)
    # A run that failed before it wrote anything: the next one answers its message.
    failed = new_run(variables={"city": "Bergen"})
    say(failed, "And {{city}}?")
    run = new_run(instructions="{{city}}", variables={"city": "Rome"})
    say(run, "Or {{city}}?")
    assert prompt(run) == [
        "Rome",
        "Where is Oslo?",
        "In the north of {{city}}.",
        "And Rome?",
        "Or Rome?",
    ]
    # The same when the variable is gone.
    assert prompt(new_run(variables=None))[:2] == ["Where is Oslo?", "In the north of {{city}}."]


def test_a_fork_keeps_the_values_of_the_original_runs(new_run: MakeRun, cast: Cast) -> None:
    original = new_run(variables={"city": "Oslo"})
    Run.objects.filter(pk=original.pk).update(thread=cast.run.thread)
    say(original, "Where is {{city}}?")
    say(original, "North.", role="assistant", copied_run_id=original.id)
    run = new_run(instructions="", variables={"city": "Rome"})
    assert prompt(run) == ["Where is Oslo?", "North."]


def test_values_of_earlier_runs_take_one_query_and_none_without_marks(new_run: MakeRun) -> None:
    for city in ("Oslo", "Rome", "Paris"):
        run = new_run(instructions="", variables={"city": city})
        say(run, "Hello")
        say(run, "Yes", role="assistant", run_id=run.id)
    with CaptureQueriesContext(
        connection,
    ) as plain:
        prompt(run)
    for message in Message.objects.filter(role="user", thread_id=run.thread_id):
        message.content = [text_part("Hello {{city}}")]
        message.save()
    run = new_run(instructions="", variables={})
    with CaptureQueriesContext(connection) as marked:
        shown = prompt(run)
    assert [text for text in shown if text != "Yes"] == ["Hello Oslo", "Hello Rome", "Hello Paris"]
    assert len(marked) == len(plain) + 1


def test_images_are_parts_of_a_message_and_follow_the_instructions(
    new_run: MakeRun, cast: Cast
) -> None:
    photo = make_file(cast.project, PNG, filename="photo.png")
    run = new_run(
        instructions="Compare with {{photo}} and {{photo}}.", variables={"photo": image(photo)}
    )
    say(run, "Is it {{photo}}?")
    system, after, question = prompt(run)
    assert system == f"Compare with (image {photo.id}) and (image {photo.id})."
    assert after["role"] == "user"
    assert [part["type"] for part in after["content"]] == ["text", "image_url"]
    assert after["content"][0]["text"] == f"The instructions refer to (image {photo.id}):"
    assert [part["type"] for part in question["content"]] == ["text", "image_url", "text"]
    assert question["content"][1]["image_url"]["url"].startswith("data:image/png;base64,")


def test_the_text_of_a_file_is_put_in_and_a_deleted_one_is_mentioned(
    new_run: MakeRun, cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    report = make_file(cast.project, "Totals: {{city}} é".encode(), filename="report.txt")
    value = {"type": "file", "file": {"file_id": report.id}}
    run = new_run(instructions="Read {{report}}", variables={"report": value, "city": "Oslo"})
    say(run, "Sum up {{report}} for {{city}}.")
    inside = "[File: report.txt]\nTotals: {{city}} é\n[End of report.txt]"
    assert prompt(run) == [f"Read {inside}", f"Sum up {inside} for Oslo."]
    monkeypatch.setattr(files, "extract_file", None)  # the text was kept
    assert prompt(run)[0] == f"Read {inside}"
    report.delete()
    assert prompt(run)[0] == f"Read {files.DELETED}"


def test_a_file_without_text_fails_the_run_and_is_named(new_run: MakeRun, cast: Cast) -> None:
    odd = make_file(cast.project, b"\x00\x01\x02\xff" * 100, filename="odd.bin")
    run = new_run(
        instructions="{{x}}", variables={"x": {"type": "file", "file": {"file_id": odd.id}}}
    )
    with pytest.raises(RunFailure, match=f"{odd.id} .odd.bin.") as caught:
        prompt(run)
    assert caught.value.code == "invalid_prompt"


def test_values_in_too_many_places_fail_the_run(new_run: MakeRun) -> None:
    run = new_run(instructions="", variables={"x": "y" * 200_000})
    say(run, "{{x}}" * 6)
    with pytest.raises(RunFailure, match=f"longer than {limits.RENDERED_TEXT}") as caught:
        prompt(run)
    assert caught.value.code == "invalid_prompt"


def test_sizes_are_those_with_values_and_the_message_keeps_its_own(new_run: MakeRun) -> None:
    long = "word " * 5000
    run = new_run(instructions="", variables={"x": long}, max_prompt_tokens=100_000)
    say(run, "{{x}}")
    say(run, "{{x}}")
    assert len(prompt(run, 6000)) == 1
    measured = measure_rows(run, 6000, most=10)
    assert [row.shown for row in measured.rows] == [False, True]
    assert min(row.tokens for row in measured.rows) >= 5000
    assert not Message.objects.filter(thread_id=run.thread_id, prompt_tokens__isnull=False)


def test_a_page_counts_the_text_of_a_file_unless_it_is_too_large_or_unreadable(
    new_run: MakeRun, cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    def size(data: bytes, name: str) -> int:
        file = make_file(cast.project, data, filename=name)
        value = {"type": "file", "file": {"file_id": file.id}}
        run = new_run(instructions="Read {{report}}", variables={"report": value})
        return measure_rows(run, 100_000, most=10).fixed

    words = b"word " * 1000
    assert 1000 < size(words, "report.txt") < 1100
    assert size(b"\x00\x01\x02\xff" * 100, "odd.bin") < 100
    monkeypatch.setattr(files, "COUNTED_BYTES", 100)
    assert size(words, "large.txt") < 100
