"""The ways in which a text can be read: as it is, without escapes of other formats, and without
what formats it.
"""

import html
import re
import sys
import unicodedata
from array import array
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache

# A path in a URL within JSON within a log has three layers.
MOST_LAYERS = 3
# A backslash that begins an escape. Only the first of several, so that each is looked at once.
_BACKSLASH = r"(?<!\\)\\+"
_BYTE = rf"%[0-9A-Fa-f]{{2}}|{_BACKSLASH}(?:x[0-9A-Fa-f]{{2}}|[0-3][0-7]{{2}})"
_UNIT = rf"{_BACKSLASH}u[0-9A-Fa-f]{{4}}"
_ESCAPE = re.compile(
    rf"(?P<bytes>(?:{_BYTE})+)|(?P<units>(?:{_UNIT})+)"
    rf"|{_BACKSLASH}(?:U(?P<long>[0-9A-Fa-f]{{8}})|u\{{(?P<braced>[0-9A-Fa-f]{{1,6}})\}})"
    r"|(?P<entity>&(?:#[0-9]{1,7}|#[xX][0-9A-Fa-f]{1,6}|[A-Za-z][A-Za-z0-9]{1,31});)"
)
_SINGLE = {"bytes": (re.compile(_BYTE), 1), "units": (re.compile(_UNIT), 2)}
# Apart, because "C:\new" has no line break.
_CONTROL = re.compile(rf"(?P<control>{_BACKSLASH}[nrt])")
# What Markdown and HTML don't show: tags, the addresses of links, and marks within a word. Other
# marks are beside what separates words.
_TAG = r"<(?:(?:\\*/)?[A-Za-z][A-Za-z0-9]*(?:\s[^<>]*)?/?|!--[^<>]*--)>"
_LINK_END = r"\](?:\((?:[^()\\]+|\\.|\((?:[^()\\]+|\\.)*+\))*+\)|\[[^\[\]]*\])"
_OF_WORD = r"[^\s!-/:-@\[-`{-~]"
_FORMATTING = re.compile(
    r"(?P<space><(?:\\*/)?(?:br|dd|div|dt|hr|li|p|td|th|tr)\b[^<>]*>)"
    rf"|{_TAG}|{_LINK_END}"
    rf"|(?<={_OF_WORD})(?>(?:[*`~]|!?\[|\\+[()]|{_LINK_END}|{_TAG}|\])+)(?={_OF_WORD})",
    re.DOTALL | re.IGNORECASE,
)
_SEPARATING_SYMBOLS = frozenset("+=<>^`|~$")
# Letters and symbols in Unicode, but nobody sees them: fillers of Hangul, and what is reserved for
# characters without width.
_UNSEEN = re.compile("[\u115f\u1160\u2065\ufff0-\ufff8\U000e0000-\U000e0fff]")
_BLANK = "\u2800"  # of Braille: a space to the eye


@dataclass(frozen=True, slots=True)
class Reading:
    """What a text says if read in one way, and where in the text each of its characters is."""

    value: str
    starts: Sequence[int]
    ends: Sequence[int]


def readings(text: str) -> Iterator[Reading]:
    """Yield the text as it is, and then without one more layer of escapes at a time.

    Escapes are those of URLs, JSON, Python, shells and HTML. Letters are as :func:`folded`
    returns them, and all that separates words is spaces, hyphens and dots.
    """
    yield from map(_folded, _layers(text))


def readings_as_shown(text: str) -> Iterator[Reading]:
    """Yield the readings of a text, and each also without what formats it.

    That is what Markdown and HTML don't show: emphasis, also within a word, tags, and the addresses
    of links.
    """
    for layer in _layers(text):
        yield _folded(layer)
        if unformatted := _unformatted(layer):
            yield _folded(unformatted)


def _layers(text: str) -> Iterator[Reading]:
    reading: Reading | None = Reading(text, range(len(text)), range(1, len(text) + 1))
    last = reading
    for _layer in range(1 + MOST_LAYERS):
        if reading is None:
            break
        yield reading
        last, reading = reading, _decoded(reading, _ESCAPE)
    if last and (without_breaks := _decoded(last, _CONTROL)):
        yield without_breaks


