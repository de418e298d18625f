"""Read the argument `code` while the model is still writing its JSON."""

import json
import re

from assistants_app.domain.errors import ToolError
from assistants_app.wire.storable import storable

_START = re.compile(r'\s*\{\s*"code"\s*:\s*"')
_MAY_START = re.compile(r'\s*(\{\s*("(c(o(d(e("\s*(:\s*)?)?)?)?)?)?)?)?')
# The part of a JSON text that can be decoded already. An escape is complete with its last digit,
# and the first half of a surrogate pair with its second half.
_WHOLE = re.compile(
    r'(?:[^"\\]|\\(?:[^u]|u(?![dD][89abAB])[0-9a-fA-F]{4}'
    r"|u[dD][89abAB][0-9a-fA-F]{2}(?:\\u[0-9a-fA-F]{4}|(?=\\[^u]|[^\\]))))*"
)


class CodeArgument:
    """Reads JSON in pieces and returns the code in pieces, as soon as each is certain.

    Some models write bare Python instead of JSON, which counts as the code.
    """

    def __init__(self) -> None:
        self._written = ""
        self._read = 0
        self._bare: bool | None = None
        self._is_broken = False

    def feed(self, piece: str) -> str:
        """Add a piece of the arguments, and return the piece of code that it completes."""
        self._written += piece
        if self._bare is None:
            if match := _START.match(self._written):
                self._bare, self._read = False, match.end()
            elif self._written.strip() and not _MAY_START.fullmatch(self._written):
                self._bare = not self._written.lstrip().startswith("{")
                self._read = 0 if self._bare else len(self._written)
            else:
                return ""
        if self._bare:
            more, self._read = self._written[self._read :], len(self._written)
            return more
        if self._is_broken or not _START.match(self._written):
            # `code` is not the first argument: it is shown when the JSON is complete.
            return ""
        match = _WHOLE.match(self._written, self._read)
        assert match is not None
        self._read = match.end()
        try:
            return storable(json.loads(f'"{match.group()}"', strict=False))
        except ValueError:  # an escape that JSON doesn't have
            self._is_broken = True
            return ""

    def whole(self) -> str:
        """Return all of the code. Raises :class:`ToolError` if the arguments have no code."""
        if self._bare:
            return self._written
        try:
            # Not strict: models write line breaks into JSON texts unescaped.
            arguments = json.loads(self._written, strict=False)
        except ValueError:
            arguments = None
        code = arguments.get("code") if isinstance(arguments, dict) else None
        if not isinstance(code, str):
            raise ToolError('The arguments must be JSON with one string: {"code": "..."}.')
        return storable(code)
