"""Comments and ratings appear on the open pages of others."""

from functools import partial
from typing import Any

import pytest
from django.utils import timezone

from assistants_app.models import Message, Run, RunStep
from assistants_app.realtime.hops import in_thread
from assistants_app.services.people.comments import OnMessage
from assistants_app.services.people.ratings import rate_message
from assistants_app.services.threads.messages import delete_message, edit_last_message
from tests.cast import Cast
from tests.realtime.audience import Audience
from tests.services.people.conversations import answer, comment, reply_of


@pytest.fixture(autouse=True)
def ended_run(transactional_db: None, cast: Cast) -> None:
    """End the run, whose time would go on in the run log."""
    now = timezone.now()
    Run.objects.filter(pk=cast.run.id).update(started_at=now, completed_at=now)
    RunStep.objects.filter(pk=cast.step.id).update(completed_at=now)


def on(message: Message) -> OnMessage:
    return OnMessage(message.thread_id, message.id)


async def test_comments_appear_without_a_reload(cast: Cast, audience: Audience) -> None:
    message = await in_thread(reply_of, cast)
    watcher = await audience.joined_by()
    first = await in_thread(comment, cast, cast.alice, "<i>First</i>", on(message))
    await watcher.sees("&lt;i&gt;First&lt;/i&gt;")
    # Only what changed is sent, so that nobody who writes below the message is disturbed.
    [operation] = watcher.frames[-1]["ops"]
    assert (operation["op"], operation["id"]) == ("inner", f"talk-{message.id}")
    await in_thread(answer, cast, cast.bob, "Second", first)
    await watcher.sees("Second")
    await audience.sees_what_a_reload_shows()


async def test_ratings_appear_without_a_reload(cast: Cast, audience: Audience) -> None:
    message = await in_thread(reply_of, cast)
    watcher = await audience.joined_by()
    rate = partial(
        rate_message, project=cast.project, thread_id=cast.thread.id, message_id=message.id
    )
    await in_thread(partial(rate, user=cast.alice, value="up"))
    await watcher.sees("Ratings: 1 good, 0 bad")
    await in_thread(partial(rate, user=cast.bob, value="down"))
    await watcher.sees("Ratings: 1 good, 1 bad")
    await audience.sees_what_a_reload_shows()


async def test_a_changed_message_keeps_its_comments(cast: Cast, audience: Audience) -> None:
    watcher = await audience.joined_by()
    await in_thread(comment, cast, cast.alice, "First")
    await watcher.sees("First")
    place: dict[str, Any] = {
        "project": cast.project,
        "thread_id": cast.thread.id,
        "message_id": cast.message.id,
    }
    await in_thread(partial(edit_last_message, **place, text="New text"))
    await watcher.sees("New text", "First")
    await audience.sees_what_a_reload_shows()


async def test_a_comment_on_a_message_that_is_gone(cast: Cast, audience: Audience) -> None:
    watcher = await audience.joined_by()
    await in_thread(comment, cast, cast.alice, "First")
    place: dict[str, Any] = {
        "project": cast.project,
        "thread_id": cast.thread.id,
        "message_id": cast.message.id,
    }
    await in_thread(partial(delete_message, **place))
    await watcher.until(lambda me: f'id="{cast.message.id}"' not in me.page.text)
    await audience.sees_what_a_reload_shows()


async def test_a_late_viewer_sees_them(cast: Cast, audience: Audience) -> None:
    old_page = await audience.loaded()
    await in_thread(comment, cast, cast.alice, "First")
    watcher = await audience.joined_by(old_page)
    await watcher.sees("First")
