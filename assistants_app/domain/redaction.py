"""Texts without the names of files."""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from assistants_app.domain import limits
from assistants_app.domain.search import CITATION_MARK, citation_mark
from assistants_app.domain.words.phrases import Phrases
from assistants_app.domain.words.readings import readings, readings_as_shown

# Words of ASCII letters and digits, and what separates words. Letters of other scripts are words of
# their own, because some scripts put no spaces between words.
_WORD = re.compile(r"[a-z0-9]+|(?P<gap>[ .-]+)|.", re.DOTALL)
_GAP = ""  # the word that stands for all of them
_PLAIN_WORD = re.compile(r"[a-z0-9]+")
_ESCAPING = re.compile(r"[%&\\]")

_SLASH = r"(?:(?<!\\)\\*/|%2[Ff])+"
_FOLDER = rf"((?:sandbox:)?{_SLASH}mnt{_SLASH}data{_SLASH})"
# A path in the code interpreter: to the end of its quotes or brackets, or else up to a space. In
# brackets, a name may have brackets itself.
_PATH = re.compile(
    rf"(?<=\(){_FOLDER}((?:[^()\n]|\([^()\n]*\))*)(?=\))"
    rf"|(?<=<){_FOLDER}([^<>\n]*)(?=>)"
    + "".join(rf"|(?<={quote}){_FOLDER}([^{quote}\n]*)(?={quote})" for quote in "\"'`")
    + rf"|{_FOLDER}((?:[^\s()<>\]\"'`]|\([^\s()]*\))*)"
)
_STAND_IN = re.compile(r"file-\d+(?:\.[a-z0-9]+)?")
SHORTEST_STEM = 4  # characters
SHORT_NAME = 3  # words, with what separates them
# From this number of names on, those that a text can't contain are left out first.
MANY_NAMES = 200
# Extensions that stay. Any other may be a part of the name.
KNOWN_EXTENSIONS = frozenset(
    (
        *(".bmp", ".c", ".cpp", ".cs", ".css", ".csv", ".doc", ".docx", ".epub", ".gif", ".go"),
        *(".html", ".ipynb", ".java", ".jpeg", ".jpg", ".js", ".json", ".jsonl", ".md", ".mp3"),
        *(".mp4", ".odp", ".ods", ".odt", ".pdf", ".php", ".pkl", ".png", ".ppt", ".pptx", ".py"),
        *(".rb", ".rtf", ".sh", ".sql", ".svg", ".tar", ".tex", ".ts", ".tsv", ".txt", ".wav"),
        *(".webp", ".xls", ".xlsx", ".xml", ".yaml", ".zip"),
    )
)


@dataclass(frozen=True, slots=True)
class _Spelling:
    """A name, or its stem, as words.

    `dots` are the places of gaps in which a text may have no space. `before` and `after` are what
    the name has around its words.
    """

    name: str
    is_stem: bool
    dots: tuple[int, ...]
    before: str
    after: str
    needs_before: bool


@dataclass(frozen=True, slots=True)
class _Found:
    start: int
    end: int
    spelling: _Spelling


class FileNames:
    """Replaces known names of files in texts by names such as ``file-1.pdf``.

    A name is also found in other letter cases, with other separators and accents, with the escapes
    of URLs, JSON, Markdown and HTML, with emphasis or links in it, and without its extension unless
    it is then an ordinary word.

    Numbers are given when a name is first met. Those in `numbered` have theirs already.
    """

    def __init__(self, names: Iterable[str], numbered: Iterable[str] = ()) -> None:
        self._numbers: dict[str, int] = {}
        for name in numbered:
            self._number(name)
        known = list(dict.fromkeys(filter(None, [*self._numbers, *names])))
        self._spellings: dict[tuple[str, ...], _Spelling] = {}
        # Whole names first: one of them may be another one's stem.
        for name in known:
            self._learn(name, name)
        for name in known:
            if stem := _stem(name):
                self._learn(name, stem)
        self._phrases = Phrases(self._spellings)

    def _learn(self, name: str, spelled: str) -> None:
        for reading in readings(spelled):
            words = _Words(reading.value).trimmed()
            if not words.words:
                continue
            before = spelled[: reading.starts[words.spans[0][0]]]
            spelling = _Spelling(
                name,
                is_stem=name != spelled,
                # The end of a sentence, and a word that is also an extension: "report. PDF".
                dots=words.dots if len(words.words) <= SHORT_NAME else (),
                before=before,
                after=spelled[reading.ends[words.spans[-1][1] - 1] :],
                # All that is left of "---.txt" is an ordinary word.
                needs_before=bool(before) and len(words.words) == 1,
            )
            self._spellings.setdefault(tuple(words.words), spelling)

    @property
    def numbered(self) -> list[str]:
        """The names that have a number, in the order of their numbers."""
        return list(self._numbers)

    def stand_in(self, name: str) -> str:
        """Return what is shown instead of a file's name."""
        return f"file-{self._number(name)}{_known_extension(name)}" if name else "file"

    def _number(self, name: str) -> int:
        return self._numbers.setdefault(name, len(self._numbers) + 1)

    def replaced(self, text: str) -> str:
        """Return the text without names of files."""
        shown, done = [], 0
        for mark in CITATION_MARK.finditer(text):
            shown += [self._without_names(text[done : mark.start()]), self._mark(mark)]
            done = mark.end()
        shown.append(self._without_names(text[done:]))
        result = "".join(shown)
        # A path may also lead to a file that nobody kept, so its name isn't known.
        return _PATH.sub(_path_without_name, result) if "mnt" in result else result

    def _mark(self, mark: "re.Match[str]") -> str:
        name = mark[3].removeprefix("†")
        if not name:
            return mark[0]
        spelled = (_Words(reading.value).trimmed().words for reading in readings(name))
        known = (self._spellings.get(tuple(words)) for words in spelled)
        found = next(filter(None, known), None)
        shown = self._shown(found) if found else "file"
        return citation_mark(int(mark[1]), int(mark[2]), shown)

    def cuts_a_name(self, text: str, place: int) -> bool:
        """Return whether a text that is cut at this place would be cut within a name."""
        return any(one.start < place < one.end for one in _apart(self._found(text)))

    def _without_names(self, text: str) -> str:
        if not self._spellings or not text:
            return text
        shown, done = [], 0
        for found in _apart(self._found(text)):
            shown += [text[done : found.start], self._shown(found.spelling)]
            done = found.end
        return "".join([*shown, text[done:]])

    def _found(self, text: str) -> Iterator[_Found]:
        for reading in readings_as_shown(text):
            words = _Words(reading.value)
            last = 0
            for first, end, spelling in self._phrases.found(words.words):
                # The longest name that ends here comes first, and the others are parts of it.
                if end == last or any(first + dot in words.spaced for dot in spelling.dots):
                    continue
                start = reading.starts[words.spans[first][0]]
                stop = reading.ends[words.spans[end - 1][1] - 1]
                if text.endswith(spelling.before, 0, start):
                    start -= len(spelling.before)
                elif spelling.needs_before:
                    continue
                if text.startswith(spelling.after, stop):
                    stop += len(spelling.after)
                last = end
                yield _Found(start, stop, spelling)

    def _shown(self, spelling: _Spelling) -> str:
        name = spelling.name
        return f"file-{self._number(name)}" if spelling.is_stem else self.stand_in(name)


