"""Parts of a long thread: they join without a gap or an overlap, and are found by a message."""

import pytest
from django.utils import timezone

from assistants_app.domain.ids import sort_key
from assistants_app.models import Message, Run, RunStep, Thread
from assistants_app.models.snapshots import ThreadPart
from assistants_app.queries.threads.found import Hit, find_in_thread, newest_hits
from assistants_app.queries.threads.spans import (
    END,
    SHOWN_MESSAGES,
    START,
    Place,
    place_of_run,
    read_part,
)
from assistants_app.queries.threads.threads import last_assistant, recent_threads
from assistants_app.wire.runs.steps import tool_calls_details
from assistants_app.wire.threads.messages import text_part
from tests.cast import Cast, make_run
from tests.queries.threads.conversations import CALL, add_step, ask, reply


def written(cast: Cast, count: int) -> list[Message]:
    """Insert user's messages, and return all of the thread's."""
    rows = [
        Message(thread=cast.thread, role="user", content=[text_part(f"Message {number}")])
        for number in range(count)
    ]
    Message.objects.bulk_create(rows)
    return list(Message.objects.filter(thread=cast.thread).order_by("pk"))


def shown(part: ThreadPart) -> tuple[int, int, list[str]]:
    return part.span.before, part.span.total, [message.id for message in part.messages]


def test_parts_follow_each_other_in_both_directions(cast: Cast) -> None:
    ids = [message.id for message in written(cast, 2 * SHOWN_MESSAGES + 40)]
    total = len(ids)
    last = read_part(cast.thread, END)
    assert shown(last) == (total - 100, total, ids[-100:])
    assert last.span.until == ""
    middle = read_part(cast.thread, Place("before", ids[-100]))
    assert shown(middle) == (total - 150, total, ids[-150:-100])
    assert middle.span.until == sort_key(ids[-101]) == last.span.above
    first = read_part(cast.thread, START)
    assert shown(first) == (0, total, ids[:100])
    assert first.span.above == ""
    assert shown(read_part(cast.thread, Place("after", ids[99]))) == (100, total, ids[100:150])
    end = read_part(cast.thread, Place("after", ids[199]))
    assert shown(end) == (200, total, ids[200:])
    assert end.span.until == ""
    around = read_part(cast.thread, Place("around", ids[120]))
    assert shown(around) == (70, total, ids[70:170])
    some = read_part(cast.thread, Place("from", ids[3], ids[7]))
    assert shown(some) == (3, total, ids[3:8])


def test_a_deleted_message_leaves_its_place(cast: Cast) -> None:
    ids = [message.id for message in written(cast, 300)]
    Message.objects.filter(pk=ids[150]).delete()
    assert shown(read_part(cast.thread, Place("before", ids[150])))[2] == ids[100:150]
    assert shown(read_part(cast.thread, Place("after", ids[150])))[2] == ids[151:201]
    assert shown(read_part(cast.thread, Place("around", ids[150])))[2][50] == ids[151]


@pytest.mark.parametrize("where", ["before", "after", "around", "from"])
def test_an_unknown_message_is_no_error(cast: Cast, where: str) -> None:
    cast.message.delete()
    part = read_part(cast.thread, Place(where, "no such id"))  # type: ignore[arg-type]
    assert shown(part) == (0, 0, [])


def test_each_early_end_belongs_to_one_part(cast: Cast) -> None:
    failed: list[Run] = []
    for _ in range(30):
        written(cast, 5)
        now = timezone.now()
        run = make_run(cast.project, cast.thread, cast.assistant, status="failed", failed_at=now)
        failed.append(run)
        if len(failed) % 2:
            add_step(run, tool_calls_details([CALL]), status="failed", failed_at=now)
    parts = [read_part(cast.thread, END)]
    while parts[0].span.before:
        parts.insert(0, read_part(cast.thread, Place("before", parts[0].messages[0].id)))
    assert len(parts) > 1
    told = [run.id for part in parts for run in part.passed if part.span.has(sort_key(run.id))]
    assert sorted(told) == [run.id for run in failed]
    steps = [step for part in parts for step in part.steps if part.span.has(sort_key(step.id))]
    assert [step.id for step in steps] == list(
        RunStep.objects.filter(thread_id=cast.thread.id, type="tool_calls")
        .order_by("pk")
        .values_list("pk", flat=True)
    )


def test_a_run_is_where_its_first_message_is_or_was_created(cast: Cast) -> None:
    message = reply(cast)
    run = Run.objects.get(pk=message.run_id)
    assert place_of_run(run) == Place("around", message.id)
    silent = make_run(cast.project, cast.thread, cast.assistant, status="failed")
    later = ask(cast)
    part = read_part(cast.thread, place_of_run(silent))
    assert later in part.messages
    assert silent in part.passed


def test_a_search_goes_from_match_to_match_and_round(cast: Cast) -> None:
    first, _other, last = ask(cast, "Red apples"), ask(cast, "Plums"), ask(cast, "Green apples")
    elsewhere = Thread.objects.create(project=cast.project)
    Message.objects.create(thread=elsewhere, role="user", content=[text_part("Apples")])
    newest, oldest = Hit(last.id, 2, 2), Hit(first.id, 1, 2)
    thread = cast.thread
    assert find_in_thread(thread, "apples") == newest
    assert find_in_thread(thread, "apples", step="previous") == newest
    assert find_in_thread(thread, "apples", at=last.id, step="previous") == oldest
    assert find_in_thread(thread, "apples", at=first.id, step="previous") == newest
    assert find_in_thread(thread, "apples", at=first.id) == newest
    assert find_in_thread(thread, "apples", at=last.id) == oldest
    assert find_in_thread(thread, '"green apples"') == Hit(last.id, 1, 1)
    assert find_in_thread(thread, "pears") is None
    assert find_in_thread(thread, "…") is None
    assert newest_hits([thread], "apples") == {thread.id: last.id}


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("我们讨论价格", "价格"),
        ("Größe ÄNDERN", "größe"),
        ("в Москве", "МОСКВЕ"),
        ("新しいカード", "カード"),
    ],
)
def test_words_of_any_language_are_found(cast: Cast, text: str, words: str) -> None:
    message = ask(cast, text)
    assert find_in_thread(cast.thread, words) == Hit(message.id, 1, 1)


def test_a_recent_thread_has_the_assistant_of_its_newest_run(cast: Cast) -> None:
    other = type(cast.assistant).objects.create(project=cast.project, model="m", name="Other")
    make_run(cast.project, cast.thread, other, status="completed")
    Thread.objects.create(project=cast.project)
    rows = {row.thread.id: row for row in recent_threads(cast.project).items}
    assert rows[cast.thread.id].assistant_id == other.id == last_assistant(cast.thread)
    assert sorted(row.assistant_id for row in rows.values()) == ["", other.id]
    other.delete()
    assert last_assistant(cast.thread) == ""
