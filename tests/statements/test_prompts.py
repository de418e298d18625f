"""The messages that prompts are made of."""

import pytest

from assistants_app.models import Message
from assistants_app.statements.prompts import PromptMessage, newest_messages
from tests.cast import Cast

pytestmark = pytest.mark.django_db

TEXT = [{"type": "text", "text": {"value": "Hello", "annotations": []}}]


def test_messages_are_read_in_pages_newest_first(cast: Cast) -> None:
    rows = [Message.objects.create(thread=cast.thread, role="user") for _ in range(4)]
    newest = newest_messages(cast.thread.id, limit=2)
    assert [message.id for message in newest] == [rows[3].id, rows[2].id]
    older = newest_messages(cast.thread.id, before=rows[2].id, limit=9)
    assert [message.id for message in older] == [rows[1].id, rows[0].id, cast.message.id]


def test_the_columns_are_those_of_the_row(cast: Cast) -> None:
    row = Message.objects.create(thread=cast.thread, role="assistant", content=TEXT)
    [read] = newest_messages(cast.thread.id, limit=1)
    assert read.content == TEXT
    for name in PromptMessage._fields[:-2]:
        assert getattr(read, name) == getattr(row, name)


def test_a_kept_size_belongs_to_the_content_it_was_counted_from(cast: Cast) -> None:
    row = Message.objects.create(thread=cast.thread, role="user", content=TEXT)
    [read] = newest_messages(cast.thread.id, limit=1)
    assert read.tokens is None
    Message.objects.filter(pk=row.pk).update(prompt_tokens=7, prompt_tokens_of=read.counted)
    [read] = newest_messages(cast.thread.id, limit=1)
    assert read.tokens == 7
    Message.objects.filter(pk=row.pk).update(content=[])
    [read] = newest_messages(cast.thread.id, limit=1)
    assert read.tokens is None
