"""The encoding of a text that names none, judged by what its letters say in each language.

Each encoding of ``languages.py`` decodes a sample. The most likely reading wins: one whose letters,
their neighbors, capitals and words belong to one language. Between equal readings, the encoding in
wider use wins. Bytes alone decide nothing, because most encodings can decode anything.
"""

import functools
import math
import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Mapping

from assistants_app.retrieval.extract.east_asian import BROKEN, ideographic
from assistants_app.retrieval.extract.languages import ALPHABETS, Language
from assistants_app.retrieval.extract.letter_pairs import (
    EDGE,
    KINDS,
    LETTERS,
    Neighbors,
    folded,
    spellings,
    words_of,
)
from assistants_app.retrieval.extract.other_vocabulary import OTHER_WORDS
from assistants_app.retrieval.extract.vocabulary import LATIN_WORDS

VOCABULARY = {**LATIN_WORDS, **OTHER_WORDS}
SAMPLE = 8 * 1024  # bytes
# Logarithms of probabilities. An ASCII character has the same in each reading, so it counts only
# between readings with different numbers of characters.
ASCII, CONTROL, IMPOSSIBLE = -3.0, -9.0, -12.0
FOREIGN, ODD_SYMBOL = -8.0, -9.0
OF_ANY_ALPHABET = -5.0
POINT = -3.5
ALONE = -4.0  # a letter that is no word of its language
PUNCTUATION = math.log(0.1 / 12)
APOSTROPHE, ELLIPSIS, NO_BREAK = -2.5, -3.5, -3.0
# An apostrophe within a word that is no short form, or a sign in the place of a letter.
MISPLACED = re.compile(r"[a-z]{3}’(?:[a-z]{3}|[^\Wstdmnie]\b)|[µ€][a-z]{3}")
UNLIKELY = -4.0  # for each of those, and for a quotation without an end
COMMON_PUNCTUATION = frozenset("’‘“”„«»–—…€°§·•©®£\xa0¿¡№™´½¼¾¹²³ªº±×÷µ\u200c\u200d\u200e\u200f")
JOINERS = frozenset("\u200c\u200d\u200e\u200f")  # of Arabic and Hebrew
# Kinds of characters: letters of ASCII and others, in lower and upper case.
LOWER, UPPER, LATIN = "la", "uA", "aA"
LAST_LATIN = "\u036f"
VOWELS = frozenset(
    "aeiouyàáâãäåæèéêëìíîïòóôõöøœùúûüýÿąęėįųūāēīōőűăîıěůỳỹạảấầẩẫậắằẳẵặẹẻẽếềểễệỉĩịọỏốồổỗộơớờởỡợụủũưứừửữựỷỵ"
    "аеёиоуыэюяіїєъ"
    "İ"
    "αεηιουωάέήίόύώϊϋΐΰ"
)
NO_VOWEL = -5.0
NO_WORDS = -5.0  # for alphabets other than the Latin one
# Latin words have letters of ASCII too.
ACCENTED_ONLY, NO_PLAIN_LETTER = re.compile("[\x80-\u036f]+"), -4.0
NEIGHBORS = 0.6  # the weight of neighbors, which also occur in words
APART_FROM_LETTERS = frozenset("±×÷¹²³½¼¾")
BEYOND_ASCII = re.compile("[^\0-\x7f]")
# A word of a language is about e² times as likely in it as in others, or more beyond ASCII.
WORD, ACCENTED_WORD, LONG_WORD = 2.0, 3.0, 4.5
UTF_8_IN_USE = 5.0  # how much more likely a damaged file in it is than any other encoding
UTF_16 = ("utf_16_le", "utf_16_be")
# How much rarer the encoding of equal readings is than the one that Windows uses.
RARE: Mapping[str, float] = {
    **dict.fromkeys(("cp1250", "cp1254", "cp1257", "iso8859_15"), -1.0),
    **dict.fromkeys(("iso8859_2", "iso8859_16"), -2.0),
    **dict.fromkeys(("iso8859_13", "iso8859_4"), -3.0),
    **dict.fromkeys(("iso8859_7", "iso8859_8", "iso8859_6", "koi8_u", "koi8_r"), -1.0),
    "iso8859_5": -2.0,
    **dict.fromkeys(("cp850", "cp852", "cp857", "cp737", "cp862", "cp866"), -4.0),
    **dict.fromkeys(("mac_roman", "mac_cyrillic"), -5.0),
    **dict.fromkeys(("mac_latin2", "mac_turkish", "mac_greek"), -6.0),
    **dict.fromkeys(("cp932", "gb18030", "cp950", "cp949"), -2.0),
    **dict.fromkeys(("big5hkscs", "euc_jp"), -3.0),
    **dict.fromkeys(UTF_16, -6.0),
}
# The same for languages that few people write, or write in other encodings.
RARE_LANGUAGES = {
    **dict.fromkeys(("Icelandic", "Irish", "Albanian", "Catalan"), -1.0),
    "Vietnamese": -1.0,
}
# The least average of the letters in a reading. Rare Chinese characters make sense in UTF-16.
SENSIBLE, SENSIBLE_UNICODE = -6.5, -8.5
# What UTF-16 without any zero byte consists of: even a space would have one.
EAST_ASIAN_ONLY = re.compile("[\u2010-\u2027\u3000-\u30ff\u4e00-\u9fff\uac00-\ud7a3\uff01-\uff9f]+")
UNICODE = ("utf_8", *UTF_16, "utf_32_le", "utf_32_be")
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
    wide = [name for name in UTF_16 if EAST_ASIAN_ONLY.fullmatch(_reading(data[:SAMPLE], name))]
    around = _words_of_ascii(data)
    scores = {
        name: score(sample, name, around) + (len(sample) / 8 + 20 if name == named else 0.0)
        for name in dict.fromkeys((*_encodings(), *wide, *([named] if named else [])))
    }
    return max(scores, key=lambda name: scores[name])


