"""Plain text: encodings, damaged bytes and unusual line ends."""

import codecs
import unicodedata

from tests.retrieval.corpus.cases import Case, Corpus
from tests.retrieval.corpus.encoded_texts import TEXTS
from tests.retrieval.short_texts import SHORT_TEXTS

POLISH = "Żółta łódź płynie do Gdańska.\n"
GERMAN = "Größe: 5 mm, Länge: 7 mm\n"
DAMAGED, UNICODE = "damaged bytes", "forms of Unicode"


def encoded(text: str, encoding: str) -> bytes:
    """Return the text in an encoding. Windows-1258 has tones as characters of their own."""
    if encoding != "cp1258":
        return text.encode(encoding)
    return b"".join(_vietnamese(char) for char in text)


def _vietnamese(char: str) -> bytes:
    try:
        return char.encode("cp1258")
    except UnicodeEncodeError:
        base, *marks = list(unicodedata.normalize("NFD", char))
        tone = next(mark for mark in marks if mark in "\u0300\u0301\u0303\u0309\u0323")
        letter = unicodedata.normalize("NFC", base + "".join(marks).replace(tone, ""))
        return (letter + tone).encode("cp1258")


LEGACY = tuple(
    Case(
        f"{language.lower()}-{number}-in-{encoding}",
        encoded(text, encoding),
        keeps=tuple(text.splitlines()),
        drops=("\ufffd",),
        language=language,
        encoding=encoding,
        shows="encodings without a mark",
    )
    for number, (language, encodings, text) in enumerate((*TEXTS, *SHORT_TEXTS), 1)
    for encoding in encodings.split()
)
BYTES = (
    Case(
        "a-stray-byte-among-400-lines",
        POLISH.encode() * 390 + b"the firm\x92s offer\n" + POLISH.encode() * 10,
        keeps=("the firm’s offer", POLISH),
        drops=("\ufffd", "Ĺ"),
        shows=DAMAGED,
        language="Polish",
    ),
    Case(
        "a-stray-byte-in-a-line-with-letters",
        POLISH.encode() + b"\xff" + POLISH.encode(),
        keeps=(POLISH + "\ufffd" + POLISH,),
        shows=DAMAGED,
    ),
    Case("a-stray-byte-beside-one-letter", b"\xff\xc3\xbcb", ("\ufffdüb",), shows=DAMAGED),
    Case("a-cut-letter-beside-one-letter", b"\xe9\xc3\xbcb", ("\ufffdüb",), shows=DAMAGED),
    Case(
        "cut-within-its-last-letter",
        POLISH.encode() + "Łódź pły".encode() + "ń".encode()[:1],
        keeps=(POLISH + "Łódź pły\ufffd",),
        shows=DAMAGED,
    ),
    Case(
        "cut-within-its-first-letter",
        "ł".encode()[1:] + POLISH.encode(),
        keeps=("\ufffd" + POLISH,),
        shows=DAMAGED,
    ),
    Case(
        "two-encodings-in-one-file",
        GERMAN.encode() * 2 + "Übergröße, süß\n".encode("cp1252") + GERMAN.encode(),
        keeps=(GERMAN, "Übergröße, süß\n", GERMAN),
        drops=("\ufffd", "Ã"),
        shows="two encodings in one file",
        language="German",
        encoding="UTF-8",
    ),
    Case(
        "a-russian-line-of-windows-in-utf-8",
        "Первая строка\nВторая строка\n".encode() + "Третья строка\n".encode("cp1251"),
        keeps=("Первая строка\nВторая строка\nТретья строка",),
        shows="two encodings in one file",
    ),
    Case("a-mark-before-utf-8", codecs.BOM_UTF8 + GERMAN.encode(), (GERMAN,), ("\ufeff",)),
    Case(
        "a-mark-of-utf-8-before-windows",
        codecs.BOM_UTF8 + "Die Größe fällt überall auf.".encode("cp1252"),
        keeps=("Die Größe fällt überall auf.",),
        shows="wrong marks",
    ),
    Case(
        "surrogates-in-utf-8",
        b"caf\xc3\xa9 \xed\xa0\xbd\xed\xb8\x80!",
        ("café 😀!",),
        shows=DAMAGED,
    ),
    Case("zero-bytes-as-padding", "Käse\0\0\0;Brot\0\0\n".encode() * 9, ("Käse;Brot\n",), ("\0",)),
    Case("a-single-zero-byte", b"one\0two, and more text follows", ("onetwo, and",), ("\0",)),
    *(
        Case(
            f"{encoding}-{'with' if mark else 'without'}-a-mark-{number}",
            mark + text.encode(encoding),
            keeps=(text,),
            drops=("\ufffd", "\ufeff"),
            shows=UNICODE,
            language=language,
            encoding=encoding.upper(),
        )
        for number, (language, text) in enumerate(
            (
                ("English", "An ordinary line.\nAnd 1 more.\n"),
                ("Russian", "Обычная строка.\nИ ещё одна: 1.\n"),
                ("Japanese", "商品名,数量\n赤い鶴,5\n"),
                ("Hebrew", "תאריך,סכום\n1,2\n"),
                ("Hindi", "नमस्ते दुनिया\n1 2 3\n"),
            )
        )
        for encoding, mark in (
            ("utf-16-le", b""),
            ("utf-16-be", b""),
            ("utf-16-le", codecs.BOM_UTF16_LE),
            ("utf-16-be", codecs.BOM_UTF16_BE),
            ("utf-32-le", codecs.BOM_UTF32_LE),
        )
    ),
    Case(
        "utf-16-cut-within-a-letter",
        codecs.BOM_UTF16_LE + GERMAN.encode("utf-16-le")[:-1],
        keeps=(GERMAN[:-1],),
        shows=DAMAGED,
    ),
    Case(
        "half-a-pair-in-utf-16",
        codecs.BOM_UTF16_LE + "one ".encode("utf-16-le") + b"\x00\xd8" + " two".encode("utf-16-le"),
        keeps=("one \ufffd two",),
        shows=DAMAGED,
    ),
    Case(
        "a-bad-byte-in-shift-jis",
        "在庫あり、赤い鶴。".encode("cp932") + b"\xff\n",
        ("在庫あり、赤い鶴。",),
    ),
    Case("old-line-ends", b"one\rtwo\r\nthree", ("one\ntwo\nthree",), shows="line ends"),
    Case("emoji-and-other-alphabets", "👩‍👩‍👧 नमस्ते 안녕 สวัสดี", ("👩‍👩‍👧 नमस्ते 안녕 สวัสดี",)),
    Case(
        "a-wrong-label",
        "charset=koi8-r\nDie Größe fällt überall auf.".encode("cp1252"),
        ("charset",),
    ),
    Case("binary-data", bytes(range(256)) * 100, error="binary data"),
    Case("nothing", b"", error="no text"),
)
CORPUS = Corpus("txt", "Plain text", (*LEGACY, *BYTES))
