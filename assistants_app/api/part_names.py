"""File names in the headers of forms, in whatever way their senders write them.

Browsers and today's clients send UTF-8 (RFC 7578). Older ones send raw bytes of their system's
encoding, or the encoded words of mail (RFC 2047). Names after RFC 5987, with an asterisk, are
decoded by Django.
"""

import re
from contextlib import suppress
from email.errors import HeaderParseError
from email.header import decode_header

from assistants_app.domain.errors import InvalidRequest
from assistants_app.retrieval.extract.encoding import decode

QUOTED = re.compile(rb'"(?:[^"\\]|\\.)*"')
ENCODED_WORDS = re.compile(r"(?:=\?[\w.*-]+\?[BbQq]\?[^?\s]*\?=\s*)+")


def readable_header(header: bytes) -> bytes:
    """Return a part's header in UTF-8."""
    try:
        header.decode()
    except UnicodeDecodeError:
        return decode(QUOTED.sub(_in_utf8, header)).encode()
    return header


def _in_utf8(quoted: re.Match[bytes]) -> bytes:
    # One by one, because the words around a name are no hint at its language.
    return quoted[0] if quoted[0].isascii() else decode(quoted[0]).encode()


def file_name(name: str) -> str:
    """Return a file's name without the encoding of mail. Raises :class:`InvalidRequest`."""
    if not ENCODED_WORDS.fullmatch(name.strip()):
        return name
    decoded = ""
    with suppress(LookupError, HeaderParseError, ValueError):
        decoded = "".join(
            part if isinstance(part, str) else part.decode(charset or "ascii")
            for part, charset in decode_header(name.strip())
        )
    if not decoded:
        raise InvalidRequest(
            "The file's name is encoded in a way that can't be read. Send it in UTF-8.",
            param="file",
        )
    return decoded
