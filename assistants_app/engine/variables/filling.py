"""Put the values of variables into a run's instructions, and into the messages of its thread."""

from collections.abc import Callable, Iterable, Iterator
from functools import partial
from itertools import islice
from typing import Any

from assistants_app.domain import limits
from assistants_app.domain.configurations.variables import (
    Piece,
    TooLong,
    Values,
    pieces,
    shown_name,
)
from assistants_app.domain.errors import RunFailure
from assistants_app.engine.history import Row, newest_rows, run_behind
from assistants_app.engine.past_calls import ChatMessage
from assistants_app.engine.variables.files import text_of_file
from assistants_app.models import Run
from assistants_app.queries.runs.variables import values_of_runs
from assistants_app.queries.threads.prompt_messages import PromptMessage
from assistants_app.wire.threads.messages import text_part

# Rows that are looked at together. The thread's first page of messages has as many.
AT_ONCE = 100

ReadFile = Callable[[str, str], str]
"""Returns the text of a project's file."""


def instructions_as_chat(run: Run, read_file: ReadFile = text_of_file) -> list[ChatMessage]:
    """Return the run's instructions with values as the first messages of a chat completion.

    Raises :class:`RunFailure` for a file that can't be read, and for values that are too long.
    """
    if not run.instructions:
        return []
    found = _filled(run.instructions, run.variables or {}, partial(read_file, run.project_id))
    text = "".join(piece if isinstance(piece, str) else shown_name(piece) for piece in found)
    chat: list[ChatMessage] = [{"role": "system", "content": text}] if text else []
    # Instructions can only be text, so their images follow as a message.
    if images := [piece for piece in found if not isinstance(piece, str)]:
        chat.append({"role": "user", "content": list(_named_images(images))})
    return chat


def _named_images(images: Iterable[Any]) -> Iterator[dict[str, Any]]:
    seen: list[Any] = []
    for image in images:
        if image in seen:
            continue
        seen.append(image)
        yield {"type": "text", "text": f"The instructions refer to {shown_name(image)}:"}
        yield {"type": image["type"], image["type"]: image[image["type"]]}


def filled_rows(
    run: Run,
    read_file: ReadFile = text_of_file,
    *,
    first: list[PromptMessage] | None = None,
) -> Iterator[Row]:
    """Yield the rows of the run's thread like :func:`newest_rows`, with values in users' messages.

    A message has the values of the run that answered it, so that it doesn't change when later runs
    have other values. Raises like :func:`instructions_as_chat`.
    """
    answered_by = run.id
    values: dict[str, Values] = {run.id: run.variables or {}}
    rows = newest_rows(run, first)
    while some := list(islice(rows, AT_ONCE)):
        marked: dict[str, str] = {}  # runs by the messages that they answered
        for row in some:
            answered_by = _run_of(row) or answered_by
            if _may_have_marks(row):
                marked[row.id] = answered_by
        if not marked:
            yield from some
            continue
        values |= values_of_runs(set(marked.values()) - values.keys())
        for row in some:
            known = values.get(marked.get(row.id, ""))
            if known and isinstance(row, PromptMessage):
                yield _filled_message(row, known, partial(read_file, run.project_id))
            else:
                yield row


def _run_of(row: Row) -> str | None:
    return run_behind(row) if isinstance(row, PromptMessage) else row.run_id


def _may_have_marks(row: Row) -> bool:
    # A reply with marks is the model's own text, such as a template that it was asked for.
    if not isinstance(row, PromptMessage) or row.role != "user":
        return False
    return any(part["type"] == "text" and "{{" in part["text"]["value"] for part in row.content)


def _filled_message(
    message: PromptMessage, values: Values, read_file: Callable[[str], str]
) -> PromptMessage:
    content: list[dict[str, Any]] = []
    for part in message.content:
        if part["type"] != "text":
            content.append(part)
            continue
        for piece in _filled(part["text"]["value"], values, read_file):
            content.append(text_part(piece) if isinstance(piece, str) else dict(piece))
    if content == message.content:
        return message
    # Its kept size is that of the message with marks.
    return message._replace(content=content, tokens=None, counted=0)


def _filled(text: str, values: Values, read_file: Callable[[str], str]) -> list[Piece]:
    try:
        return pieces(text, values, read_file=read_file, most=limits.RENDERED_TEXT)
    except TooLong:
        raise RunFailure(
            "invalid_prompt",
            "With the values of its variables, a message or the instructions are longer than "
            f"{limits.RENDERED_TEXT} characters. Use shorter values.",
        ) from None
