"""The encoding of a text that names none, judged by what its letters say in each language.

Each encoding of ``languages.py`` decodes a sample. The most likely reading wins: one whose letters,
capitals and short words belong to one language. Bytes alone decide nothing, because most encodings
can decode anything.
"""

import functools
import math
import unicodedata
from collections import Counter
from collections.abc import Iterable, Mapping

from assistants_app.retrieval.extract.languages import (
    ALPHABETS,
    HANGUL,
    KANJI,
    SIMPLIFIED,
    TRADITIONAL,
    Language,
)

SAMPLE = 8 * 1024  # bytes
# Logarithms of probabilities. An ASCII character has the same in each reading, so it counts only
# between readings with different numbers of characters.
ASCII, CONTROL, IMPOSSIBLE = -3.0, -9.0, -12.0
FOREIGN, ODD_SYMBOL = -8.0, -9.0
OF_ANY_ALPHABET = -5.0
ALONE = -4.0  # a letter that is no word of its language
PUNCTUATION = math.log(0.1 / 12)
APOSTROPHE = -2.5
COMMON_PUNCTUATION = frozenset("’‘“”„«»–—…€°§·•©®£\xa0¿¡№™´½¼¾¹²³ªº±×÷µ")
# Kinds of characters: letters of ASCII and others, in lower and upper case.
LOWER, UPPER, LATIN = "la", "uA", "aA"
LAST_LATIN = "\u036f"
VOWELS = frozenset(
    "aeiouyàáâãäåæèéêëìíîïòóôõöøœùúûüýÿąęėįųūāēīōőűăîıěůỳỹạảấầẩẫậắằẳẵặẹẻẽếềểễệỉĩịọỏốồổỗộơớờởỡợụủũưứừửữựỷỵ"
    "аеёиоуыэюяіїєъ"
    "αεηιουωάέήίόύώϊϋΐΰ"
)
NO_VOWEL = -5.0
APART_FROM_LETTERS = frozenset("±×÷¹²³½¼¾")
# A short word is about e² times as likely in its own language as in others.
WORD, ACCENTED_WORD = 2.0, 3.0
# How much rarer the encoding of equal readings is than the one that Windows uses.
RARE: Mapping[str, float] = {
    **dict.fromkeys(("iso8859_15", "iso8859_2", "iso8859_16"), -1.0),
    **dict.fromkeys(("cp1257", "iso8859_13", "iso8859_4"), -2.0),
    **dict.fromkeys(("iso8859_7", "iso8859_8", "iso8859_6", "iso8859_5", "koi8_u", "koi8_r"), -1.0),
    **dict.fromkeys(("cp850", "cp852", "cp857", "cp737", "cp862", "cp866"), -3.0),
    **dict.fromkeys(("mac_roman", "mac_cyrillic"), -3.0),
    **dict.fromkeys(("cp932", "gb18030", "cp950", "cp949"), -2.0),
    **dict.fromkeys(("big5hkscs", "euc_jp"), -3.0),
    **dict.fromkeys(("utf_16_le", "utf_16_be"), -6.0),
}
# The least average of the letters in a reading. Rare Chinese characters make sense in UTF-16.
SENSIBLE, SENSIBLE_UNICODE = -6.5, -8.5
UNICODE = ("utf_8", "utf_16_le", "utf_16_be", "utf_32_le", "utf_32_be")
EAST_ASIAN = {
    "cp932": ("japanese",),
    "euc_jp": ("japanese",),
    "gb18030": ("simplified", "traditional"),
    "cp950": ("traditional",),
    "big5hkscs": ("traditional",),
    "cp949": ("korean",),
    **dict.fromkeys(UNICODE, ("japanese", "simplified", "traditional", "korean")),
}


