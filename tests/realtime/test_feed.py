"""A thread's feed: each page ends like a reload, whenever it joins and whatever gets lost."""

import asyncio
import threading
from collections.abc import Callable
from copy import copy
from typing import Any

import pytest

from assistants_app.events import log, publish
from assistants_app.events.log import position
from assistants_app.models import Message, Thread
from assistants_app.queries.threads.spans import names_by_id
from assistants_app.queries.threads.state import thread_snapshot
from assistants_app.realtime import feed as feeds
from assistants_app.realtime.feeds import feed_of, leave_feed
from assistants_app.realtime.hops import in_thread
from assistants_app.redis_client import client
from tests.queries.threads.conversations import ask
from tests.realtime.answers import Answer
from tests.realtime.audience import Audience, Page, Watcher


async def middle_of(answer: Answer) -> None:
    """Let the reply think, run code, and start to write."""
    await answer.begin()
    await answer.think("First <b>, ")
    await answer.open_code("print(")
    await answer.write_code("55)")
    await answer.end_code()
    await answer.open_message("It is *fif")
    await answer.write("ty*-")


async def test_the_first_viewer_catches_up(answer: Answer, audience: Audience) -> None:
    old_page = await audience.loaded()
    await middle_of(answer)
    watcher = await audience.joined_by(old_page)
    [frame] = watcher.frames
    assert frame["whole"]
    assert frame["seq"] == await in_thread(log.last_seq, answer.cast.thread.id)
    await watcher.sees("First &lt;b&gt;", ">print", "55\n", "<em>fifty</em>-")
    await answer.write("five.")
    await watcher.sees("<em>fifty</em>-five.")
    await answer.end()
    await audience.sees_what_a_reload_shows()
    assert "announce" in watcher.frames[-1]
    assert any(frame["announce"].startswith("Reply from Secret") for frame in watcher.frames)


async def test_a_page_that_is_up_to_date_gets_only_what_is_being_written(
    answer: Answer, audience: Audience
) -> None:
    await middle_of(answer)
    watcher = await audience.joined_by()
    [frame] = watcher.frames
    changed = [operation["id"] for operation in frame["ops"]]
    assert changed == [answer.reasoning_id, f"body-{answer.message.id}"]
    await watcher.sees("<em>fifty</em>-")
    await answer.end()
    await audience.sees_what_a_reload_shows()


async def test_late_viewers_get_the_same_page(answer: Answer, audience: Audience) -> None:
    early = await audience.joined_by()
    old_page = copy(early.page)
    await answer.begin()
    await answer.think("First, ")
    await answer.open_code("print(")
    await early.sees("First, ", "print(")
    await answer.think("then")
    await answer.write_code("'<x>', ")
    shown = ""
    for number in range(5):
        late = await audience.joined_by(copy(old_page) if number % 2 else None)
        await answer.write_code(f"{number}, ")
        for watcher in (early, late):
            await watcher.sees("First, then", f"print('&lt;x&gt;', {shown}{number}, ")
        shown += f"{number}, "
    await answer.end_code()
    await answer.open_message("So *it")
    await audience.joined_by()
    await answer.write("* is")
    await audience.joined_by(copy(old_page))
    await answer.end()
    await audience.sees_what_a_reload_shows()


async def test_all_viewers_get_the_same_frames(answer: Answer, audience: Audience) -> None:
    one, other = await audience.joined_by(), await audience.joined_by()
    before = len(one.frames)
    await middle_of(answer)
    await answer.end()
    await audience.sees_what_a_reload_shows()
    assert one.frames[before:] == other.frames[1:]
    assert len(other.frames) > 1


async def test_no_two_frames_have_the_same_number(answer: Answer, audience: Audience) -> None:
    watcher = await audience.joined_by()
    for _ in range(3):
        await middle_of(answer)
        await answer.end()
        answer.text = answer.code = answer.thought = ""
    await audience.sees_what_a_reload_shows()
    numbers = [position(frame["seq"]) for frame in watcher.frames]
    assert numbers == sorted(set(numbers))


async def lose_the_log(thread_id: str) -> None:
    """Delete the log and close the connections of its readers."""

    def lose() -> None:
        client().delete(log.key(thread_id))
        client().client_kill_filter(_type="pubsub")

    await in_thread(lose)


async def test_pages_survive_the_loss_of_the_log(answer: Answer, audience: Audience) -> None:
    await middle_of(answer)
    watcher = await audience.joined_by()
    answer.away = True
    await answer.write("five.")
    await answer.end()
    await lose_the_log(answer.cast.thread.id)
    await watcher.until(lambda me: len(me.frames) > 1)
    assert watcher.frames[1]["whole"]
    await audience.sees_what_a_reload_shows()
    # The new log continues with higher numbers.
    answer.away = False
    await in_thread(ask, answer.cast, "And then?")
    last = await in_thread(lambda: Message.objects.latest("pk"))
    await in_thread(publish.publish, answer.cast.thread.id, publish.message_created(last))
    await watcher.sees("And then?", "Secret.txt")
    await audience.joined_by()
    await audience.sees_what_a_reload_shows()


