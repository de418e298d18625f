"""The sentence of a text that another text is about."""

import re
from collections import Counter

from assistants_app.domain.words.groups import joined_terms
from assistants_app.domain.words.searches import question_terms
from assistants_app.domain.words.tokens import composed
from assistants_app.domain.words.vectors import stemmed

MOST_TERMS = 64
# A sentence ends at a line, after a full stop and a space, or after one of other scripts.
_END = re.compile(r"(?<=[.!?…])[\"'”’)\]]*\s+|(?<=[。！？।؟])|\n+")

Parts = tuple[str, str, str]  # before the sentence, the sentence, and after it


def split_at_sentence(text: str, about: str) -> Parts:
    """Return the text around its sentence that shares most with `about`. The sentence is empty if
    none shares a word.
    """
    text = composed(text)
    wanted = set(question_terms(about, limit=MOST_TERMS))
    spans = _sentences(text)
    shared = [_stems(text[start:end]) & wanted for start, end in spans]
    # A word that is in few sentences says more.
    number = Counter(stem for stems in shared for stem in stems)
    weights = [sum(1 / number[stem] for stem in stems) for stems in shared]
    best = max(range(len(spans)), key=weights.__getitem__, default=None)
    if best is None or not weights[best]:
        return text, "", ""
    start, end = spans[best]
    return text[:start], text[start:end], text[end:]


def _stems(sentence: str) -> set[str]:
    return {stemmed(token) for token in joined_terms(sentence)} - {""}


def _sentences(text: str) -> list[tuple[int, int]]:
    ends = [0]
    for match in _END.finditer(text):
        # The full stop of an abbreviation: "e.g. for ferries".
        if "\n" not in match[0] and text[match.end() : match.end() + 1].islower():
            continue
        ends += [match.start(), match.end()]
    ends.append(len(text))
    spans = zip(ends[::2], ends[1::2], strict=True)
    return [(start, end) for start, end in spans if text[start:end].strip()]
