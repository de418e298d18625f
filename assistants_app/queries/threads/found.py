"""Reads of the messages of threads that contain words."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from assistants_app.models import Message, Thread
from assistants_app.queries.threads.threads import has_words

Step = Literal["next", "previous"]


@dataclass(frozen=True, slots=True)
class Hit:
    """A message that a search has found: the `number`-th of `total`, from 1."""

    message_id: str
    number: int
    total: int


def find_in_thread(thread: Thread, text: str, *, at: str = "", step: Step = "next") -> Hit | None:
    """Return the hit after or before the message `at`, from the newest hit on, or None.

    After the last hit comes the first one, and the other way round.
    """
    found = Message.objects.filter(has_words(text), thread=thread)
    forward = step == "next" and bool(at)
    order = "pk" if forward else "-pk"
    beyond = found.filter(**{"pk__gt" if forward else "pk__lt": at}) if at else found
    ids = found.order_by(order).values_list("pk", flat=True)
    hit = beyond.order_by(order).values_list("pk", flat=True).first() or ids.first()
    if hit is None:
        return None
    return Hit(hit, found.filter(pk__lte=hit).count(), found.count())


def newest_hits(threads: Iterable[Thread], text: str, *, typed: bool = False) -> dict[str, str]:
    """Return the ID of the newest message with these words, by the ID of its thread."""
    rows = Message.objects.filter(has_words(text, typed=typed)).filter(thread__in=list(threads))
    newest = rows.order_by("thread_id", "-pk").distinct("thread_id")
    return dict(newest.values_list("thread_id", "pk"))


def texts_of_messages(message_ids: Iterable[str]) -> dict[str, str]:
    """Return the texts of the messages by ID."""
    rows = Message.objects.filter(pk__in=list(message_ids)).values_list("pk", "content")
    return {
        pk: "\n".join(part["text"]["value"] for part in content if part["type"] == "text")
        for pk, content in rows
    }