async def test_a_message_that_lost_its_middle_is_shown_when_it_ends(
    answer: Answer, audience: Audience
) -> None:
    await middle_of(answer)
    watcher = await audience.joined_by()
    answer.away = True
    await answer.write("seven, no, fifty-")
    await lose_the_log(answer.cast.thread.id)
    await watcher.until(lambda me: len(me.frames) > 1)
    answer.away = False
    await answer.write("five.")
    await in_thread(publish.publish, answer.cast.thread.id, publish.run_created(answer.run))
    await watcher.until(lambda me: len(me.frames) > 2)
    assert "five." not in watcher.page.html
    await answer.end()
    await audience.sees_what_a_reload_shows()


@pytest.mark.usefixtures("suspicious")
async def test_pages_are_right_after_the_log_was_away(answer: Answer, audience: Audience) -> None:
    await middle_of(answer)
    watcher = await audience.joined_by()
    answer.away = True
    await answer.think("then second.")
    await answer.write("five.")
    await answer.end()
    await watcher.until(lambda me: len(me.frames) > 1)
    assert watcher.frames[1]["whole"]
    await audience.sees_what_a_reload_shows()
    late = await audience.joined_by()
    assert late.frames[0]["ops"] == []
    await audience.sees_what_a_reload_shows()


@pytest.mark.usefixtures("suspicious")
async def test_late_events_undo_nothing(answer: Answer, audience: Audience) -> None:
    await answer.begin()
    await answer.think("First, ")
    await answer.open_code("print(")
    watcher = await audience.joined_by()
    answer.away = True
    await answer.write_code("55)")
    await answer.end_code()
    await answer.open_message("It is ")
    await answer.write("55.")
    await answer.end()
    await watcher.until(lambda me: len(me.frames) > 1)
    await audience.sees_what_a_reload_shows()
    await answer.publish_lost()
    last = await in_thread(log.last_seq, answer.cast.thread.id)
    await watcher.until(lambda me: me.page.seq == last)
    await audience.sees_what_a_reload_shows()


async def test_the_viewers_of_a_deleted_thread_learn_of_it(
    answer: Answer, audience: Audience
) -> None:
    await middle_of(answer)
    one, other = await audience.joined_by(), await audience.joined_by()
    thread_id = answer.cast.thread.id
    await in_thread(answer.cast.thread.delete)
    await in_thread(publish.publish, thread_id, [publish.thread_deleted(thread_id)])
    for watcher in (one, other):
        await watcher.until(lambda me: me.page.gone)


@pytest.mark.usefixtures("suspicious")
async def test_a_deletion_without_an_event_is_noticed(answer: Answer, audience: Audience) -> None:
    await middle_of(answer)
    watcher = await audience.joined_by()
    await in_thread(answer.cast.thread.delete)
    await watcher.until(lambda me: me.page.gone)
    assert (await audience.joined_by(Page())).page.gone


async def test_a_thread_can_be_deleted_right_after_its_run_ends(
    answer: Answer, audience: Audience
) -> None:
    await middle_of(answer)
    watcher = await audience.joined_by()
    thread_id = answer.cast.thread.id

    def delete() -> None:
        cancelled = publish.run_is("cancelled", answer.run)
        Thread.objects.filter(pk=thread_id).delete()
        publish.publish(thread_id, [cancelled, publish.thread_deleted(thread_id)])

    await in_thread(delete)
    await watcher.until(lambda me: me.page.gone)


async def test_the_feed_ends_with_its_last_viewer(answer: Answer, audience: Audience) -> None:
    cast = answer.cast
    one, other = await audience.joined_by(), await audience.joined_by()
    feed = audience.watchers[one]
    assert audience.watchers[other] is feed
    audience.leave(one)
    await answer.begin()
    await other.until(lambda me: len(me.frames) > 1)
    audience.leave(other)
    seen = len(one.frames), len(other.frames)
    again = await audience.joined_by()
    assert audience.watchers[again] is not feed
    assert feed_of(cast.project.id, cast.thread.id) is audience.watchers[again]
    await answer.open_message("Who hears this?")
    await answer.end()
    await audience.sees_what_a_reload_shows()
    assert seen == (1, len(other.frames)) == (len(one.frames), len(other.frames))


async def test_a_feed_without_viewers_leaves_no_task(answer: Answer, audience: Audience) -> None:
    await audience.joined_by()  # the process's subscription, which stays, is a task too
    before = asyncio.all_tasks()
    audience.leave()
    [ended] = [task for task in before if "ThreadFeed._read_forever" in str(task.get_coro())]
    async with asyncio.timeout(10):
        await asyncio.wait([ended])
    assert ended.cancelled()


