"""The headers of e-mail: encoded words, names of attachments, and limits on hostile ones."""

import binascii
import email.policy
import re
from email.message import Message
from email.utils import collapse_rfc2231_value

from assistants_app.retrieval.extract.document import ExtractionError, one_line, printable
from assistants_app.retrieval.extract.encoding import decode

# The library's time to read parameters grows with the square of their length.
LONGEST_PARAMETERS = 4000
LONGEST_NAME = 300
BOUNDARY = re.compile(rb"boundary\*?(?:0\*?)?[ \t]*=[ \t]*\"?([^\"\s;]{1,200})", re.IGNORECASE)
SEPARATOR = re.compile(rb"^--([^\r\n]{1,200}?)(--)?[ \t]*\r?$", re.MULTILINE)
# The library compares each line with the boundaries of all the parts around it. Comparisons that
# take about 20 seconds.
MOST_WORK = 50_000_000
WORD = re.compile(r"=\?([^?\s*]{1,60})(?:\*[^?\s]{0,40})?\?([bq])\?([^?]*)\?=", re.IGNORECASE)
BETWEEN_WORDS = re.compile(r"(\?=)\s+(?==\?[^?\s]{1,100}\?[bq]\?)", re.IGNORECASE)
QUOTED = re.compile(rb"=([0-9A-Fa-f]{2})")
NOT_BASE64 = re.compile(rb"[^A-Za-z0-9+/]")


class BoundedHeaders(email.policy.Compat32):
    """The library's oldest policy, which keeps headers as they are, without endless parameters."""

    def header_source_parse(self, sourcelines: list[str]) -> tuple[str, str]:
        name, value = super().header_source_parse(sourcelines)
        if name.lower().startswith("content-"):
            value = value[:LONGEST_PARAMETERS]
        return name, value

    def header_fetch_parse(self, name: str, value: str) -> str:
        return value  # with bytes beyond ASCII as surrogates


def is_nested_too_deeply(data: bytes) -> bool:
    """Return whether the library would need minutes for the nested parts of a message."""
    known = set(BOUNDARY.findall(data))
    around: dict[bytes, None] = {}
    at = work = 0
    for found in SEPARATOR.finditer(data):
        boundary = found[1]
        if boundary not in known:
            continue
        work += data.count(b"\n", at, found.start()) * len(around)
        at = found.start()
        # Another part of the same message, or its end, ends all the parts inside.
        while boundary in around:
            around.popitem()
        if not found[2]:
            around[boundary] = None
    return work + data.count(b"\n", at) * len(around) > MOST_WORK


def decoded(value: object) -> str:
    """Return the text of a header on one line."""
    text = _from_bytes(str(value).encode("utf-8", "surrogateescape"))
    text = BETWEEN_WORDS.sub(r"\1", text)
    pieces: list[str] = []
    at, charset = 0, ""
    waiting: list[bytes] = []
    for found in WORD.finditer(text):
        # Programs cut a text into words in the middle of a character.
        if found.start() > at or found[1].lower() != charset:
            pieces.append(_from_bytes(b"".join(waiting), charset))
            waiting.clear()
        pieces.append(text[at : found.start()])
        at, charset = found.end(), found[1].lower()
        waiting.append(_bytes_of_word(found))
    last = _from_bytes(b"".join(waiting), charset)
    return one_line(printable("".join([*pieces, last, text[at:]])))


def attachment_name(part: Message) -> str:
    """Return the name of a part's file, or nothing."""
    found = part.get_param("filename", None, "content-disposition") or part.get_param("name", None)
    if found is None:
        return ""
    if isinstance(found, tuple):  # in the form of RFC 2231
        charset, language, text = found
        data = text.encode("latin-1", "replace")
        return one_line(printable(_from_bytes(data, charset or "")))[:LONGEST_NAME]
    return decoded(collapse_rfc2231_value(found).strip('"'))[:LONGEST_NAME]


def _bytes_of_word(found: re.Match[str]) -> bytes:
    data = found[3].encode("utf-8", "surrogateescape")
    if found[2] in "qQ":
        data = data.replace(b"_", b" ")
        return QUOTED.sub(lambda one: bytes([int(one[1], 16)]), data)
    data = NOT_BASE64.sub(b"", data)
    data = data[: len(data) // 4 * 4 + (0 if len(data) % 4 == 1 else len(data) % 4)]
    return binascii.a2b_base64(data + b"=" * (-len(data) % 4))


def _from_bytes(data: bytes, charset: str = "") -> str:
    """Decode a header, in the encoding that it names if it can be."""
    if charset and charset not in ("utf-8", "us-ascii"):
        try:
            return data.decode(charset)
        except (LookupError, ValueError):
            pass
    try:
        return decode(data, charset)
    except ExtractionError:
        return data.decode("utf-8", "replace")
