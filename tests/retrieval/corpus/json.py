"""JSON, which stays as it is except for the escapes of letters."""

import json
from typing import Any

from tests.retrieval.corpus.cases import Case, Corpus

RECORDS: list[dict[str, Any]] = [{"id": 1, "name": "Kranich"}, {"id": 2, "name": "Łódź"}]


def dumped(value: object, **options: Any) -> str:
    return json.dumps(value, **options)


LETTERS = "escaped letters"
STAYING = (
    r'{"a": "\u0022 \u005c \u000a \u0000 \ud800 \udc00\ud800x \u2028 \ufeff \uffff \u1", "a": 1}'
)
PLAIN = dumped(RECORDS, ensure_ascii=False)
CASES = (
    Case("compact", PLAIN, (PLAIN,), writer="json", shows="text as it is"),
    Case("indented", dumped(RECORDS, indent=2), ('    "name": "Kranich"',), writer="json"),
    Case("indented-with-tabs", dumped(RECORDS, indent="\t"), ('\t\t"id": 1',), writer="json"),
    Case("a-byte-order-mark", "\ufeff" + PLAIN, (PLAIN,), ("\ufeff",), shows="byte order marks"),
    Case("utf-16", PLAIN.encode("utf-16"), (PLAIN,), shows="forms of Unicode", encoding="utf-16"),
    Case("utf-16-without-a-mark", PLAIN.encode("utf-16-be"), (PLAIN,), encoding="utf-16-be"),
    Case("utf-32-without-a-mark", PLAIN.encode("utf-32-le"), (PLAIN,), encoding="utf-32-le"),
    Case(
        "windows-western-europe",
        '{"ville": "Besançon", "né": "à Nîmes"}'.encode("cp1252"),
        ('"Besançon", "né": "à Nîmes"',),
        shows="encodings without a mark",
        language="French",
        encoding="cp1252",
    ),
    Case(
        "shift-jis",
        '{"品名": "赤い鶴", "在庫": true}'.encode("cp932"),
        ('"品名": "赤い鶴"',),
        language="Japanese",
        encoding="cp932",
    ),
    Case(
        "one-bad-byte",
        PLAIN.encode() + b"\xff\n" + PLAIN.encode(),
        (PLAIN, "\ufffd", PLAIN),
        shows="damaged bytes",
    ),
    Case("a-zero-byte", PLAIN.encode() + b"\0", (PLAIN,), ("\0",)),
    Case("lines", '{"a": 1}\n{"a": 2}\n', ('{"a": 1}\n{"a": 2}',), shows="a record on each line"),
    Case(
        "lines-by-their-extension",
        '{"a": 1}\n{"a": 2}\n',
        ('{"a": 1}\n{"a": 2}',),
        filename="x.jsonl",
    ),
    Case(
        "large-numbers",
        '{"n": 12345678901234567890, "x": 1e400}',
        ("12345678901234567890", "1e400"),
    ),
    Case(
        "comments",
        '// settings\n{"a": 1, /* two */ "b": 2,}\n',
        ("// settings", "/* two */"),
        shows="comments",
    ),
    Case("nothing-closed", '{"a": [1, 2, {"b": ', ('{"a": [1, 2',), shows="incomplete files"),
    Case("deep", "[" * 100_000 + "1" + "]" * 100_000, ("[[[1]]]",), shows="deep nesting"),
    Case(
        "one-long-line",
        dumped({"text": "word " * 40_000 + "end"}),
        ("word end",),
        shows="long lines",
    ),
    Case(
        "geojson",
        '{"type": "Point", "coordinates": [9.99, 53.55]}',
        ("[9.99, 53.55]",),
        filename="x.geojson",
        content_type="application/geo+json",
    ),
    Case("declared", PLAIN, (PLAIN,), filename="response", content_type="application/json"),
    Case(
        "escaped-letters",
        dumped({"a": "Warszawa żółw", "b": "東京 😀 – Ünal"}),
        ('{"a": "Warszawa żółw", "b": "東京 😀 – Ünal"}',),
        ("\\u",),
        writer="json",
        shows=LETTERS,
    ),
    Case(
        "escaped-letters-on-lines",
        "\n".join(map(dumped, RECORDS)),
        ('"Kranich"}\n{"id": 2, "name": "Łódź"}',),
        filename="x.jsonl",
        writer="json",
        shows=LETTERS,
    ),
    Case("escapes-of-php", r'"\u003Ca href=\u0027x\u0027\u003EÉ\u0026"', ("<a href='x'>É&",)),
    Case(
        "escapes-that-stay",
        STAYING,
        (STAYING,),
        shows=LETTERS,
    ),
    Case(
        "escaped-backslashes",
        r'{"regex": "\\u017c", "path": "C:\\\u017c\\users"}',
        (r'{"regex": "\\u017c", "path": "C:\\ż\\users"}',),
        shows=LETTERS,
    ),
    Case(
        "escaped-letters-cut-off", r'{"a": "\u017c\u00f3\u0142w", "b": "\u01', ('"żółw", "b": "',)
    ),
    Case(
        "json-in-a-string",
        dumped({"arguments": dumped({"city": "Łódź 😀", "quote": '"\\u0022'})}),
        (r"{\"city\": \"Łódź 😀\", ", r"\\\\u0022"),
        writer="json",
        shows=LETTERS,
    ),
    Case(
        "json-in-strings-cut-off", '"{\\"' * 100_000 + r"\\u017c", ('"{',), shows="incomplete files"
    ),
    Case(
        "hal",
        dumped({"n": "żółw"}),
        ("żółw",),
        filename="response",
        content_type="application/hal+json; charset=utf-8",
    ),
    Case("a-log", r'{"a": "\u017c"}', ('{"a": "ż"}',), filename="server.log", shows=LETTERS),
    Case("nothing", b"", error="no text"),
)
CORPUS = Corpus("json", "JSON", CASES)
