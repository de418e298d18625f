"""How many short texts without a mark are read in the encoding they have."""

import unicodedata

from assistants_app.retrieval.extract.encoding import decode
from tests.retrieval.corpus.txt import encoded
from tests.retrieval.everyday_texts import EVERYDAY, KINDS

# Of a text this short, several readings can make sense. Windows is the first choice then.
LEAST_OF_WINDOWS, LEAST_OF_OTHERS = 0.98, 0.97


def shares() -> dict[str, tuple[int, int, list[str]]]:
    """Return how many texts are right, of how many, and which are wrong, for two encodings."""
    found: dict[str, tuple[int, int, list[str]]] = {}
    for language, encodings, *texts in EVERYDAY:
        for encoding in encodings.split():
            family = "Windows" if encoding.startswith(("cp12", "cp9", "cp874", "gb")) else "others"
            for kind, text in zip(KINDS, texts, strict=True):
                try:
                    data = encoded(text, encoding)
                except UnicodeEncodeError:
                    continue
                read = unicodedata.normalize("NFC", decode(data))
                right, total, wrong = found.get(family, (0, 0, []))
                if read != text:
                    wrong = [*wrong, f"{language}, {encoding}, {kind}: {read!r}"]
                found[family] = right + (read == text), total + 1, wrong
    return found


def test_short_texts_are_read_in_their_encodings() -> None:
    found = shares()
    for family, least in (("Windows", LEAST_OF_WINDOWS), ("others", LEAST_OF_OTHERS)):
        right, total, wrong = found[family]
        assert right >= least * total, wrong
