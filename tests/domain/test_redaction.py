"""Texts without names of files."""

import time

import pytest

from assistants_app.domain.redaction import (
    MANY_NAMES,
    FileNames,
    names_in_paths,
    possible_names,
)

KNOWN = [
    *("Q3 plan.xlsx", "report.pdf", "日本.csv", "müller & co.txt", "a", "q3_costs.csv"),
    *("my_secret_plan (final).txt", "My Secret Budget.xlsx", "план-2026.docx", "🔥hot.md"),
    *("v1.2 notes.md", "---.txt", ".env", "100%25 done.pdf", "한글 문서.txt", "weiß.csv"),
]
# With numbers in this order.
NAMES = FileNames(KNOWN, KNOWN)


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("See report.pdf.", "See file-2.pdf."),
        ("See REPORT.PDF!", "See file-2.pdf!"),
        # A word of its own, and not within another one.
        ("my-report.pdf", "my-file-2.pdf"),
        ("xreport.pdf", "xreport.pdf"),
        # An ordinary word isn't a name.
        ("The report is long.", "The report is long."),
        ("The q3_costs are high.", "The file-6 are high."),
        ("Q3%20plan.xlsx", "file-1.xlsx"),
        (
            "[Q3 plan.xlsx](sandbox:/mnt/data/Q3%20plan.xlsx)",
            "[file-1.xlsx](sandbox:/mnt/data/file-1.xlsx)",
        ),
        # No spaces between words in this script.
        ("请看日本.csv文件", "请看file-3.csv文件"),
        ('{"name": "m\\u00fcller & co.txt"}', '{"name": "file-4.txt"}'),
        ("mu\u0308ller & co.txt", "file-4.txt"),
        ("müller &amp; co.txt", "file-4.txt"),
        ("What a plan", "What file-5 plan"),
        # Escapes of Markdown, HTML, URLs, JSON, Python and shells.
        (r"see my\_secret\_plan \(final\).txt.", "see file-7.txt."),
        ("my&#95;secret&#x5f;plan&nbsp;(final)&period;txt", "file-7.txt"),
        ("my%5Fsecret%5Fplan%20%28final%29.txt", "file-7.txt"),
        ("my%255Fsecret%255Fplan%2520%2528final%2529.txt", "file-7.txt"),
        (r"my\u005fsecret\u005Fplan \x28final\051.txt", "file-7.txt"),
        (r"my\\u005fsecret_plan \\\u0028final\u{29}.txt", "file-7.txt"),
        ("my_<wbr>secret_plan<br/>(final).txt", "file-7.txt"),
        (r"m\u00fcller \u0026amp; co.txt", "file-4.txt"),
        (r"m\xc3\xbcller & co.txt", "file-4.txt"),
        (r"m\303\274ller & co.txt", "file-4.txt"),
        ("m%FCller%20%26%20co.txt", "file-4.txt"),
        (r"\ud83d\udd25hot.md", "file-10.md"),
        # What separates words, and their case, accents and width.
        ("My\u00a0Secret\nBudget.xlsx", "file-8.xlsx"),
        ("my+secret_budget.xlsx", "file-8.xlsx"),
        ("my-secret-budget", "file-8"),
        ("**My** *Secret* Budget.xlsx", "**file-8.xlsx"),
        ("MY\u200b SECRET\u00ad BUDGET.XLSX", "file-8.xlsx"),
        ("ｍｙ　ｓｅｃｒｅｔ　ｂｕｄｇｅｔ．ｘｌｓｘ", "file-8.xlsx"),
        ("muller & co.txt", "file-4.txt"),
        ("ПЛАН‑2026.docx", "file-9.docx"),
        ("\u1112\u1161\u11ab글 문서.txt", "file-15.txt"),
        ("WEISS.csv", "file-16.csv"),
        # In other words, a backslash is no escape, and a percent sign neither.
        (r"C:\new\report.pdf", r"C:\new\file-2.pdf"),
        (r"C:\x\Q3 plan.xlsx", r"C:\x\file-1.xlsx"),
        ("50% of report.pdf", "50% of file-2.pdf"),
        ("100%25 done.pdf", "file-14.pdf"),
        # Ordinary words, with a space where the name has none.
        ("In this report. PDF is old.", "In this report. PDF is old."),
        ("Set the env, or save a .env file.", "Set the env, or save file-5 file-13 file."),
        ("Text is txt, but not ---.txt", "Text is txt, but not file-12.txt"),
        ("&unknown; <i>x</i>", "&unknown; <i>x</i>"),
        ("v1.2 notes.md and v1 2 notes.md", "file-11.md and file-11.md"),
        # What formats a part of a word: nobody sees it, but everybody sees the word.
        ("See re**po**rt.pdf.", "See file-2.pdf."),
        ("See **re**port.pdf.", "See **file-2.pdf."),
        ("re*p*~~or~~`t.pdf`", "file-2.pdf`"),
        ("***r***`e`port.pdf", "***file-2.pdf"),
        ("re**\u200bpo\u200b**rt.pdf", "file-2.pdf"),
        ("re<b>po</b>rt.pdf", "file-2.pdf"),
        ('re<font color="red">po</font>rt.pdf', "file-2.pdf"),
        ("re<sub>po</sub>rt<!-- - -->.pdf", "file-2.pdf"),
        ("re&lt;b&gt;po&lt;/b&gt;rt.pdf", "file-2.pdf"),
        (r"re\u003cb\u003epo\u003c\/b\u003ert.pdf", "file-2.pdf"),
        ("re&shy;po&ZeroWidthSpace;rt.pdf", "file-2.pdf"),
        ("re&#112;ort.pdf", "file-2.pdf"),
        ("re\u3164po\x01rt.pdf!", "file-2.pdf!"),
        ("re[po](https://x/y_(z) 'a')rt.pdf", "file-2.pdf"),
        ("re[po][1]r![t](u).pdf", "file-2.pdf"),
        (r"re\(po\)rt.pdf", "file-2.pdf"),
        ("my [secret](https://x) [plan][2] (final).txt", "file-7.txt"),
        ("my<br>secret<br/>plan", "my<br>secret<br/>plan"),
        ("my<br>secret<p class=x>budget.xlsx", "file-8.xlsx"),
        ("my\u2800secret\u2800budget", "file-8"),
        ("请看日**本**.csv文件", "请看file-3.csv文件"),
        # Escapes within a tag, which is shown if the page doesn't know it.
        ('<i title="my%20secret%20budget">', '<i title="file-8">'),
        # What stays apart when nothing formats it.
        ("re * po * rt.pdf and re [po] rt.pdf", "re * po * rt.pdf and re [po] rt.pdf"),
    ],
)
def test_a_name_is_replaced_however_it_is_written(text: str, shown: str) -> None:
    assert NAMES.replaced(text) == shown


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("【4:0†report.pdf】", "【4:0†file-2.pdf】"),
        ("【4:1†another one.pdf】", "【4:1†file】"),
        ("【4:2】", "【4:2】"),
        ("【4:3†q3 PLAN.xlsx】", "【4:3†file-1.xlsx】"),
        ("【4:4†100%25 done.pdf】", "【4:4†file-14.pdf】"),
    ],
)
def test_citation_marks_lose_their_names(text: str, shown: str) -> None:
    assert NAMES.replaced(text) == shown


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("open('/mnt/data/never kept.bin')", "open('/mnt/data/file')"),
        ("![x](sandbox:/mnt/data/never kept.png)", "![x](sandbox:/mnt/data/file)"),
        ("cat /mnt/data/never.txt | wc", "cat /mnt/data/file | wc"),
        ("ls /mnt/data/", "ls /mnt/data/"),
        ("/mnt/data/sub/report.pdf", "/mnt/data/file"),
        ("/mnt/data/report.pdf", "/mnt/data/file-2.pdf"),
        ("[x](sandbox:/mnt/data/never (1).png) (x)", "[x](sandbox:/mnt/data/file) (x)"),
        ("[x](<sandbox:/mnt/data/never (1).png>)", "[x](<sandbox:/mnt/data/file>)"),
        ("at /mnt/data/never(1).png (x)", "at /mnt/data/file (x)"),
        ('open("/mnt/data/it\'s never.txt")', 'open("/mnt/data/file")'),
        (r"{\"x\": \"\/mnt\/data\/never kept.txt\"}", r"{\"x\": \"\/mnt\/data\/file\"}"),
        ("%2Fmnt%2Fdata%2Fnever.txt", "%2Fmnt%2Fdata%2Ffile"),
        ("[x](sandbox:/mnt/data/my_secret_plan (final).txt)", "[x](sandbox:/mnt/data/file-7.txt)"),
    ],
)
def test_paths_lose_names_that_nobody_knows(text: str, shown: str) -> None:
    assert NAMES.replaced(text) == shown


