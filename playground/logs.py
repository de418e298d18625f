"""Lines of the log: how they are written, and what they leave out."""

import logging
import re

# The part of a path after which a token follows, and anything that is as long as a token: 256 bits.
_TOKEN = re.compile(
    r"(?P<before>(?:/|%2F)(?:s|sign-in|join|invitations?)(?:/|%2F))[^/\s\"'?&%]{16,}"
    r"|(?<![A-Za-z0-9_-])[A-Za-z0-9_-]{43}(?![A-Za-z0-9_-])",
    re.IGNORECASE,
)


def without_tokens(text: str) -> str:
    """Return the text without tokens of links, which open what they lead to."""
    return _TOKEN.sub(lambda match: f"{match['before'] or ''}[token]", text)


class LineFormatter(logging.Formatter):
    """Formats messages so that no text within one can pass for another, or control a terminal.

    Tokens of links are left out.
    """

    def format(self, record: logging.LogRecord) -> str:
        """Return the lines of a message and its traceback, without tokens."""
        return without_tokens(super().format(record))

    def formatMessage(self, record: logging.LogRecord) -> str:
        """Return the message with further lines indented, and control characters escaped."""
        text = super().formatMessage(record)
        # Paths of requests and words of other servers may have any characters.
        return text if text.isprintable() else "\n  ".join(map(_visible, text.split("\n")))


def _visible(line: str) -> str:
    return "".join(
        char if char.isprintable() or char == "\t" else repr(char)[1:-1] for char in line
    )


class NoTracebacksOfStrangers(logging.Filter):
    """Leaves a line of each request that Django refused, without the traceback.

    Any stranger can send such requests, for example with the name of another host.
    """

    def filter(self, record: logging.LogRecord) -> bool:
        """Return True: every record is written."""
        if record.name.startswith("django.security"):
            record.exc_info = record.exc_text = None
        return True
