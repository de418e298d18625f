"""Numbers of lists, written as a document's numbering formats ask for."""

from collections.abc import Callable

LARGEST = 10**6  # counts beyond it are not a list's
_ROMAN = (
    (1000, "m"), (900, "cm"), (500, "d"), (400, "cd"), (100, "c"), (90, "xc"), (50, "l"),
    (40, "xl"), (10, "x"), (9, "ix"), (5, "v"), (4, "iv"), (1, "i"),
)  # fmt: skip
_SMALL = (
    "Zero", "One", "Two", "Three", "Four", "Five", "Six", "Seven", "Eight", "Nine", "Ten",
    "Eleven", "Twelve", "Thirteen", "Fourteen", "Fifteen", "Sixteen", "Seventeen", "Eighteen",
    "Nineteen",
)  # fmt: skip
_TENS = (
    "", "", "Twenty", "Thirty", "Forty", "Fifty", "Sixty", "Seventy", "Eighty", "Ninety",
)  # fmt: skip
_ORDINALS = {
    "One": "First", "Two": "Second", "Three": "Third", "Five": "Fifth", "Eight": "Eighth",
    "Nine": "Ninth", "Twelve": "Twelfth",
}  # fmt: skip
LATIN = "abcdefghijklmnopqrstuvwxyz"
GREEK = "αβγδεζηθικλμνξοπρστυφχψω"
RUSSIAN = "абвгдежзиклмнопрстуфхцчшщыэюя"
HEBREW_ALPHABET = "אבגדהוזחטיכלמנסעפצקרשת"
ARABIC_ALPHABET = "أبتثجحخدذرزسشصضطظعغفقكلمنهوي"
ARABIC_ABJAD = "أبجدهوزحطيكلمنسعفصقرشتثخذضظغ"
IROHA = (
    "イロハニホヘトチリヌルヲワカヨタレソツネナラムウ"
    "ヰノオクヤマケフコエテアサキユメミシヱヒモセスン"
)
AIUEO = (
    "アイウエオカキクケコサシスセソタチツテトナニヌネノハヒフヘホマミムメモヤユヨラリルレロワヲン"
)
GANADA = "가나다라마바사아자차카타파하"
CHOSUNG = "ㄱㄴㄷㄹㅁㅂㅅㅇㅈㅊㅋㅌㅍㅎ"
THAI = "กขคงจฉชซฌญฎฏฐฑฒณดตถทธนบปผฝพฟภมยรลวศษสหฬอฮ"
HEAVENLY_STEMS = "甲乙丙丁戊己庚辛壬癸"
EARTHLY_BRANCHES = "子丑寅卯辰巳午未申酉戌亥"
CHICAGO = "*†‡§"
_CHINESE_DIGITS = "〇一二三四五六七八九"
_HEBREW_VALUES = (
    (400, "ת"), (300, "ש"), (200, "ר"), (100, "ק"), (90, "צ"), (80, "פ"), (70, "ע"), (60, "ס"),
    (50, "נ"), (40, "מ"), (30, "ל"), (20, "כ"), (10, "י"), (9, "ט"), (8, "ח"), (7, "ז"), (6, "ו"),
    (5, "ה"), (4, "ד"), (3, "ג"), (2, "ב"), (1, "א"),
)  # fmt: skip


def counted(number: int, form: str) -> str:
    """Return `number` in a format of Office Open XML's ST_NumberFormat. Unknown ones are decimal.

    Return nothing for ``none`` and ``bullet``.
    """
    if form in {"none", "bullet"}:
        return ""
    if not 0 < number <= LARGEST:
        return str(number)
    return FORMATS.get(form, str)(number)