def test_names_that_look_like_stand_ins_are_replaced_too() -> None:
    names = FileNames(["x.pdf", "file-1.pdf"])
    assert names.numbered == []
    assert names.replaced("x.pdf and file-1.pdf") == "file-1.pdf and file-2.pdf"
    assert names.stand_in("file-1.pdf") == "file-2.pdf"


def test_without_names_only_paths_and_marks_change() -> None:
    names = FileNames(["", ""])
    assert names.replaced("report.pdf 【1:1†report.pdf】") == "report.pdf 【1:1†file】"
    assert names.stand_in("") == "file"


def test_an_odd_extension_is_part_of_the_name() -> None:
    assert FileNames(["plan.for-acme"]).stand_in("plan.for-acme") == "file-1"


def test_numbers_are_given_when_a_name_is_met_and_stay() -> None:
    names = FileNames(["b.txt", "c.txt"], ["a.txt"])
    assert names.replaced("c.txt, a.txt, b.txt") == "file-2.txt, file-1.txt, file-3.txt"
    assert names.numbered == ["a.txt", "c.txt", "b.txt"]
    # Also of a name that nothing knows any more.
    assert FileNames([], names.numbered).replaced("b.txt") == "file-3.txt"


def test_names_that_overlap_are_replaced_together() -> None:
    names = FileNames(["red plan.txt", "plan.txt copy", "plan 2.txt", "plan 2"])
    assert names.replaced("a red plan.txt copy") == "a file-1"
    assert names.replaced("plan 2.txt or plan 2") == "file-2.txt or file-3"


