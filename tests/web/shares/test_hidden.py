"""Nothing leaves through a share link but what it shows: a word in each field of each table."""

import itertools
from typing import Any

import pytest
from asgiref.sync import async_to_sync
from django.test import Client
from django.urls import reverse

from assistants_app.models import ApiKey, File, Message, Run, RunStep, Share
from assistants_app.services.shares.shares import create_share
from assistants_app.wire.shares import Hides
from tests.cast import Cast
from tests.web.shares.canaries import FOUND, CanaryThread, canary_thread

pytestmark = pytest.mark.django_db(transaction=True)

ALWAYS = {
    "canary-message-question",
    "canary-message-reply",
    "canary-assistant-name",
    "canary-share-title",
}
INSTRUCTIONS = {"canary-run-instructions"}
NAMES = {
    *("canary-name-attached", "canary-name-cited", "canary-name-session", "canary-name-unknown"),
    *("canary-name-picture", "canary-name-plot", "canary-name"),
}
TOOLS = {
    *("canary-call-code", "canary-call-logs", "canary-call-function", "canary-call-arguments"),
    *("canary-call-output", "canary-call-query", "canary-call-result", "canary-citation-quote"),
}
# Names that only details of tool calls have.
NAMES_OF_TOOLS = {"canary-name-session", "canary-name-unknown", "canary-name-plot"}


@pytest.fixture
def told(cast: Cast) -> CanaryThread:
    return canary_thread(cast)


def share(cast: Cast, told: CanaryThread, **options: Any) -> tuple[Share, str]:
    return create_share(
        project=cast.project,
        thread_id=told.thread.id,
        user=cast.bob,
        title="canary-share-title",
        **options,
    )


def answers(token: str) -> list[str]:
    """Return the page and the JSON of a link, and the headers and URLs of its files."""
    client, texts = Client(), []
    for name in ("share", "share_json"):
        answer = client.get(reverse(name, args=[token]))
        assert answer.status_code == 200
        texts.append(f"{answer.headers} {answer.content.decode()}")
    number = 1
    while True:
        file = client.get(reverse("share_file", args=[token, str(number)]))
        if file.status_code != 200:
            return texts
        texts.append(str(file.headers))
        number += 1


def content_of(answer: Any) -> bytes:
    """Return the bytes of a response that is a stream."""

    async def read() -> bytes:
        return b"".join([chunk async for chunk in answer.streaming_content])

    return async_to_sync(read)()


def words_in(texts: list[str]) -> set[str]:
    return {word.rstrip("-") for text in texts for word in FOUND.findall(text.lower())}


EVERY = list(itertools.product([False, True], repeat=4))


@pytest.mark.parametrize(("instructions", "names", "tools", "follows"), EVERY)
def test_a_link_shows_what_its_options_say_and_nothing_else(
    cast: Cast, told: CanaryThread, instructions: bool, names: bool, tools: bool, follows: bool
) -> None:
    _, token = share(cast, told, hides=Hides(instructions, names, tools), follows=follows)
    expected = set(ALWAYS)
    expected |= set() if instructions else INSTRUCTIONS
    expected |= set() if tools else TOOLS
    if not names:
        expected |= NAMES - NAMES_OF_TOOLS if tools else NAMES
    assert words_in(answers(token)) == expected


def test_no_id_leaves_through_a_link(cast: Cast, told: CanaryThread) -> None:
    shared, token = share(cast, told, hides=Hides(instructions=False))
    texts = " ".join(answers(token))
    ids = {cast.project.id, cast.assistant.id, told.thread.id, told.run.id, shared.id}
    for model in (Message, Run, RunStep, File, ApiKey):
        ids |= set(model.objects.values_list("pk", flat=True))
    assert len(ids) > 10
    assert {one for one in ids if one in texts} == set()
    # Nor costs and tokens, or scores.
    for number in ("987654", "987777", "0.875", "0.125"):
        assert number not in texts


def test_later_edits_do_not_leak_into_a_snapshot(cast: Cast, told: CanaryThread) -> None:
    _, token = share(cast, told)
    before = answers(token)
    told.reply.content[0]["text"]["value"] = "canary-edited"
    told.reply.save()
    Message.objects.create(
        thread=told.thread,
        role="user",
        content=[{"type": "text", "text": {"value": "canary-later", "annotations": []}}],
    )
    after = answers(token)
    assert "canary-edited" not in " ".join(after)
    assert "canary-later" not in " ".join(after)
    assert before[1].partition("{")[2] == after[1].partition("{")[2]
    _, following = share(cast, told, follows=True)
    assert {"canary-edited", "canary-later"} <= words_in(answers(following))


def test_a_link_ends_with_its_message(cast: Cast, told: CanaryThread) -> None:
    for follows in (False, True):
        _, token = share(cast, told, until_id=told.question.id, follows=follows)
        found = words_in(answers(token))
        assert "canary-message-question" in found
        assert "canary-message-reply" not in found
        assert not found & TOOLS


def test_a_link_to_a_run_has_its_question_and_reply_alone(cast: Cast, told: CanaryThread) -> None:
    Message.objects.create(
        thread=told.thread,
        role="user",
        content=[{"type": "text", "text": {"value": "canary-later", "annotations": []}}],
    )
    _, token = share(cast, told, run_id=told.run.id)
    found = words_in(answers(token))
    assert {"canary-message-question", "canary-message-reply", "canary-call-code"} <= found
    assert "canary-later" not in found


def test_only_files_of_the_snapshot_are_served(cast: Cast, told: CanaryThread) -> None:
    _, token = share(cast, told)
    client = Client()
    names = {}
    for number in "1234":
        answer = client.get(reverse("share_file", args=[token, number]))
        assert answer.status_code == 200
        names[number] = content_of(answer)
    assert any(b"canary-name-attached" in content for content in names.values())
    assert not any(b"canary-outside" in content for content in names.values())
    others = ["0", "5", "-1", "1.0", "..", told.outside.id, told.files["attached"].id, "1\0"]
    for number in others:
        path = f"/s/{token}/files/{number}/".replace("\0", "%00")
        assert client.get(path).status_code == 404, number


def test_a_file_that_the_options_hide_is_not_served(cast: Cast, told: CanaryThread) -> None:
    _, token = share(cast, told, hides=Hides(tools=True))
    found = [
        Client().get(reverse("share_file", args=[token, str(number)])).status_code
        for number in range(1, 6)
    ]
    # The plot is only in the details of a call.
    assert found == [200, 200, 200, 404, 404]


def test_a_deleted_file_is_gone_from_its_links(cast: Cast, told: CanaryThread) -> None:
    _, token = share(cast, told)
    told.files["attached"].delete()
    found = [
        Client().get(reverse("share_file", args=[token, str(number)])).status_code
        for number in range(1, 5)
    ]
    assert sorted(found) == [200, 200, 200, 404]
