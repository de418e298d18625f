"""Find the tokens that a response reports, while its bytes pass."""

import json
import re
from collections.abc import Callable
from typing import Any

from assistants_app.providers.deltas import reported_usage

# Bytes that are kept to look for the usage. Longer lines and bodies pass without a look inside.
LONGEST_LINE = 1024 * 1024
KEPT_OF_BODY = 64 * 1024
_USAGE = re.compile(rb'"usage"\s*:\s*(\{[^{}]*(?:\{[^{}]*\}[^{}]*)*\})')


class EventScanner:
    """Looks into a stream of events, line by line.

    With `hides_usage`, it takes out the chunk that has nothing but the usage, which the client
    didn't ask for. `redact` removes secrets from lines that have errors.
    """

    def __init__(self, *, hides_usage: bool, redact: Callable[[bytes], bytes]) -> None:
        self._redact = redact
        self.usage: dict[str, int] = {}
        self._hides_usage = hides_usage
        self._line = bytearray()  # the start of a line whose end is still to come
        self._is_long = False  # the line is too long, and its start has passed already
        self._drops_blank = False

    def feed(self, chunk: bytes) -> bytes:
        """Return the bytes to pass on. A line that isn't complete yet is held back."""
        *lines, rest = chunk.split(b"\n")
        passed = []
        for line in lines:
            passed.append(self._end_of_line(line))
        self._line += rest
        if len(self._line) > LONGEST_LINE:
            passed.append(bytes(self._line))
            self._line.clear()
            self._is_long = True
        return b"".join(passed)

    def end(self) -> bytes:
        """Return what is left at the end of the stream."""
        rest = bytes(self._line)
        self._line.clear()
        return rest

    def _end_of_line(self, end: bytes) -> bytes:
        line = bytes(self._line) + end
        self._line.clear()
        if self._is_long:
            self._is_long = False
            return line + b"\n"
        if self._drops_blank and not line.strip():
            self._drops_blank = False
            return b""
        if b'"usage"' in line and self._takes_out(line):
            self._drops_blank = True
            return b""
        if b'"error"' in line:
            line = self._redact(line)
        return line + b"\n"

    def _takes_out(self, line: bytes) -> bool:
        try:
            data = json.loads(line.removeprefix(b"data:"))
        except (ValueError, RecursionError):
            return False
        if not isinstance(data, dict):
            return False
        counts = _counts(data.get("usage"))
        self.usage = counts or self.usage
        return self._hides_usage and bool(counts) and data.get("choices") == []


class BodyScanner:
    """Finds the usage in a JSON body by its start and its end. The rest isn't kept."""

    def __init__(self) -> None:
        self._start, self._end = bytearray(), bytearray()

    def feed(self, chunk: bytes) -> bytes:
        """Return the same bytes."""
        room = KEPT_OF_BODY - len(self._start)
        self._start += chunk[:room] if room > 0 else b""
        self._end += chunk[max(room, 0) :][-KEPT_OF_BODY:]
        del self._end[:-KEPT_OF_BODY]
        return chunk

    def end(self) -> bytes:
        """Return nothing: all bytes have passed."""
        return b""

    @property
    def usage(self) -> dict[str, int]:
        """The tokens, once the whole body has passed."""
        # The last one counts: a reply may have an example of its own.
        for found in reversed(_USAGE.findall(self._start + self._end)):
            try:
                if counts := _counts(json.loads(found)):
                    return counts
            except ValueError:
                continue
        return {}


def _counts(usage: Any) -> dict[str, int]:
    found = reported_usage(usage)
    if found is None:
        return {}
    return {
        "prompt_tokens": found.prompt_tokens,
        "completion_tokens": found.completion_tokens,
        "cached_tokens": found.cached_tokens,
    }