@functools.cache
def _encodings() -> tuple[str, ...]:
    single = dict.fromkeys(name for language in ALPHABETS for name in language.encodings)
    east_asian = (name for name in EAST_ASIAN if name not in UNICODE)
    return (*single, *east_asian)


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


def _words_of_ascii(data: bytes) -> list[str]:
    """Return the words in lines of ASCII near the beginning, such as a table's headings."""
    lines = (line for line in data[:SAMPLE].splitlines() if line.isascii())
    return words_of(b"\n".join(lines).decode("ascii"))


def is_likelier_utf8(data: bytes) -> bool:
    """Return whether UTF-8 with broken bytes makes more sense than any other encoding."""
    sample = _telling_lines(data)
    return score(sample, "utf_8") + UTF_8_IN_USE > score(sample, guess(data))


def score(sample: bytes, encoding: str, around: Iterable[str] = ()) -> float:
    """Return the logarithm of the likelihood of a sample's reading in its best language.

    `around` are words of ASCII from other lines.
    """
    if encoding.startswith("utf_16") and len(sample) % 2:
        return -math.inf
    text = _reading(sample, encoding)
    ascii_score = sum(
        count * _fixed(char) for char, count in Counter(text).items() if char < "\x80"
    )
    unclosed = max(0, text.count("„") - sum(map(text.count, "“”")))
    ascii_score += UNLIKELY * (unclosed + len(MISPLACED.findall(text)))
    return ascii_score + _letters_score(text, encoding, around)[0] + RARE.get(encoding, 0.0)


def _reading(sample: bytes, encoding: str) -> str:
    # Vietnamese has its tones as characters of their own.
    return unicodedata.normalize("NFC", sample.decode(encoding, errors="replace"))


def _letters_score(text: str, encoding: str, around: Iterable[str] = ()) -> tuple[float, int]:
    """Return the score of the characters beyond ASCII in their best language, and their number.

    `around` are words of ASCII from other lines.
    """
    counts, threes = _in_context(text)
    words = Counter(words_of(text))
    words.update(around)
    readings = [
        _alphabetic(counts, threes, words, language)
        for language in ALPHABETS
        if encoding in language.encodings or encoding in UNICODE
    ]
    readings += [ideographic(counts, threes, kind) for kind in EAST_ASIAN.get(encoding, ())]
    if encoding in UNICODE or encoding not in EAST_ASIAN:
        readings.append(_foreign(counts, known=encoding in UNICODE))
    return max(readings), sum(counts.values())


def _in_context(text: str) -> tuple[Counter[tuple[str, str]], Counter[str]]:
    """Count the characters beyond ASCII, in two kinds of context.

    The first counter has the kinds of the two characters before and of the one after. The second
    has letters only, in lower case between their neighbors.
    """
    kinds = f"--{text.translate(KINDS)}-"
    letters = f"{EDGE}{text.translate(LETTERS)}{EDGE}"
    places = [found.start() for found in BEYOND_ASCII.finditer(text)]
    counts = Counter((text[at], kinds[at : at + 2] + kinds[at + 3]) for at in places)
    threes = Counter(letters[at : at + 3] for at in places)
    # A letter alone has no neighbors.
    return counts, Counter({three: count for three, count in threes.items() if _is_within(three)})


def _is_within(three: str) -> bool:
    return three[1] != EDGE and three.strip() != three[1]


def _fixed(char: str) -> float:
    # Zero bytes fill up fields of a fixed width.
    return ASCII if char.isprintable() or char in "\t\n\r\x0c\0" else CONTROL


