"""Messages as prompts need them, with their kept sizes."""

from functools import cache
from typing import Any, NamedTuple

from assistants_app.models import Message
from assistants_app.statements.execute import fetch_all
from assistants_app.statements.rows import columns, converted

# Part of the hash of what was counted. A higher number makes all kept sizes out of date: raise it
# when a message's form in prompts (engine/context.py) or the tokenizer changes.
SIZE_VERSION = 1

# The role too: images of assistants are left out of prompts.
_COUNTED = f"hashtextextended(role || content::text, {SIZE_VERSION})"


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


_COLUMNS = PromptMessage._fields[:-2]


def newest_messages(thread_id: str, *, before: str | None, limit: int) -> list[PromptMessage]:
    """Return the thread's newest messages, those before the message `before` only, newest first."""
    older = [] if before is None else [before]
    rows = fetch_all(_newest_messages(bool(older)), [thread_id, *older, limit])
    return [PromptMessage(*converted(Message, _COLUMNS, row[:-2]), *row[-2:]) for row in rows]


@cache
def _newest_messages(has_before: bool) -> str:
    before = " AND id < %s" if has_before else ""
    kept = f"CASE WHEN prompt_tokens_of = {_COUNTED} THEN prompt_tokens END"
    return (
        f"SELECT {columns(Message, _COLUMNS)}, {kept}, {_COUNTED} FROM message"
        f" WHERE thread_id = %s{before} ORDER BY id DESC LIMIT %s"
    )