def test_a_cut_within_a_name_is_noticed() -> None:
    text = "See my_secret_plan (final).txt."
    places = [place for place in range(len(text)) if NAMES.cuts_a_name(text, place)]
    assert places == [*range(5, 30)]


def test_paths_have_names() -> None:
    texts = [
        "open('/mnt/data/sub/a b.txt') and /mnt/data/c.txt",
        r"\"\/mnt\/data\/d.txt\"",
        "/mnt/data/ /mnt/data/word /mnt/data/.hidden e.txt " + "/mnt/data/" + "f" * 2000 + ".txt",
    ]
    assert list(names_in_paths(texts)) == ["a b.txt", "c.txt", "d.txt"]


def test_of_many_names_those_that_texts_may_contain_are_looked_for() -> None:
    names = [f"report {number:04}.pdf" for number in range(MANY_NAMES)] + ["日本.csv", "x%20y.txt"]
    texts = ["See REPORT%200007.pdf and re**port** 00<i>12</i>.pdf", "日本.csv"]
    wanted = ["report 0007.pdf", "report 0012.pdf", "日本.csv", "x%20y.txt"]
    assert possible_names(names, texts) == wanted
    assert possible_names(names[:3], texts) == names[:3]


@pytest.mark.parametrize(
    "piece",
    [
        *("a ", "a.a.", "(/mnt/data/", "</mnt/data/", "'/mnt/data/", "/mnt/data/(", "\\", "\\/"),
        *("%E6", "%25", "\\x", "\\u00", "&#", "<b ", "【1:1†", "\u0301", "e\u0301", "\ud800"),
        *("](", "](a(", "][", "a**", "a[", "<!--", "](b)a", "](\\)", "a](<b>"),
    ],
)
def test_the_time_grows_with_the_length_alone(piece: str) -> None:
    phrases = [" ".join("a" * length) for length in range(1, 40)]
    names = FileNames(phrase + end for phrase in phrases for end in (".b", ""))

    def seconds(size: int) -> float:
        text = piece * (size // len(piece))
        begun = time.process_time()
        names.replaced(text)
        return time.process_time() - begun

    seconds(1_000)
    short = min(seconds(5_000) for _ in range(3))
    # The shortest of two, because a garbage collection of the whole session may come in between.
    assert min(seconds(40_000) for _ in range(2)) < max(short, 0.002) * 8 * 4
