"""Messages as prompts need them, with their kept sizes."""

import json
from collections.abc import Iterable
from functools import cache
from typing import Any, NamedTuple

from assistants_app.models import Message
from assistants_app.statements.execute import fetch_all
from assistants_app.statements.rows import columns

# Part of the hash of what was counted. A higher number makes all kept sizes out of date: raise it
# when a message's form in prompts (engine/context.py) or the tokenizer changes.
SIZE_VERSION = 1
_AFTER_ALL = "~"  # sorts after every id

# The role too, because images of assistants are left out of prompts.
_COUNTED = f"hashtextextended(role || content, {SIZE_VERSION})"


class PromptMessage(NamedTuple):
    """The columns of a message that prompts need.

    `tokens` is the kept size, None if there is none or it is out of date. `counted` identifies the
    role and the content that a new count would be of.
    """

    content: list[dict[str, Any]]
    id: str
    role: str
    status: str
    incomplete_reason: str | None = None
    run_id: str | None = None
    copied_from_id: str | None = None
    copied_run_id: str | None = None
    tokens: int | None = None
    counted: int = 0


_AS_THEY_ARE = PromptMessage._fields[1:-2]


def newest_messages(thread_id: str, *, before: str = _AFTER_ALL, limit: int) -> list[PromptMessage]:
    """Return the thread's newest messages, or the newest before `before`, newest first."""
    return messages_of(fetch_all(_newest_messages(), [thread_id, before, limit]))


def newest_of_run(run_id: str, limit: int) -> tuple[str, list[Any]]:
    """Return the statement for the newest messages of a run's thread, for :func:`messages_of`."""
    return _newest_messages("(SELECT thread_id FROM run WHERE id = %s)"), [
        run_id,
        _AFTER_ALL,
        limit,
    ]


def messages_of(rows: Iterable[tuple[Any, ...]]) -> list[PromptMessage]:
    """Return the messages in the rows of such a statement."""
    rows = list(rows)
    # All contents at once, and no objects: 10,000 messages take a third of the time.
    contents = json.loads(f"[{','.join([row[0] for row in rows])}]")
    made = PromptMessage._make
    return [made((content, *row[1:])) for row, content in zip(rows, contents, strict=True)]


@cache
def _newest_messages(thread_id: str = "%s") -> str:
    # Step by step, because PostgreSQL would make the text and the hash again wherever they are
    # used. It doesn't join a step with a limit or an offset to the next one.
    rest = columns(Message, _AS_THEY_ARE)
    return (
        f"SELECT content, {rest},"
        " CASE WHEN prompt_tokens_of = counted THEN prompt_tokens END, counted"
        f" FROM (SELECT *, {_COUNTED} AS counted FROM"
        f" (SELECT content::text AS content, {rest}, prompt_tokens, prompt_tokens_of FROM message"
        f" WHERE thread_id = {thread_id} AND id < %s ORDER BY id DESC LIMIT %s) AS read"
        " OFFSET 0) AS hashed"
        " ORDER BY id DESC"
    )
