"""Reader for e-mail and web archives (MHT): headers, text and the names of attachments."""

import email
from collections import deque
from collections.abc import Iterator
from email.message import Message
from pathlib import Path

from assistants_app.retrieval.extract.document import (
    Builder,
    Document,
    ExtractionError,
    printable,
)
from assistants_app.retrieval.extract.encoding import decode, read_text
from assistants_app.retrieval.extract.limits import Limits
from assistants_app.retrieval.extract.readers.html import write_html
from assistants_app.retrieval.extract.readers.mail_headers import (
    BoundedHeaders,
    attachment_name,
    decoded,
    is_nested_too_deeply,
)

SHOWN = ("Subject", "From", "To", "Cc", "Bcc", "Reply-To", "Date")
# A file without any of these is a text, whatever its name.
TELLING = ("From", "To", "Subject", "Date", "MIME-Version", "Content-Type", "Received")
MOST_ATTACHMENTS = 1000  # that are named
# Its bytes look like ASCII.
UTF_7 = {"utf-7", "unicode-1-1-utf-7"}
MOST_OF_A_NAME = 20  # headers


def read(path: Path, limits: Limits) -> Document:
    """Read a message, and those that it forwards, each under its subject.

    Attachments are named but not read.
    """
    builder = Builder(limits.characters)
    data = path.read_bytes().lstrip()
    if is_nested_too_deeply(data):
        raise ExtractionError("invalid_file", "The file is nested too deeply.")
    message = email.message_from_bytes(data, policy=BoundedHeaders())
    if not any(name in message for name in TELLING):
        builder.raw(printable(read_text(path, limits)))
        return builder.build()
    waiting = deque([(message, 1)])
    while waiting:
        one, level = waiting.popleft()
        forwarded = _write_message(builder, one, level, limits)
        # A message that is forwarded in another comes right after it.
        waiting.extendleft((inner, level + 1) for inner in reversed(forwarded))
    return builder.build()


def _write_message(builder: Builder, message: Message, level: int, limits: Limits) -> list[Message]:
    """Add a message to the document. Return the messages that it forwards."""
    fields = [
        (name, decoded(value))
        for name in SHOWN
        for value in message.get_all(name, [])[:MOST_OF_A_NAME]
    ]
    subject = next((text for name, text in fields if name == "Subject" and text), "")
    if subject:
        builder.open_heading(level, subject)
    elif level > 1:
        builder.open_heading(level, "Forwarded message")
    builder.block("\n".join(f"{name}: {text}" for name, text in fields if text))
    attachments: list[str] = []
    forwarded: list[Message] = []
    for part in _parts(message):
        kind = part.get_content_type()
        name = attachment_name(part)
        if kind == "message/rfc822" and part.is_multipart():
            forwarded += _inside(part)
        elif name or part.get_content_disposition() == "attachment":
            attachments.append(name or kind)
        elif kind.startswith(("text/", "multipart/")):  # "multipart/" without its parts
            _write_body(builder, part, limits)
    if attachments:
        builder.block(f"Attachments: {', '.join(attachments[:MOST_ATTACHMENTS])}")
    return forwarded


def _parts(message: Message) -> Iterator[Message]:
    """Yield the parts that a mail program shows, in their order."""
    waiting = deque([message])
    while waiting:
        part = waiting.popleft()
        inner = _inside(part)
        kind = part.get_content_type()
        if not part.is_multipart() or kind.startswith("message/"):
            yield part
        elif kind == "multipart/alternative":
            chosen = _alternative(inner)
            waiting.extendleft([chosen] if chosen is not None else [])
        elif kind == "multipart/related":
            # The first part is a page, and the others are what it shows.
            others = (one for one in inner[1:] if not one.get_content_type().startswith("text/"))
            waiting.extendleft(reversed([*inner[:1], *others]))
        else:
            waiting.extendleft(reversed(inner))


def _inside(part: Message) -> list[Message]:
    # The library decodes the text of other parts, and fails at unknown encodings.
    return (
        [one for one in part.get_payload() if isinstance(one, Message)]
        if part.is_multipart()
        else []
    )


def _alternative(parts: list[Message]) -> Message | None:
    """Return the plain text among forms of the same text, or the form that says most."""
    plain = [part for part in parts if part.get_content_type() == "text/plain"]
    if telling := next((part for part in plain if _bytes(part).strip()), None):
        return telling
    shown = ("multipart/", "text/html")
    others = [part for part in parts if part.get_content_type().startswith(shown)]
    return next(iter([*reversed(others), *reversed(parts)]), None)


def _bytes(part: Message) -> bytes:
    content = part.get_payload(decode=True)
    return content if isinstance(content, bytes) else b""


def _charset(part: Message) -> str:
    try:
        named = part.get_content_charset("")
    except (LookupError, TypeError, ValueError):
        return ""
    return named if isinstance(named, str) and named.isascii() else ""


def _write_body(builder: Builder, part: Message, limits: Limits) -> None:
    charset = _charset(part)
    try:
        data = _bytes(part)
        text = data.decode("utf-7", "replace") if charset in UTF_7 else decode(data, charset)
    except ExtractionError:  # binary data under the name of a text
        return
    if part.get_content_type() in ("text/html", "text/xhtml"):
        write_html(builder, text, limits)
    else:
        builder.block(text)
