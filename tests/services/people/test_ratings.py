"""Ratings of replies."""

import pytest

from assistants_app.domain import limits
from assistants_app.domain.errors import InvalidRequest, NotFound
from assistants_app.events import log
from assistants_app.models import Message, Project, Rating
from assistants_app.services.people.ratings import rate_message, unrate_message
from tests.cast import Cast
from tests.services.people.conversations import reply_of

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def reply(cast: Cast) -> Message:
    return reply_of(cast)


def rate(cast: Cast, message: Message, value: str, note: str | None = None) -> Rating:
    return rate_message(
        project=cast.project,
        thread_id=cast.thread.id,
        message_id=message.id,
        user=cast.bob,
        value=value,
        note=note,
    )


def test_one_rating_per_person(cast: Cast, reply: Message) -> None:
    rate(cast, reply, "up", " Good\0 ")
    assert rate(cast, reply, "up").note == "Good\ufffd"
    # A note explains its rating, and not the opposite.
    assert rate(cast, reply, "down").note == ""
    [rating] = Rating.objects.all()
    assert (rating.value, rating.user) == (-1, cast.bob)
    names = [event.name for event in log.read(cast.thread.id)]
    assert names == ["playground.talk.changed"] * 3


def test_a_rating_can_be_removed(cast: Cast, reply: Message) -> None:
    rate(cast, reply, "up")
    for _ in range(2):
        unrate_message(
            project=cast.project, thread_id=cast.thread.id, message_id=reply.id, user=cast.bob
        )
    assert not Rating.objects.exists()


def test_only_finished_replies_are_rated(cast: Cast) -> None:
    for message in (cast.message, reply_of(cast, status="in_progress")):
        with pytest.raises(InvalidRequest):
            rate(cast, message, "up")


def test_values_and_notes_that_are_refused(cast: Cast, reply: Message) -> None:
    with pytest.raises(InvalidRequest) as refused:
        rate(cast, reply, "sideways")
    assert refused.value.param == "value"
    with pytest.raises(InvalidRequest) as refused:
        rate(cast, reply, "up", "x" * (limits.RATING_NOTE + 1))
    assert refused.value.param == "note"


def test_replies_of_other_projects_do_not_exist(cast: Cast, reply: Message) -> None:
    cast.project = Project.objects.get(pk=cast.other_project.pk)
    with pytest.raises(NotFound):
        rate(cast, reply, "up")