class _Words:
    """The words of a reading, with their places. What separates words is a word as well.

    `dots` are the places of the separators that are a dot, and `spaced` of those with a space.
    """

    def __init__(self, value: str) -> None:
        self.words: list[str] = []
        self.spans: list[tuple[int, int]] = []
        self.spaced: set[int] = set()
        self._dots: list[int] = []
        for match in _WORD.finditer(value):
            if gap := match["gap"]:
                if " " in gap:
                    self.spaced.add(len(self.words))
                elif gap == ".":
                    self._dots.append(len(self.words))
            self.words.append(_GAP if gap else match[0])
            self.spans.append(match.span())

    @property
    def dots(self) -> tuple[int, ...]:
        return tuple(self._dots)

    def trimmed(self) -> "_Words":
        """Return the words without separators around them."""
        if self.words[-1:] == [_GAP]:
            del self.words[-1], self.spans[-1]
        if self.words[:1] == [_GAP]:
            del self.words[0], self.spans[0]
            self._dots = [dot - 1 for dot in self._dots if dot]
        self._dots = [dot for dot in self._dots if dot < len(self.words)]
        return self


def names_in_paths(texts: Iterable[str]) -> Iterator[str]:
    """Yield the names of files that the texts have in paths of the code interpreter.

    Only those with an extension: others may be ordinary words.
    """
    for text in texts:
        for match in _PATH.finditer(text) if "mnt" in text else ():
            _folder, path = (group for group in match.groups() if group is not None)
            name = path.rstrip("\\").rpartition("/")[2]
            if len(name) <= limits.FILE_NAME and name.strip(".").rpartition(".")[0]:
                yield name


def possible_names(names: Sequence[str], texts: Iterable[str]) -> list[str]:
    """Return the names that these texts may contain. It is quicker than to look for all of them."""
    if len(names) < MANY_NAMES:
        return list(names)
    words = {
        word
        for text in texts
        for reading in readings_as_shown(text)
        for word in _PLAIN_WORD.findall(reading.value)
    }
    return [name for name in names if _may_be_among(words, name)]


def _may_be_among(words: set[str], name: str) -> bool:
    if not name.isascii() or _ESCAPING.search(name):
        return True
    spelled = name.lower()
    own = _PLAIN_WORD.findall(spelled.rpartition(".")[0]) or _PLAIN_WORD.findall(spelled)
    return words.issuperset(own)


def _apart(found: Iterable[_Found]) -> Iterator[_Found]:
    """Yield places that don't overlap: of those that do, all together, as the longest of them."""
    region: _Found | None = None
    longest = 0
    for one in sorted(found, key=lambda one: (one.start, -one.end)):
        if region is None or one.start >= region.end:
            if region:
                yield region
            region, longest = one, one.end - one.start
            continue
        is_longer = one.end - one.start > longest
        longest = max(longest, one.end - one.start)
        spelling = one.spelling if is_longer else region.spelling
        region = _Found(region.start, max(region.end, one.end), spelling)
    if region:
        yield region


def _stem(name: str) -> str:
    """Return a name without its extension, or "" if that may be an ordinary word."""
    stem = name.rpartition(".")[0]
    return stem if len(stem) >= SHORTEST_STEM and not stem.isalpha() else ""


def _known_extension(name: str) -> str:
    extension = f".{name.rpartition('.')[2].lower()}" if "." in name else ""
    return extension if extension in KNOWN_EXTENSIONS else ""


def _path_without_name(match: "re.Match[str]") -> str:
    folder, path = (group for group in match.groups() if group is not None)
    name = path.rstrip("\\")  # of escaped quotes
    shown = name if _STAND_IN.fullmatch(name) else "file"
    return f"{folder}{shown if name else ''}{path[len(name) :]}"