def unicode_form(sample: bytes) -> str:
    """Return the form of Unicode in which a sample with zero bytes makes most sense.

    That is UTF-8 if it makes sense in none, as binary data does.
    """
    sample = sample[: len(sample) // 4 * 4] or sample[: len(sample) // 2 * 2]
    forms = [name for name in UNICODE if name.startswith("utf_32") <= _decodes(sample, name)]
    best = max(forms, key=lambda name: score(sample, name))
    letters, count = _letters_score(_reading(sample, best), best)
    return best if letters >= SENSIBLE_UNICODE * count else "utf_8"


def _decodes(sample: bytes, encoding: str) -> bool:
    try:
        sample.decode(encoding)
    except UnicodeDecodeError:
        return False
    return True


def guess(data: bytes, named: str = "") -> str:
    """Return the most likely encoding of `data`, which is no UTF-8.

    `named` is an encoding that the text itself names. It wins unless its reading makes no sense.
    """
    sample = _telling_lines(data)
    scores = {
        name: score(sample, name) + (len(sample) / 8 + 20 if name == named else 0.0)
        for name in dict.fromkeys((*_encodings(), *([named] if named else [])))
    }
    return max(scores, key=lambda name: scores[name])


@functools.cache
def _encodings() -> tuple[str, ...]:
    single = dict.fromkeys(name for language in ALPHABETS for name in language.encodings)
    east_asian = (name for name in EAST_ASIAN if name not in UNICODE)
    return (*single, *east_asian, "utf_16_le", "utf_16_be")


def _telling_lines(data: bytes) -> bytes:
    """Return the lines with bytes beyond ASCII, up to the size of a sample."""
    start = next((at for at, byte in enumerate(data) if byte > 127), 0)
    # A line without an end would otherwise be searched for one through the whole file.
    start = data.rfind(b"\n", max(0, start - 1024), start) + 1 or max(0, start - 1024)
    lines, size = [], 0
    for line in data[start : start + 64 * SAMPLE].splitlines(keepends=True):
        if not line.isascii():
            lines.append(line[: SAMPLE - size])
            size += len(lines[-1])
            if size >= SAMPLE:
                break
    return b"".join(lines)


def makes_sense(data: bytes, encoding: str) -> bool:
    """Return whether the letters beyond ASCII are likely ones in some language."""
    sample = _telling_lines(data)
    letters, count = _letters_score(_reading(sample, encoding), encoding)
    return letters >= SENSIBLE * count


def score(sample: bytes, encoding: str) -> float:
    """Return the logarithm of the likelihood of a sample's reading in its best language."""
    if encoding.startswith("utf_16") and len(sample) % 2:
        return -math.inf
    text = _reading(sample, encoding)
    ascii_score = sum(_fixed(char) for char in text if char < "\x80")
    return ascii_score + _letters_score(text, encoding)[0] + RARE.get(encoding, 0.0)


def _reading(sample: bytes, encoding: str) -> str:
    # Vietnamese has its tones as characters of their own.
    return unicodedata.normalize("NFC", sample.decode(encoding, errors="replace"))


def _letters_score(text: str, encoding: str) -> tuple[float, int]:
    """Return the score of the characters beyond ASCII in their best language, and their number."""
    counts = Counter(one for one in _in_context(text) if one[0] >= "\x80")
    words = Counter(_words(text))
    readings = [
        _alphabetic(counts, words, language)
        for language in ALPHABETS
        if encoding in language.encodings or encoding in UNICODE
    ]
    readings += [_ideographic(counts, kind) for kind in EAST_ASIAN.get(encoding, ())]
    readings.append(_foreign(counts, known=encoding in UNICODE))
    return max(readings), sum(counts.values())


def _in_context(text: str) -> Iterable[tuple[str, str]]:
    """Yield each character with the kinds of the two before it and of the one after it."""
    kinds = [_kind(char) for char in text]
    for at, char in enumerate(text):
        before = kinds[at - 1] if at else "-"
        after = kinds[at + 1] if at + 1 < len(text) else "-"
        earlier = kinds[at - 2] if at > 1 else "-"
        yield char, earlier + before + after


def _kind(char: str) -> str:
    if char.islower():
        return "l" if char >= "\x80" else "a"
    if char.isupper():
        return "u" if char >= "\x80" else "A"
    return "o" if char.isalpha() or unicodedata.category(char) == "Mn" else "-"


def _fixed(char: str) -> float:
    # Zero bytes fill up fields of a fixed width.
    return ASCII if char.isprintable() or char in "\t\n\r\x0c\0" else CONTROL


def _words(text: str) -> Iterable[str]:
    word = "".join(char.lower() if char.isalpha() else " " for char in text)
    return word.split()


def _alphabetic(
    counts: Mapping[tuple[str, str], int], words: Mapping[str, int], language: Language
) -> float:
    known, short = _frequencies(language.letters), _word_set(language.words)
    total = 0.0
    for (char, context), count in counts.items():
        total += count * _letter(char, context, known)
        if char.isalpha() and context[1:] == "--" and char.lower() not in short:
            total += count * ALONE
    for word, count in words.items():
        if word in short and len(word) > 1:
            total += count * (WORD if word.isascii() else ACCENTED_WORD)
        elif len(word) > 3 and word.lower() != word.upper() and VOWELS.isdisjoint(word):
            total += count * NO_VOWEL
    return total


def _letter(char: str, context: str, known: Mapping[str, float]) -> float:
    earlier, before, after = tuple(context)
    if not char.isalpha() and (char not in known or before == "-"):
        return _symbol(char, before, after)
    value = known.get(char.lower(), FOREIGN)
    if char.isupper():
        # A capital begins a word, or its word has capitals only.
        value += -6.0 if before in LOWER else -0.5 if before in UPPER else -2.3
        value += -3.0 if before in UPPER and after in LOWER else 0.0
    elif char.islower() and before in UPPER and (earlier in UPPER or after in UPPER):
        value -= 5.0
    # No word mixes Latin letters with those of another alphabet.
    if char > LAST_LATIN and (before in LATIN or after in LATIN):
        value -= 6.0
    return value


def _symbol(char: str, before: str, after: str) -> float:
    between_letters = before != "-" and after != "-"
    if char == "\ufffd":
        return IMPOSSIBLE
    if unicodedata.category(char) in {"Cc", "Co", "Cn"}:
        return CONTROL
    if unicodedata.category(char) == "Mn":
        return FOREIGN if before != "-" else IMPOSSIBLE
    if char in COMMON_PUNCTUATION:
        if char == "’" and before == "-" and after != "-":
            return PUNCTUATION - 2.0
        if char in APART_FROM_LETTERS and (before != "-" or after != "-"):
            return ODD_SYMBOL
        if between_letters:
            return APOSTROPHE if char in "’·" else ODD_SYMBOL
        return PUNCTUATION
    if unicodedata.category(char) == "So":
        return IMPOSSIBLE
    return ODD_SYMBOL if between_letters else FOREIGN


@functools.cache
def _frequencies(letters: str) -> dict[str, float]:
    weights = [math.exp(-3.0 * rank / len(letters)) for rank in range(len(letters))]
    total = sum(weights) / 0.9
    return {
        letter: math.log(weight / total) for letter, weight in zip(letters, weights, strict=True)
    }


@functools.cache
def _word_set(words: str) -> frozenset[str]:
    return frozenset(words.split())


def _foreign(counts: Counter[tuple[str, str]], *, known: bool) -> float:
    """Rate the letters of any alphabet. Without Unicode (`known`), that is a last resort."""
    return sum(
        (OF_ANY_ALPHABET if known and _is_alphabetic(char) else _letter(char, context, {})) * count
        for (char, context), count in counts.items()
    )


def _is_alphabetic(char: str) -> bool:
    return char < "\u2000" and unicodedata.category(char)[0] in "LM"


def _ideographic(counts: Mapping[tuple[str, str], int], kind: str) -> float:
    total = 0.0
    for (char, context), count in counts.items():
        total += _east_asian(char, kind) * count
        if char >= "\uff61" and (context[1] in LATIN or context[2] in LATIN):
            total += FOREIGN * count
    return total


@functools.cache
def _east_asian(char: str, kind: str) -> float:
    if char == "\ufffd":
        return IMPOSSIBLE
    if "\u3000" <= char <= "\u303f" or "\uff01" <= char <= "\uff60":
        return -5.3
    if kind == "japanese":
        return _japanese(char)
    if kind == "korean":
        return _korean(char)
    common, encoding = (SIMPLIFIED, "gb2312") if kind == "simplified" else (TRADITIONAL, "big5")
    if char in common:
        return -6.2
    return _by_level(char, encoding, (0xB0, 0xD7) if kind == "simplified" else (0xA4, 0xC6))


def _japanese(char: str) -> float:
    if "\u3041" <= char <= "\u3096":
        return -4.8
    if "\u30a1" <= char <= "\u30fc":
        return -5.5
    if "\uff61" <= char <= "\uff9f":
        return -4.4
    if char in KANJI:
        return -7.0
    return _by_level(char, "euc_jp", (0xB0, 0xCF)) - 1.0


def _korean(char: str) -> float:
    if char in HANGUL:
        return -5.6
    if "\uac00" <= char <= "\ud7a3":
        # The standard of 1987 has the 2,350 syllables that texts use.
        return -9.0 if 0xB0 <= _lead_byte(char, "euc_kr") <= 0xC8 else -12.0
    return -13.0


def _by_level(char: str, encoding: str, first: tuple[int, int]) -> float:
    """Rate a character by whether its national standard has it on the level in everyday use."""
    lead = _lead_byte(char, encoding)
    if not "\u4e00" <= char <= "\u9fff":
        return -12.0
    if first[0] <= lead <= first[1]:
        return -9.2
    return -12.6 if lead else -15.0


def _lead_byte(char: str, encoding: str) -> int:
    try:
        return char.encode(encoding)[0]
    except UnicodeEncodeError:
        return 0
