"""Lines of the log: how they are written, and what they leave out."""

import logging
import re

# A path segment of 43 characters or more: a link, an invitation or a shared page, whose token has
# 256 bits. Paths of requests get into the log, for example when a form is refused.
_TOKEN = re.compile(r"(?<=/)[\w-]{43,}(?![\w.-])")


class LineFormatter(logging.Formatter):
    """Formats messages so that no text within one can pass for another, or control a terminal.

    Tokens of links are left out.
    """

    def formatMessage(self, record: logging.LogRecord) -> str:
        """Return the message with further lines indented, and control characters escaped."""
        text = _TOKEN.sub("[token]", super().formatMessage(record))
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
