"""The argument `code` while the model still writes its JSON."""

import json
import re

from assistants_app.domain.errors import ToolError

_START = re.compile(r'\s*\{\s*"code"\s*:\s*"')
_MAY_START = re.compile(r'\s*(\{\s*("(c(o(d(e("\s*(:\s*)?)?)?)?)?)?)?)?')
# Up to where a text can be cut: an escape is not whole before its last digit, and neither is the
# first half of a surrogate pair without its second.
_WHOLE = re.compile(
    r'(?:[^"\\]|\\(?:[^u]|u(?![dD][89abAB])[0-9a-fA-F]{4}'
    r"|u[dD][89abAB][0-9a-fA-F]{2}(?:\\u[0-9a-fA-F]{4}|(?=\\[^u]|[^\\]))))*"
)


class CodeArgument:
    """Takes JSON in pieces, and gives the code in pieces as soon as it is certain.

    Some models write bare Python in place of JSON; that is taken as it is.
    """

    def __init__(self) -> None:
        self._written = ""
        self._read = 0
        self._bare: bool | None = None

    def take(self, piece: str) -> str:
        """More of the arguments; more of the code."""
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
        if not _START.match(self._written):
            return ""  # JSON of another form: shown when it is whole
        match = _WHOLE.match(self._written, self._read)
        assert match is not None
        self._read = match.end()
        return str(json.loads(f'"{match.group()}"', strict=False))

    def whole(self) -> str:
        """All of the code. Raises :class:`ToolError` if the model wrote no such argument."""
        if self._bare:
            return self._written
        try:
            arguments = json.loads(self._written, strict=False)
        except ValueError:
            arguments = None
        code = arguments.get("code") if isinstance(arguments, dict) else None
        if not isinstance(code, str):
            raise ToolError('The arguments must be JSON with one text: {"code": "..."}.')
        return code
