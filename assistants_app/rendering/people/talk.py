"""Comments and ratings as HTML, the same for everybody who sees them.

What only an author may do is in a menu that is loaded for each person.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from django.template.loader import render_to_string
from django.utils.html import escape, format_html
from django.utils.safestring import SafeString

from assistants_app.domain.words.mentions import split_at_mentions
from assistants_app.models import Comment
from assistants_app.models.people.ratings import UP
from assistants_app.models.snapshots import Talk

EXCERPT = 80  # characters of a resolved comment


@dataclass(frozen=True, slots=True)
class Said:
    """A comment and its text as HTML."""

    comment: Comment
    html: SafeString

    @property
    def author(self) -> str:
        """Return the name of the author, or "" if the account was deleted."""
        author = self.comment.author
        return (author.get_full_name() or author.get_username()) if author else ""


@dataclass(frozen=True, slots=True)
class Conversation:
    """A comment with its replies, oldest first."""

    first: Said
    replies: Sequence[Said]

    @property
    def excerpt(self) -> str:
        """Return the beginning of the first comment."""
        return self.first.comment.text[:EXCERPT]


def said(comment: Comment) -> Said:
    """Return the comment with its text as HTML, in which mentions are marked."""
    return Said(comment, _text_html(comment))


def _text_html(comment: Comment) -> SafeString:
    pieces = split_at_mentions(comment.text, comment.mentions)
    return SafeString(
        "".join(
            format_html('<b class="mention">{}</b>', piece) if name else escape(piece)
            for piece, name in pieces
        )
    )


def conversations_of(comments: Iterable[Comment]) -> list[Conversation]:
    """Return the conversations, from comments with their replies after them."""
    found: list[tuple[Said, list[Said]]] = []
    for comment in comments:
        if comment.parent_id is None:
            found.append((said(comment), []))
        elif found:
            found[-1][1].append(said(comment))
    return [Conversation(first, replies) for first, replies in found]


def render_talk(project_id: str, thread_id: str, message_id: str, talk: Talk | None) -> SafeString:
    """Render what people say about a message: "" if nobody does."""
    if talk is None or not (talk.total or talk.ratings):
        return SafeString("")
    ups = sum(rating.value == UP for rating in talk.ratings)
    context = {
        "project_id": project_id,
        "thread_id": thread_id,
        "message_id": message_id,
        "place": f"comment-{message_id}",
        "conversations": conversations_of(talk.comments),
        "total": talk.total,
        "hidden": talk.total > len(talk.comments),
        "ups": ups,
        "downs": len(talk.ratings) - ups,
    }
    return render_to_string("people/_talk.html", context)
