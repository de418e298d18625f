"""Where threads and their forks part."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from assistants_app.models import Message, Thread
from assistants_app.models.snapshots import BranchPoint
from assistants_app.queries.threads.forks import branches_of
from assistants_app.services.threads.forks import clear_thread, edit_and_fork, fork_thread
from assistants_app.wire.threads.messages import text_part
from tests.cast import Cast, make_run


def say(thread: Thread, text: str, role: str = "user") -> Message:
    return Message.objects.create(thread=thread, role=role, content=[text_part(text)])


def text_of(message: Message | None) -> str:
    return message.content[0]["text"]["value"] if message else ""


def shown(thread: Thread) -> list[tuple[str, list[str], int]]:
    """Return the points: the text before each, those after it, and which one is the thread's."""
    return sorted(_shown(point) for point in branches_of(thread))


def _shown(point: BranchPoint) -> tuple[str, list[str], int]:
    before = Message.objects.filter(pk=point.after).first()
    return text_of(before), [text_of(one.message) for one in point.variants], point.current


@pytest.fixture
def thread(cast: Cast) -> Thread:
    """A thread with two questions and their answers."""
    cast.message.delete()
    for role, text in (("user", "Q1"), ("assistant", "A1"), ("user", "Q2"), ("assistant", "A2")):
        say(cast.thread, text, role)
    return cast.thread


def copy_up_to(cast: Cast, thread: Thread, text: str) -> Thread:
    at = next(row for row in Message.objects.filter(thread=thread) if text_of(row) == text)
    return fork_thread(project=cast.project, thread_id=thread.id, message_id=at.id)


def edited(cast: Cast, thread: Thread, text: str, new: str) -> Thread:
    at = next(row for row in Message.objects.filter(thread=thread) if text_of(row) == text)
    return edit_and_fork(project=cast.project, thread_id=thread.id, message_id=at.id, text=new)


def test_answers_to_the_same_question_are_variants_in_each_thread(
    cast: Cast, thread: Thread
) -> None:
    second = copy_up_to(cast, thread, "Q2")
    say(second, "B2", "assistant")
    third = copy_up_to(cast, second, "Q2")  # of a fork
    say(third, "C2", "assistant")
    for current, one in enumerate((thread, second, third)):
        assert shown(one) == [("Q2", ["A2", "B2", "C2"], current)]


def test_an_edited_message_is_a_variant_of_the_original(cast: Cast, thread: Thread) -> None:
    other = edited(cast, thread, "Q2", "Q2 in short")
    say(other, "B2", "assistant")
    assert shown(thread) == [("A1", ["Q2", "Q2 in short"], 0)]
    assert shown(other) == [("A1", ["Q2", "Q2 in short"], 1)]


def test_the_first_message_can_be_edited(cast: Cast, thread: Thread) -> None:
    assert shown(edited(cast, thread, "Q1", "Q0")) == [("", ["Q1", "Q0"], 1)]


def test_a_thread_can_part_in_several_places(cast: Cast, thread: Thread) -> None:
    say(copy_up_to(cast, thread, "Q1"), "B1", "assistant")
    fork = edited(cast, thread, "Q2", "Q3")
    assert shown(thread) == [("A1", ["Q2", "Q3"], 0), ("Q1", ["A1", "B1"], 0)]
    assert shown(fork) == [("A1", ["Q2", "Q3"], 1), ("Q1", ["A1", "B1"], 1 - 1)]


def test_a_thread_with_the_same_next_message_counts_once(cast: Cast, thread: Thread) -> None:
    copy_up_to(cast, thread, "A2")  # all of it
    say(copy_up_to(cast, thread, "Q2"), "B2", "assistant")
    assert shown(thread) == [("Q2", ["A2", "B2"], 0)]


def test_a_fork_that_only_goes_on_or_never_ran_is_no_branch(cast: Cast, thread: Thread) -> None:
    fork = copy_up_to(cast, thread, "Q1")
    assert shown(thread) == []
    make_run(cast.project, fork, cast.assistant, status="failed")
    assert shown(thread) == [("Q1", ["A1", ""], 0)]
    assert shown(fork) == [("Q1", ["A1", ""], 1)]
    clear_thread(project=cast.project, thread_id=thread.id)
    assert len(shown(thread)) == 1


def test_the_place_remains_if_the_shared_message_or_the_origin_is_deleted(
    cast: Cast, thread: Thread
) -> None:
    second, third = copy_up_to(cast, thread, "Q2"), copy_up_to(cast, thread, "Q2")
    say(second, "B2", "assistant")
    say(third, "C2", "assistant")
    Message.objects.filter(thread=thread).last().delete()  # type: ignore[union-attr]
    assert shown(second) == [("Q2", ["B2", "C2"], 0)]
    thread.delete()
    assert shown(second) == []


def test_more_forks_take_no_more_queries(cast: Cast, thread: Thread) -> None:
    counts = []
    for _ in range(3):
        say(copy_up_to(cast, thread, "Q2"), "B2", "assistant")
        with CaptureQueriesContext(connection) as captured:
            branches_of(thread)
        counts.append(len(captured))
    assert counts[0] == counts[1] == counts[2]