def _alphabetic(
    counts: Mapping[tuple[str, str], int],
    threes: Mapping[str, int],
    words: Mapping[str, int],
    language: Language,
) -> float:
    letters, known = _frequencies(language.letters), _known_words(language)
    total = RARE_LANGUAGES.get(language.name, 0.0)
    if language.letters > LAST_LATIN and not any(folded(char) in letters for char, _ in counts):
        total += NO_WORDS
    if all(len(word) == 1 for word in words):
        # Nothing says that a letter is a word here.
        known = frozenset()
        total += NO_WORDS if language.letters > LAST_LATIN else 0.0
    for (char, context), count in counts.items():
        total += count * _letter(char, context, letters)
        if char.isalpha() and context[1:] == "--" and folded(char) not in known:
            total += count * ALONE
    fit = _neighbors(language).fit
    total += NEIGHBORS * sum(count * fit(three) for three, count in threes.items())
    for word, count in words.items():
        if word in known:
            if len(word) > 1:
                accented = LONG_WORD if len(word) > 3 else ACCENTED_WORD
                total += count * (WORD if word.isascii() else accented)
        elif len(word) > 3 and word.lower() != word.upper() and VOWELS.isdisjoint(word):
            total += count * NO_VOWEL
        elif len(word) > 1 and ACCENTED_ONLY.fullmatch(word):
            total += count * NO_PLAIN_LETTER
    return total


def _letter(char: str, context: str, known: Mapping[str, float]) -> float:
    earlier, before, after = tuple(context)
    if char == "µ" or not char.isalpha() and (char not in known or before == "-"):
        return _symbol(char, before, after)
    value = known.get(folded(char), FOREIGN)
    if char.isupper():
        # A capital begins a word, or its word has capitals only.
        value += -6.0 if before in LOWER else -0.2 if before in UPPER else -2.3
        value += -3.0 if before in UPPER and after in LOWER else 0.0
    elif char.islower() and before in UPPER and (earlier in UPPER or after in UPPER):
        value -= 5.0
    # No word mixes Latin letters with those of another alphabet.
    if char > LAST_LATIN and (before in LATIN or after in LATIN):
        value -= 6.0
    return value


def _symbol(char: str, before: str, after: str) -> float:
    category = unicodedata.category(char)
    if char == "\ufffd":
        return BROKEN
    if category in {"Cc", "Co", "Cn"}:
        return CONTROL
    if category == "Mn":
        # Hebrew marks its vowels with points below and above the letters.
        points = before == "o" and "\u05b0" <= char <= "\u05c2"
        return POINT if points else FOREIGN if before != "-" else IMPOSSIBLE
    if char in COMMON_PUNCTUATION:
        return _punctuation(char, before, after)
    if category == "So":
        return IMPOSSIBLE
    return ODD_SYMBOL if before != "-" and after != "-" else FOREIGN


def _punctuation(char: str, before: str, after: str) -> float:
    between_letters = before != "-" and after != "-"
    if char == "\xa0":
        return PUNCTUATION if between_letters else NO_BREAK
    if char == "…" and before != "-" and after == "-":
        return ELLIPSIS
    if char in JOINERS:
        return PUNCTUATION if "o" in {before, after} else ODD_SYMBOL
    if char == "’" and after != "-":
        return APOSTROPHE if between_letters else PUNCTUATION - 2.0
    return ODD_SYMBOL if between_letters or _is_out_of_place(char, before, after) else PUNCTUATION


def _is_out_of_place(char: str, before: str, after: str) -> bool:
    if char == "µ":  # the sign of micro begins a unit
        return before != "-" or after != "a"
    if char in "¿¡":
        return after == "-"
    return char in APART_FROM_LETTERS and (before != "-" or after != "-")


@functools.cache
def _frequencies(letters: str) -> dict[str, float]:
    weights = [math.exp(-3.0 * rank / len(letters)) for rank in range(len(letters))]
    total = sum(weights) / 0.9
    return {
        letter: math.log(weight / total) for letter, weight in zip(letters, weights, strict=True)
    }


@functools.cache
def _known_words(language: Language) -> frozenset[str]:
    words = f"{language.words} {VOCABULARY[language.name]}".split()
    capitals = [word.replace("i", "İ") for word in words if "İ" in language.letters]
    return frozenset(spelling for word in (*words, *capitals) for spelling in spellings(word))


@functools.cache
def _neighbors(language: Language) -> Neighbors:
    return Neighbors(_known_words(language))


def _foreign(counts: Counter[tuple[str, str]], *, known: bool) -> float:
    """Rate the letters of any alphabet. Without Unicode (`known`), that is a last resort."""
    return sum(
        (OF_ANY_ALPHABET if known and _is_alphabetic(char) else _letter(char, context, {})) * count
        for (char, context), count in counts.items()
    )


def _is_alphabetic(char: str) -> bool:
    return char < "\u2000" and unicodedata.category(char)[0] in "LM"
