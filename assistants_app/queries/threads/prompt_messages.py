"""Messages as prompts need them, with their kept sizes."""

from collections.abc import Iterator
from typing import Any, NamedTuple

from django.db.models import BigIntegerField, Case, F, Func, IntegerField, Value, When

from assistants_app.models import Message

# Part of the hash of what was counted. A higher number makes all kept sizes out of date: raise it
# when a message's form in prompts (engine/context.py) or the tokenizer changes.
SIZE_VERSION = 1
# Messages per read. Short threads read little, and long ones do not ask PostgreSQL too often.
FIRST_PAGE, LARGEST_PAGE = 100, 1000

# The role too: images of assistants are left out of prompts.
_COUNTED = Func(
    Value(SIZE_VERSION),
    template="hashtextextended(role || content::text, %(expressions)s)",
    output_field=BigIntegerField(),
)
_KEPT = Case(When(prompt_tokens_of=F("counted"), then="prompt_tokens"), output_field=IntegerField())


class PromptMessage(NamedTuple):
    """The columns of a message that prompts need.

    `tokens` is the kept size, None if there is none or it is out of date. `counted` identifies the
    role and the content that a new count would be of.
    """

    id: str
    role: str
    status: str
    incomplete_reason: str | None
    content: list[dict[str, Any]]
    run_id: str | None
    copied_from_id: str | None
    copied_run_id: str | None
    tokens: int | None = None
    counted: int = 0


def prompt_messages(thread_id: str) -> Iterator[list[PromptMessage]]:
    """Yield the thread's messages in pages, newest first. Each page is read when it is needed."""
    # Values instead of objects, which take three times as long to make.
    columns = PromptMessage._fields[:-2]
    rows = Message.objects.filter(thread_id=thread_id).order_by("-pk").alias(counted=_COUNTED)
    rows = rows.annotate(kept=_KEPT, of=_COUNTED)
    size, before = FIRST_PAGE, None
    while True:
        newest = rows.filter(pk__lt=before) if before else rows
        page = [PromptMessage(*row) for row in newest.values_list(*columns, "kept", "of")[:size]]
        yield page
        if len(page) < size:
            return
        size, before = min(2 * size, LARGEST_PAGE), page[-1].id