@lru_cache(maxsize=4096)
def folded(char: str) -> str:
    """Return a character without case, accents and width, or "" for an invisible one.

    White space is a space, and all else that separates words is a hyphen, except for a dot.
    """
    kept = []
    for one in unicodedata.normalize("NFKD", unicodedata.normalize("NFKD", char).casefold()):
        category = unicodedata.category(one)
        if one == ".":
            kept.append(one)
        elif one.isspace() or one == _BLANK:
            kept.append(" ")
        elif category[0] == "P" or one in _SEPARATING_SYMBOLS:
            kept.append("-")
        elif category not in ("Mn", "Me", "Cf", "Cc") and not _UNSEEN.match(one):
            kept.append(one)
    return "".join(kept)


_ASCII = str.maketrans({chr(code): folded(chr(code)) for code in range(128)})


def _folded(reading: Reading) -> Reading:
    if reading.value.isascii():
        value = reading.value.translate(_ASCII)
        # Control characters, which nobody sees, are left out.
        if len(value) == len(reading.value):
            return Reading(value, reading.starts, reading.ends)
    builder = _Builder()
    for char, start, end in zip(reading.value, reading.starts, reading.ends, strict=True):
        builder.add(folded(char), start, end)
    return builder.reading()


class _Builder:
    """Puts a reading together."""

    def __init__(self) -> None:
        self._pieces: list[str] = []
        self._starts, self._ends = array("q"), array("q")

    def add(self, piece: str, start: int, end: int) -> None:
        self._pieces.append(piece)
        for _char in piece:
            self._starts.append(start)
            self._ends.append(end)

    def copy(self, reading: Reading, start: int, end: int) -> None:
        self._pieces.append(reading.value[start:end])
        self._starts.extend(reading.starts[start:end])
        self._ends.extend(reading.ends[start:end])

    def reading(self) -> Reading:
        return Reading("".join(self._pieces), self._starts, self._ends)


def _decoded(reading: Reading, escapes: "re.Pattern[str]") -> Reading | None:
    """Return the reading without these escapes, or None if it has none."""
    builder, done = _Builder(), 0
    for match in escapes.finditer(reading.value):
        builder.copy(reading, done, match.start())
        done = match.end()
        for char, start, end in _meant(match):
            builder.add(char, reading.starts[start], reading.ends[end - 1])
    if not done:
        return None
    builder.copy(reading, done, len(reading.value))
    return builder.reading()


def _unformatted(reading: Reading) -> Reading | None:
    """Return the reading without what formats it, or None if nothing does."""
    builder, done = _Builder(), 0
    for match in _FORMATTING.finditer(reading.value):
        builder.copy(reading, done, match.start())
        done = match.end()
        if match["space"]:
            builder.add(" ", reading.starts[match.start()], reading.ends[done - 1])
    if not done:
        return None
    builder.copy(reading, done, len(reading.value))
    return builder.reading()


def _meant(match: "re.Match[str]") -> Iterator[tuple[str, int, int]]:
    """Yield the characters that an escape means, with their places in the text."""
    start, end, whole = match.start(), match.end(), match[0]
    match match.lastgroup:
        case "bytes" | "units" as group:
            for char, first, last in _encoded(whole, *_SINGLE[group]):
                yield char, start + first, start + last
        case "long" | "braced" as group:
            code = int(match[group], 16)
            yield chr(code) if code <= sys.maxunicode else " ", start, end
        case "entity":
            # An unknown one is what it is.
            for char in html.unescape(whole):
                yield char, start, end
        case _:
            yield " ", start, end


def _encoded(escaped: str, single: "re.Pattern[str]", width: int) -> Iterator[tuple[str, int, int]]:
    """Yield the characters of an encoded text, each of whose units of `width` bytes is escaped."""
    units = list(single.finditer(escaped))
    data = b"".join(_number(unit[0].lstrip("\\")).to_bytes(width, "big") for unit in units)
    encoding = "utf-8" if width == 1 else "utf-16-be"
    try:
        value = data.decode(encoding, "surrogatepass")
    except UnicodeDecodeError:
        encoding, value = "latin-1", data.decode("latin-1")
    done = 0
    for char in value:
        count = len(char.encode(encoding, "surrogatepass")) // width
        yield char, units[done].start(), units[done + count - 1].end()
        done += count


def _number(unit: str) -> int:
    return int(unit[1:], 16) if unit[0] in "%xu" else int(unit, 8)
