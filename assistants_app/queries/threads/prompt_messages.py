"""The messages of a thread as prompts need them."""

from collections.abc import Iterator

from assistants_app.statements.prompts import PromptMessage, newest_messages

__all__ = ["PromptMessage", "prompt_messages"]

# Messages per read. Short threads read little, and long ones do not ask PostgreSQL too often.
FIRST_PAGE, LARGEST_PAGE = 100, 1000


def prompt_messages(
    thread_id: str, first: list[PromptMessage] | None = None
) -> Iterator[list[PromptMessage]]:
    """Yield the thread's messages in pages, newest first. Each page is read when it is needed.

    `first` is the page of `FIRST_PAGE` messages, if that was read already.
    """
    size = FIRST_PAGE
    page = newest_messages(thread_id, limit=size) if first is None else first
    while True:
        yield page
        if len(page) < size:
            return
        size = min(2 * size, LARGEST_PAGE)
        page = newest_messages(thread_id, before=page[-1].id, limit=size)