async def test_a_slow_viewer_gets_the_current_state_later(
    answer: Answer, audience: Audience, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(feeds, "SLOW_SECONDS", 0.01)
    slow, other = await audience.joined_by(), await audience.joined_by()
    await answer.begin()
    await slow.until(lambda me: len(me.frames) > 1)
    seen = len(slow.frames)
    slow.is_full = True
    await answer.think("First <b>, ")
    await answer.open_code("print(55)")
    await answer.end_code()
    await answer.open_message("It is *fif")
    await other.sees("First &lt;b&gt;", "It is *fif")
    for number in range(5):
        await answer.write(f"{number}, ")
        await other.sees(f"fif{''.join(f'{n}, ' for n in range(number + 1))}".rstrip())
    assert len(slow.frames) == seen
    slow.drain()
    await slow.sees("First &lt;b&gt;", "fif0, 1, 2, 3, 4,")
    assert slow.frames[seen]["whole"]
    await answer.write("ty*.")
    await answer.end()
    await audience.sees_what_a_reload_shows()


async def test_a_viewer_whose_socket_stays_full_gets_nothing_and_may_leave(
    answer: Answer, audience: Audience, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(feeds, "SLOW_SECONDS", 0.01)
    slow, other = await audience.joined_by(), await audience.joined_by()
    feed = audience.watchers[slow]
    slow.is_full = True
    await answer.begin()
    await other.until(lambda me: len(me.frames) > 1)
    # Asking for the state doesn't fill the socket further.
    for _ in range(3):
        feed.join(slow.viewer, None)
    late = await audience.joined_by(Page())
    assert len(slow.frames) == 1
    audience.leave(slow)
    slow.drain()
    await answer.open_message("It is fifty.")
    await answer.end()
    await audience.sees_what_a_reload_shows()
    assert len(slow.frames) == 1
    assert len(late.frames) > 1


async def test_viewers_who_arrive_together_share_one_rendering(
    answer: Answer, audience: Audience, monkeypatch: pytest.MonkeyPatch
) -> None:
    rendered: list[str] = []

    def snapshot(thread_id: str) -> Any:
        rendered.append(thread_id)
        return thread_snapshot(thread_id)

    monkeypatch.setattr(feeds, "thread_snapshot", snapshot)
    await middle_of(answer)
    watchers = [Watcher(Page()) for _ in range(3 * feeds.SENDS_PER_TURN)]
    feed = feed_of(answer.cast.project.id, answer.cast.thread.id)
    for watcher in watchers:
        feed.join(watcher.viewer, watcher.page.seq)
    for watcher in watchers:
        await watcher.sees("<em>fifty</em>-")
        assert watcher.frames == watchers[0].frames
    assert len(rendered) == 1
    for watcher in watchers:
        leave_feed(feed, watcher.viewer)


async def test_a_viewer_who_joins_during_a_batch_takes_no_changes_from_the_others(
    answer: Answer, audience: Audience, monkeypatch: pytest.MonkeyPatch
) -> None:
    early = await audience.joined_by()
    asked, goes_on = asyncio.Event(), threading.Event()
    loop = asyncio.get_running_loop()

    def names_that_take_long(*arguments: Any) -> dict[str, str]:
        loop.call_soon_threadsafe(asked.set)
        assert goes_on.wait(10)
        return names_by_id(*arguments)

    monkeypatch.setattr(feeds, "names_by_id", names_that_take_long)
    cast = answer.cast
    plain = await in_thread(lambda: Message.objects.create(thread=cast.thread, role="user"))
    attached = await in_thread(ask, cast)
    batch = [*publish.message_created(plain), *publish.message_created(attached)]
    await in_thread(publish.publish, cast.thread.id, batch)
    async with asyncio.timeout(10):
        await asked.wait()  # the feed has applied the first of the two events
    late = await audience.joined_by(Page())
    await early.sees(f'id="{plain.id}"')
    assert attached.id not in early.page.html
    goes_on.set()
    for watcher in (early, late):
        await watcher.sees(f'id="{plain.id}"', f'id="{attached.id}"', "Secret.txt")


@pytest.mark.usefixtures("suspicious")
@pytest.mark.parametrize(
    "broken",
    [{"thread_runs"}, {"names_by_id"}, {"thread_snapshot", "thread_runs"}],
)
async def test_a_database_error_delays_the_feed_but_does_not_end_it(
    answer: Answer, audience: Audience, monkeypatch: pytest.MonkeyPatch, broken: set[str]
) -> None:
    watcher = await audience.joined_by()
    failing = set(broken)
    failed = asyncio.Event()
    loop = asyncio.get_running_loop()

    def fail_once(name: str) -> Callable[..., Any]:
        working = getattr(feeds, name)

        def read(*arguments: Any) -> Any:
            if name not in failing:
                return working(*arguments)
            failing.remove(name)
            if not failing:
                loop.call_soon_threadsafe(failed.set)
            raise ConnectionError

        return read

    for name in broken:
        monkeypatch.setattr(feeds, name, fail_once(name))
    await middle_of(answer)
    async with asyncio.timeout(10):
        await failed.wait()
    await watcher.until(lambda me: any(frame["whole"] for frame in me.frames[1:]))
    await watcher.sees("<em>fifty</em>-")
    await answer.end()
    await audience.sees_what_a_reload_shows()