def roman(number: int) -> str:
    """Return a Roman numeral in lower case, or digits beyond what people write in Roman ones."""
    if number > 4999:
        return str(number)
    parts = []
    for value, letters in _ROMAN:
        parts.append(letters * (number // value))
        number %= value
    return "".join(parts)


def bijective(number: int, letters: str = LATIN) -> str:
    """Return a, b, ..., z, aa, ab, as HTML counts."""
    parts: list[str] = []
    while number > 0:
        number, at = divmod(number - 1, len(letters))
        parts.append(letters[at])
    return "".join(reversed(parts))


def _repeating(letters: str) -> Callable[[int], str]:
    """Return a function for a, b, ..., z, aa, bb, as Word counts."""

    def count(number: int) -> str:
        times, at = divmod(number - 1, len(letters))
        return letters[at] * (times + 1) if times < 8 else str(number)

    return count


def _cyclic(letters: str) -> Callable[[int], str]:
    return lambda number: letters[(number - 1) % len(letters)]


def _digits(zero: str) -> Callable[[int], str]:
    """Return a function that writes decimal numbers with the ten digits from `zero` on."""
    table = {ord("0") + digit: chr(ord(zero) + digit) for digit in range(10)}
    return lambda number: str(number).translate(table)


def _ordinal(number: int) -> str:
    teen = 10 <= number % 100 <= 20
    return f"{number}{'th' if teen else {1: 'st', 2: 'nd', 3: 'rd'}.get(number % 10, 'th')}"


def _cardinal_text(number: int) -> str:
    if number >= 1000:
        return str(number)
    hundreds, rest = divmod(number, 100)
    words = [f"{_SMALL[hundreds]} Hundred"] if hundreds else []
    if rest >= 20:
        tens, ones = divmod(rest, 10)
        words.append(_TENS[tens] + (f"-{_SMALL[ones]}" if ones else ""))
    elif rest:
        words.append(_SMALL[rest])
    return " ".join(words)


def _ordinal_text(number: int) -> str:
    if number >= 1000:
        return _ordinal(number)
    text = _cardinal_text(number)
    at = max(text.rfind(" "), text.rfind("-")) + 1
    last = text[at:]
    ordinal = _ORDINALS.get(last) or (last[:-1] + "ieth" if last.endswith("y") else last + "th")
    return text[:at] + ordinal


def _chinese(number: int) -> str:
    """Return 一, 十一, 二十, 一百零五: the counting style of lists."""
    if number >= 10_000:
        return _chinese_digits(number)
    parts: list[str] = []
    pending_zero = False
    for unit, name in ((1000, "千"), (100, "百"), (10, "十"), (1, "")):
        digit = number // unit % 10
        if digit:
            parts.append(("零" if pending_zero and parts else "") + _CHINESE_DIGITS[digit] + name)
        pending_zero = not digit
    text = "".join(parts)
    return text[1:] if text.startswith("一十") else text


def _chinese_digits(number: int) -> str:
    return "".join(_CHINESE_DIGITS[int(digit)] for digit in str(number))


def _hebrew(number: int) -> str:
    if number > 999:
        return str(number)
    parts: list[str] = []
    for value, letter in _HEBREW_VALUES:
        # 15 and 16 are written 9+6 and 9+7, because 10+5 and 10+6 would spell a name of God.
        if number in (15, 16):
            return "".join([*parts, "ט", "ו" if number == 15 else "ז"])
        while number >= value:
            parts.append(letter)
            number -= value
    return "".join(parts)


def _enclosed(first: int, most: int) -> Callable[[int], str]:
    return lambda number: chr(first + number - 1) if number <= most else str(number)


FORMATS: dict[str, Callable[[int], str]] = {
    "decimal": str,
    "decimalZero": lambda number: f"{number:02}",
    "lowerLetter": _repeating(LATIN),
    "upperLetter": _repeating(LATIN.upper()),
    "lowerRoman": roman,
    "upperRoman": lambda number: roman(number).upper(),
    "ordinal": _ordinal,
    "cardinalText": _cardinal_text,
    "ordinalText": _ordinal_text,
    "hex": lambda number: f"{number:X}",
    "chicago": _repeating(CHICAGO),
    "numberInDash": lambda number: f"- {number} -",
    "russianLower": _repeating(RUSSIAN),
    "russianUpper": _repeating(RUSSIAN.upper()),
    "hebrew1": _hebrew,
    "hebrew2": _repeating(HEBREW_ALPHABET),
    "arabicAlpha": _repeating(ARABIC_ALPHABET),
    "arabicAbjad": _repeating(ARABIC_ABJAD),
    "thaiLetters": _repeating(THAI),
    "thaiNumbers": _digits("๐"),
    "hindiNumbers": _digits("०"),
    "decimalFullWidth": _digits("０"),
    "decimalFullWidth2": _digits("０"),
    "decimalEnclosedCircle": _enclosed(0x2460, 20),
    "decimalEnclosedCircleChinese": _enclosed(0x2460, 20),
    "decimalEnclosedParen": _enclosed(0x2474, 20),
    "decimalEnclosedFullstop": _enclosed(0x2488, 20),
    "aiueo": _cyclic(AIUEO),
    "aiueoFullWidth": _cyclic(AIUEO),
    "iroha": _cyclic(IROHA),
    "irohaFullWidth": _cyclic(IROHA),
    "ganada": _cyclic(GANADA),
    "chosung": _cyclic(CHOSUNG),
    "ideographTraditional": _cyclic(HEAVENLY_STEMS),
    "ideographZodiac": _cyclic(EARTHLY_BRANCHES),
    "ideographDigital": _chinese_digits,
    "japaneseDigitalTenThousand": _chinese_digits,
    "taiwaneseDigital": _chinese_digits,
    "chineseCounting": _chinese,
    "chineseCountingThousand": _chinese,
    "taiwaneseCounting": _chinese,
    "taiwaneseCountingThousand": _chinese,
    "japaneseCounting": _chinese,
    "koreanCounting": _chinese,
}
# Names of HTML's `type` and CSS's `list-style-type` for the same formats.
STYLES: dict[str, Callable[[int], str]] = {
    "1": str,
    "decimal": str,
    "decimal-leading-zero": FORMATS["decimalZero"],
    "a": bijective,
    "A": lambda number: bijective(number).upper(),
    "lower-alpha": bijective,
    "lower-latin": bijective,
    "upper-alpha": lambda number: bijective(number).upper(),
    "upper-latin": lambda number: bijective(number).upper(),
    "i": roman,
    "I": FORMATS["upperRoman"],
    "lower-roman": roman,
    "upper-roman": FORMATS["upperRoman"],
    "lower-greek": lambda number: bijective(number, GREEK),
    "hebrew": _hebrew,
    "arabic-indic": _digits("٠"),
    "persian": _digits("۰"),
    "devanagari": _digits("०"),
    "thai": _digits("๐"),
    "cjk-decimal": _chinese_digits,
    "cjk-ideographic": _chinese,
    "simp-chinese-informal": _chinese,
    "trad-chinese-informal": _chinese,
    "japanese-informal": _chinese,
    "hiragana": lambda number: bijective(number, "".join(chr(ord(c) - 0x60) for c in AIUEO)),
    "katakana": lambda number: bijective(number, AIUEO),
}
