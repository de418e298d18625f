"""What the log of a process leaves out."""

import logging


class NoTracebacksOfStrangers(logging.Filter):
    """Leaves a line of each request that Django refused, without the traceback.

    Any stranger can send such requests, for example with the name of another host.
    """

    def filter(self, record: logging.LogRecord) -> bool:
        """Return True: every record is written."""
        if record.name.startswith("django.security"):
            record.exc_info = record.exc_text = None
        return True
