"""The words that a search found in threads, as HTML."""

from collections.abc import Mapping

from django.utils.safestring import SafeString

from assistants_app.domain.words.marking import mark_excerpt
from assistants_app.queries.threads.found import texts_of_messages
from assistants_app.rendering.text.marks import marked_html

WORDS_BEFORE, WORDS = 24, 90  # characters


def words_of_hits(hits: Mapping[str, str], text: str) -> dict[str, SafeString]:
    """Return the part of each message that has the words of a search being typed, by thread.

    `hits` has the IDs of the messages by thread.
    """
    said = texts_of_messages(hits.values())
    return {
        thread_id: marked_html(
            mark_excerpt(said.get(message_id, ""), text, before=WORDS_BEFORE, length=WORDS)
        )
        for thread_id, message_id in hits.items()
    }
