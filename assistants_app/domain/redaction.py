"""Texts without the names of files."""

import html
import json
import re
import unicodedata
from collections.abc import Iterable, Iterator
from urllib.parse import quote

from assistants_app.domain.search import CITATION_MARK, citation_mark

# Letters and digits beside a name make it another word. Those of scripts that put no spaces between
# words don't.
_WORD = "[A-Za-z0-9]"
# A path in the code interpreter: to the end of its quotes or brackets, or else up to a space.
_PATH = re.compile(
    r"(?P<before>[(<\"'`])(?P<quoted>(?:sandbox:)?/mnt/data/[^)>\"'`\n]*)(?=[)>\"'`])"
    r"|(?P<bare>(?:sandbox:)?/mnt/data/[^\s)>\]\"'`]*)"
)
_STAND_IN = re.compile(r"file-\d+(?:\.[a-z0-9]+)?")
SHORTEST_STEM = 4  # characters
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


class FileNames:
    """Replaces known names of files in texts by names such as ``file-1.pdf``.

    A name is also found in other letter cases, percent-encoded, escaped as in JSON or HTML, and
    without its extension unless it is then an ordinary word.
    """

    def __init__(self, names: Iterable[str]) -> None:
        self._stand_ins: dict[str, str] = {}
        forms: dict[str, str] = {}
        for number, name in enumerate(dict.fromkeys(filter(None, names)), 1):
            self._stand_ins[name] = f"file-{number}{_known_extension(name)}"
            forms |= dict.fromkeys(_forms(name), self._stand_ins[name])
            stem = name.rpartition(".")[0]
            if len(stem) >= SHORTEST_STEM and not stem.isalpha():
                forms |= dict.fromkeys(_forms(stem), f"file-{number}")
        self._by_form = {form.casefold(): stand_in for form, stand_in in forms.items()}
        # The longest first: one name may be a part of another.
        longest_first = sorted(forms, key=len, reverse=True)
        pattern = "|".join(map(_pattern, longest_first))
        self._found = re.compile(pattern, re.IGNORECASE) if forms else None

    def stand_in(self, name: str) -> str:
        """Return what is shown instead of a file's name."""
        return self._stand_ins.get(name, "file")

    def replaced(self, text: str) -> str:
        """Return the text without names of files."""
        text = CITATION_MARK.sub(self._mark, text)
        if self._found:
            text = self._found.sub(self._form, text)
        # A path may also lead to a file that nobody kept, so its name isn't known.
        return _PATH.sub(_path_without_name, text)

    def _mark(self, match: "re.Match[str]") -> str:
        name = match[3].removeprefix("†")
        if not name:
            return match[0]
        known = self._by_form.get(name.casefold(), "file")
        return citation_mark(int(match[1]), int(match[2]), known)

    def _form(self, match: "re.Match[str]") -> str:
        return self._by_form.get(match[0].casefold(), "file")


def _forms(name: str) -> Iterator[str]:
    """Yield the ways in which a text may write the name."""
    # Macs send letters and accents as characters of their own, other systems as one.
    for form in {name, *(unicodedata.normalize(kind, name) for kind in ("NFC", "NFD"))}:
        yield form
        yield quote(form)
        yield quote(form, safe="")
        yield json.dumps(form)[1:-1]
        yield html.escape(form)
        yield " ".join(form.split())
        yield citation_mark(0, 0, form).partition("†")[2].removesuffix("】")


def _pattern(form: str) -> str:
    before = f"(?<!{_WORD})" if re.match(_WORD, form) else ""
    after = f"(?!{_WORD})" if re.match(_WORD, form[-1]) else ""
    return f"{before}{re.escape(form)}{after}"


def _known_extension(name: str) -> str:
    extension = f".{name.rpartition('.')[2].lower()}" if "." in name else ""
    return extension if extension in KNOWN_EXTENSIONS else ""


def _path_without_name(match: "re.Match[str]") -> str:
    path = match["quoted"] or match["bare"]
    folder, _, name = path.rpartition("/mnt/data/")
    shown = name if _STAND_IN.fullmatch(name) else "file"
    return f"{match['before'] or ''}{folder}/mnt/data/{shown if name else ''}"
